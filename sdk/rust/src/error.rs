//! What a call may fail with, and what may be wrong with a configuration.

use std::fmt;

/// What a call may fail with. Its state writes, alerts and events are then discarded.
///
/// Any error of the standard kind becomes [`Error::Failed`] through `?`. That is why
/// this type is no `std::error::Error` itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The configuration can never work: the host disables it and tells its owner.
    BadConfig(String),
    /// Worth another try.
    Retry {
        /// Milliseconds from now; none: the host's own back-off.
        after_ms: Option<u32>,
        /// For the author.
        reason: String,
    },
    /// Give up on this call only.
    Failed(String),
}

impl Error {
    /// Gives up on this call only, saying why.
    pub fn failed(why: impl Into<String>) -> Error {
        Error::Failed(why.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::BadConfig(why) => write!(f, "the configuration can never work: {why}"),
            Error::Retry { reason, .. } => write!(f, "worth another try: {reason}"),
            Error::Failed(why) => f.write_str(why),
        }
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Error {
        Error::Failed(error.to_string())
    }
}

/// Something wrong with a configuration, at a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// RFC 6901 JSON pointer into the configuration; empty for the whole of it.
    pub pointer: String,
    /// A sentence for whoever fills in the form.
    pub message: String,
}

impl Problem {
    /// A problem at the place that `pointer` names.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { pointer: pointer.into(), message: message.into() }
    }
}
