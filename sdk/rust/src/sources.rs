//! Sources that an administrator configured and granted, by name: for monitors.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, host};

/// A source that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// As it is asked by.
    pub name: String,
    /// `prometheus`, for instance.
    pub kind: String,
}

/// Why a source gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// There is no such source or method.
    Unknown(String),
    /// Nobody granted it; says what to ask for.
    Denied(String),
    /// The arguments do not fit the method.
    BadArguments(String),
    /// No answer came in time.
    Timeout,
    /// All else.
    Failed(String),
}

/// Those that may be asked.
pub fn granted() -> Vec<Granted> {
    host::sources()
}

/// Asks a source; method and arguments are those of its kind.
pub fn call(source: &str, method: &str, arguments: &Value) -> Result<Value, SourceError> {
    host::ask_source(source, method, arguments)
}

/// Asks a source, with typed arguments and answer.
pub fn ask<T: DeserializeOwned>(source: &str, method: &str, arguments: &impl Serialize) -> Result<T, Error> {
    let answer = call(source, method, &serde_json::to_value(arguments)?)?;
    serde_json::from_value(answer)
        .map_err(|e| Error::failed(format!("the answer of `{source}` does not read: {e}")))
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::Timeout => f.write_str("the source did not answer in time"),
            SourceError::Unknown(why)
            | SourceError::Denied(why)
            | SourceError::BadArguments(why)
            | SourceError::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for SourceError {}
