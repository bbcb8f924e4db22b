//! Names that people give to things.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a person, address, style, subscription, plugin, door or token.
///
/// One to 64 of `a-z A-Z 0-9 . _ - @ +`, beginning with a letter or digit: safe in
/// a path, a URL, a mail header and a shell line, so that no name needs escaping.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is no [`Name`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no name: use 1 to 64 letters, digits or . _ - @ +, beginning with a letter or digit")]
pub struct NameError {
    text: String,
}

impl Name {
    /// Bytes, all of them ASCII.
    pub const LENGTH_MAX: usize = 64;

    pub fn new(text: &str) -> Result<Name, NameError> {
        let first_ok = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let rest_ok = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-@+".contains(c));
        if first_ok && rest_ok && text.len() <= Self::LENGTH_MAX {
            Ok(Name(text.to_owned()))
        } else {
            // Shown to people and logged: what they sent may be long or hold control characters.
            let shown: String = text.chars().filter(|c| !c.is_control()).take(Self::LENGTH_MAX).collect();
            Err(NameError { text: shown })
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Name, NameError> {
        Name::new(text)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Name, NameError> {
        Name::new(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

/// Declares an identifier: a text that the daemon made, opaque to everybody else.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use identifier;
