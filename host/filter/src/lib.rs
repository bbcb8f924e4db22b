//! The filter language: text to a [`Filter`], and a filter to a yes or no about one
//! event.
//!
//! `type:deploy* severity>=warning -source:web3 (project:vr0 OR project:vr1) "out of memory"`
//!
//! - Terms side by side must all hold (`AND` between them may be written); `OR` binds
//!   looser; `NOT` or `-` negates what follows; parentheses group. The three words are
//!   operators in capitals only.
//! - `field:value` is exact, with `*` for any characters; `field:"any text"` has no
//!   wildcards; `field:*` asks for presence. A field name with odd characters is quoted.
//!   In quotes, `\"` and `\\` stand for `"` and `\`.
//! - `field>value`, and `>=`, `<`, `<=`, `=`, compare numbers, RFC 3339 times and severities.
//!   A text counts as the number, time or severity that it spells.
//! - `word` and `"several words"` search the event's text, type, source, subject, tags
//!   and the strings of its data: whole words, in any case.
//! - What a term says of a field that is missing, or of another type, is false; its
//!   negation is therefore true.
//!
//! The matcher and the index do not evaluate filters with this crate's
//! [`Filter::matches`]; they translate [`Expr`] and split text with [`words`], so that
//! all three agree. Nothing here is case-insensitive but words, and nothing is stemmed.

mod cursor;
mod error;
mod evaluate;
mod expr;
mod lexis;
mod limits;
mod parse;
mod pattern;
mod words;

use std::fmt;
use std::str::FromStr;

use event::Event;
use serde::{Deserialize, Serialize};

pub use crate::error::FilterError;
pub use crate::evaluate::{exact_number, number};
pub use crate::expr::{Comparison, Expr, Literal, Term};
pub use crate::limits::{DEPTH_MAX, LENGTH_MAX, TERMS_MAX};
pub use crate::pattern::Pattern;
pub use crate::words::{EventWords, words};

/// A filter that was understood. It displays in canonical form, which parses back to
/// the same filter; saved and sent, it is that text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Filter {
    expr: Expr,
}

impl Filter {
    /// Understands `text`; an empty one lets everything through.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        parse::parse(text).map(|expr| Filter { expr })
    }

    /// The filter that lets everything through.
    pub fn everything() -> Filter {
        Filter { expr: Expr::All(Vec::new()) }
    }

    pub fn matches(&self, event: &Event) -> bool {
        self.expr.holds(event, &EventWords::new(event))
    }

    pub fn expr(&self) -> &Expr {
        &self.expr
    }
}

impl Default for Filter {
    fn default() -> Filter {
        Filter::everything()
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Filter, FilterError> {
        Filter::parse(text)
    }
}

impl TryFrom<String> for Filter {
    type Error = FilterError;

    fn try_from(text: String) -> Result<Filter, FilterError> {
        Filter::parse(&text)
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> String {
        filter.to_string()
    }
}
