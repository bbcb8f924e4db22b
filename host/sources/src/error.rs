//! Why a source cannot be set up, and why it did not answer.

use egress::Rule;

/// A configuration that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadConfig {
    /// RFC 6901 JSON pointer to what is wrong; empty: the whole of it.
    pub pointer: String,
    pub message: String,
}

impl BadConfig {
    pub(crate) fn at(field: &str, message: impl Into<String>) -> BadConfig {
        BadConfig { pointer: format!("/{field}"), message: message.into() }
    }
}

/// A variant for each reaction of whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It has no such method.
    #[error("{0}")]
    Unknown(String),
    /// It would change something, or lead to where nothing may lead.
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    BadArguments(String),
    #[error("the source did not answer in time")]
    Timeout,
    /// It cannot be reached, does not let us in, or answers nonsense or too much.
    #[error("{0}")]
    Failed(String),
}

impl From<egress::Error> for SourceError {
    fn from(error: egress::Error) -> SourceError {
        match error {
            egress::Error::Timeout { .. } => SourceError::Timeout,
            egress::Error::Forbidden { host, rule: Rule::Plain } => SourceError::Denied(format!(
                "{host} is reached over an open network, and without TLS passwords and answers could be read \
                 there: use TLS, or name its network in `[egress] allow`"
            )),
            egress::Error::Forbidden { .. } => SourceError::Denied(error.to_string()),
            other => SourceError::Failed(other.to_string()),
        }
    }
}
