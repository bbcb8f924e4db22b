//! The small closed vocabularies of an event.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word that is none of those that stand here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {what}: use one of {known}")]
pub struct UnknownWord {
    word: String,
    what: &'static str,
    known: String,
}

impl UnknownWord {
    pub(crate) fn new(word: &str, what: &'static str, known: &[&str]) -> UnknownWord {
        // Shown to people and logged: what they sent may be long or hold control characters.
        let word = word.chars().filter(|c| !c.is_control()).take(40).collect();
        UnknownWord { word, what, known: known.join(", ") }
    }
}

/// Declares an enum whose variants are words, with their text both ways.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, $($variant:ident = $word:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $word)] $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<$name, UnknownWord> {
                $name::ALL.iter().copied().find(|v| v.as_str() == word).ok_or_else(|| {
                    UnknownWord::new(word, $what, &[$($word),+])
                })
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How bad it is, in rising order.
    Severity, "severity",
    Debug = "debug", Info = "info", Notice = "notice", Warning = "warning", Error = "error", Critical = "critical"
}

words! {
    /// Whether an event is good news or bad: good news are facts worth counting too.
    Effect, "effect", Positive = "positive", Negative = "negative"
}

words! {
    /// Whether we did it ourselves or it was done to us.
    Origin, "origin", Internal = "internal", External = "external"
}
