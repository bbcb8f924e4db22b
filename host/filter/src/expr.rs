//! What a filter says, as a tree, and its canonical text.

use std::cmp::Ordering;
use std::fmt::{self, Display};

use event::{FieldPath, Severity, Timestamp};

use crate::Pattern;
use crate::lexis::{is_bare_field, is_bare_value};

/// A filter as a tree. What the parser makes is flat: no `All` directly in an `All`, no
/// `Any` in an `Any`, no `Not` in a `Not`, and neither list with one element only; an
/// empty `All` is the whole filter or does not occur, and an empty `Any` does not occur.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Every one holds; true when empty.
    All(Vec<Expr>),
    /// At least one holds; false when empty.
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Term(Term),
}

/// One question about an event. Where a field holds several values, one that answers
/// yes is enough.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// `field:*`
    Present(FieldPath),
    /// `field:value`: the same text, or the same number where both sides spell one.
    Equals(FieldPath, String),
    /// `field:va*ue`: texts only.
    Like(FieldPath, Pattern),
    /// `field>value`
    Compare(FieldPath, Comparison, Literal),
    /// These words, folded as [`crate::words`] gives them, one directly behind the
    /// other in one text; never empty.
    Words(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

/// What a field is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// Always finite.
    Number(f64),
    Time(Timestamp),
    Severity(Severity),
}

impl Comparison {
    /// Whether a value that stands in this order to the literal passes.
    pub fn accepts(self, order: Ordering) -> bool {
        match self {
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::Equal => order.is_eq(),
            Comparison::AtLeast => order.is_ge(),
            Comparison::Greater => order.is_gt(),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::All(parts) => join(f, parts, " ", |e| matches!(e, Expr::All(_) | Expr::Any(_))),
            Expr::Any(parts) => join(f, parts, " OR ", |e| matches!(e, Expr::Any(_))),
            Expr::Not(inner) => {
                f.write_str("-")?;
                grouped(f, inner, matches!(**inner, Expr::All(_) | Expr::Any(_)))
            }
            Expr::Term(term) => term.fmt(f),
        }
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    between: &str,
    needs_group: fn(&Expr) -> bool,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        grouped(f, part, needs_group(part))?;
    }
    Ok(())
}

fn grouped(f: &mut fmt::Formatter<'_>, expr: &Expr, group: bool) -> fmt::Result {
    if group { write!(f, "({expr})") } else { expr.fmt(f) }
}

impl Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Present(field) => write!(f, "{}:*", Field(field)),
            Term::Equals(field, text) if is_bare_value(text) => write!(f, "{}:{text}", Field(field)),
            Term::Equals(field, text) => write!(f, "{}:{}", Field(field), Quoted(text)),
            Term::Like(field, pattern) => write!(f, "{}:{}", Field(field), pattern.as_str()),
            Term::Compare(field, comparison, literal) => write!(f, "{}{comparison}{literal}", Field(field)),
            Term::Words(words) if words.len() == 1 => f.write_str(&words[0]),
            Term::Words(words) => Quoted(&words.join(" ")).fmt(f),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Equal => "=",
            Comparison::AtLeast => ">=",
            Comparison::Greater => ">",
        })
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // `Debug` turns to an exponent where `Display` would write hundreds of zeros.
            Literal::Number(n) => f.write_str(format!("{n:?}").trim_end_matches(".0")),
            Literal::Time(time) => time.fmt(f),
            Literal::Severity(severity) => severity.fmt(f),
        }
    }
}

struct Field<'a>(&'a FieldPath);

impl Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.to_string();
        if is_bare_field(&name) { f.write_str(&name) } else { Quoted(&name).fmt(f) }
    }
}

struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
