//! The questions that conditions are made of.

use event::{Scalar, Timestamp};
use filter::{Comparison, Pattern};

use crate::order::{amount, spelled};

/// A question about one field, or about the event as a whole. `S` is a text of its own
/// where it is kept, and a borrowed one where it is looked up. Numbers are ordinals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test<S> {
    /// The field is there; of the event as a whole it is always true.
    Present,
    /// This text, or the word of this severity, effect or origin.
    Text(S),
    /// This JSON number, and no text.
    Number(u64),
    /// This number, or a text that spells it.
    Spelled(u64),
    Bool(bool),
    Null,
    /// Begins with this.
    Prefix(S),
    /// Is like this [`Pattern`].
    Like(S),
    /// A number, spelled number or time from the one to the other, both included.
    Range {
        low: u64,
        high: u64,
    },
    /// Spells a time that stands so to this one.
    Moment(Comparison, Timestamp),
    /// The event holds this word.
    Word(S),
    /// The event holds these words in a row; one space between them.
    Phrase(S),
}

impl Test<Box<str>> {
    pub(crate) fn borrowed(&self) -> Test<&str> {
        match self {
            Test::Present => Test::Present,
            Test::Text(text) => Test::Text(text),
            Test::Number(n) => Test::Number(*n),
            Test::Spelled(n) => Test::Spelled(*n),
            Test::Bool(b) => Test::Bool(*b),
            Test::Null => Test::Null,
            Test::Prefix(text) => Test::Prefix(text),
            Test::Like(text) => Test::Like(text),
            Test::Range { low, high } => Test::Range { low: *low, high: *high },
            Test::Moment(comparison, time) => Test::Moment(*comparison, *time),
            Test::Word(text) => Test::Word(text),
            Test::Phrase(text) => Test::Phrase(text),
        }
    }
}

impl Test<&str> {
    pub(crate) fn owned(self) -> Test<Box<str>> {
        match self {
            Test::Present => Test::Present,
            Test::Text(text) => Test::Text(text.into()),
            Test::Number(n) => Test::Number(n),
            Test::Spelled(n) => Test::Spelled(n),
            Test::Bool(b) => Test::Bool(b),
            Test::Null => Test::Null,
            Test::Prefix(text) => Test::Prefix(text.into()),
            Test::Like(text) => Test::Like(text.into()),
            Test::Range { low, high } => Test::Range { low, high },
            Test::Moment(comparison, time) => Test::Moment(comparison, time),
            Test::Word(text) => Test::Word(text.into()),
            Test::Phrase(text) => Test::Phrase(text.into()),
        }
    }

    /// Whether a value of the field answers yes.
    pub(crate) fn accepts(self, value: Scalar<'_>) -> bool {
        match self {
            Test::Present => true,
            Test::Text(wanted) => text(value) == Some(wanted),
            Test::Number(n) => matches!(value, Scalar::Number(_)) && spelled(value) == Some(n),
            Test::Spelled(n) => spelled(value) == Some(n),
            Test::Bool(wanted) => value == Scalar::Bool(wanted),
            Test::Null => value == Scalar::Null,
            Test::Prefix(prefix) => text(value).is_some_and(|t| t.starts_with(prefix)),
            Test::Like(pattern) => text(value).is_some_and(|t| Pattern::matches_text(pattern, t)),
            Test::Range { low, high } => amount(value).is_some_and(|n| (low..=high).contains(&n)),
            Test::Moment(comparison, bound) => match value {
                Scalar::Text(t) => {
                    t.parse().is_ok_and(|time: Timestamp| comparison.accepts(time.cmp(&bound)))
                }
                _ => false,
            },
            Test::Word(_) | Test::Phrase(_) => false,
        }
    }
}

/// What a value is to a question about text.
pub(crate) fn text(value: Scalar<'_>) -> Option<&str> {
    match value {
        Scalar::Text(text) => Some(text),
        Scalar::Severity(severity) => Some(severity.as_str()),
        Scalar::Effect(effect) => Some(effect.as_str()),
        Scalar::Origin(origin) => Some(origin.as_str()),
        Scalar::Number(_) | Scalar::Bool(_) | Scalar::Null | Scalar::Time(_) | Scalar::Object => None,
    }
}
