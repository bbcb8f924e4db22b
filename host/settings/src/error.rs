//! Why a configuration is refused.

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
}
