//! Why a text is no filter.

use std::fmt::Write;

/// Where a filter's text went wrong, and what should have stood there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at character {column}, but found {found}")]
pub struct FilterError {
    /// In bytes from the beginning of the text; at most its length.
    pub offset: usize,
    /// In characters, from 1.
    pub column: usize,
    pub found: String,
    pub expected: String,
}

/// Characters of the filter that are shown before the place, and behind it.
const BEFORE: usize = 60;
const BEHIND: usize = 20;

impl FilterError {
    /// The part of `text` around the place, with a caret below it, for a terminal.
    pub fn pointed_at(&self, text: &str) -> String {
        let place = self.column - 1;
        let start = place.saturating_sub(BEFORE);
        // What people sent may hold line breaks and escape sequences.
        let shown: String = text
            .chars()
            .skip(start)
            .take(place - start + BEHIND)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let mut out = shown.trim_end().to_owned();
        let _ = write!(
            out,
            "\n{:>width$}\nexpected {}, but found {}",
            '^',
            self.expected,
            self.found,
            width = place - start + 1
        );
        out
    }
}
