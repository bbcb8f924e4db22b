//! Why a configuration is refused.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Each names the place that somebody has to look at.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// `line` counts from 1.
    #[error("{}:{line}: {message}", path.display())]
    Line { path: PathBuf, line: usize, message: String },
    #[error("{variable}: {message}")]
    Variable { variable: String, message: String },
    /// A value that is well-formed but cannot be.
    #[error("{key}: {message}")]
    Value { key: String, message: String },
}

impl SettingsError {
    /// For whoever understands a value and finds that it means nothing.
    pub fn value(key: impl Into<String>, message: impl Into<String>) -> SettingsError {
        SettingsError::Value { key: key.into(), message: message.into() }
    }

    /// The section of the value that cannot be.
    pub(crate) fn section(&self) -> Option<&str> {
        match self {
            SettingsError::Value { key, .. } => key.split('.').next(),
            _ => None,
        }
    }
}

/// All that is wrong with a configuration, in the order of the file, a line each.
#[derive(Debug)]
pub struct Refused {
    /// Never empty.
    pub errors: Vec<SettingsError>,
    pub warnings: Vec<Warning>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

/// Something odd that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    UnknownVariable {
        name: String,
        nearest: String,
    },
    /// A key or a variable that has a new name; the old one is still obeyed.
    Renamed {
        place: String,
        old: String,
        new: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::UnknownVariable { name, nearest } => {
                write!(f, "the variable {name} overrides no key; the nearest one that does is {nearest}")
            }
            Warning::Renamed { place, old, new } => {
                write!(f, "{place}`{old}` is now called `{new}`: it is obeyed, but write the new name")
            }
        }
    }
}
