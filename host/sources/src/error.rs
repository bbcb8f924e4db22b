//! Why a source cannot be set up, and why it cannot be connected to.

use egress::Rule;
pub use event::SourceError;

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

/// Why no connection came about.
pub(crate) fn unconnected(error: egress::Error) -> SourceError {
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
