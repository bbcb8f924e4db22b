//! The one error: a style that cannot be.

use std::fmt;

/// What is wrong with a style, and where; both for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {sentence}")]
pub struct StyleProblem {
    pub place: Place,
    pub sentence: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Inside a style, counted from 0 as in JSON: `band[1].when`.
    Key(String),
    /// In a file, both counted from 1.
    Position { line: usize, column: usize },
}

impl StyleProblem {
    pub(crate) fn at(key: impl Into<String>, sentence: impl fmt::Display) -> StyleProblem {
        StyleProblem { place: Place::Key(key.into()), sentence: sentence.to_string() }
    }

    pub(crate) fn in_text(text: &str, offset: usize, sentence: impl fmt::Display) -> StyleProblem {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        StyleProblem { place: Place::Position { line, column }, sentence: sentence.to_string() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Key(key) => f.write_str(key),
            Place::Position { line, column } => write!(f, "line {line}, column {column}"),
        }
    }
}
