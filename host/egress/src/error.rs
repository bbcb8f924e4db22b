//! Why no answer came.

use std::error::Error as StdError;

/// A variant for each reaction of the caller. The texts name the host but never the
/// whole address, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody listens there, or the name leads nowhere.
    #[error("cannot reach {host}: {cause}")]
    Unreachable { host: String, cause: String },
    /// It was silent for too long.
    #[error("{host} did not answer in time")]
    Timeout { host: String },
    /// It could not prove who it is, or speaks no TLS.
    #[error("no secure connection to {host}: {cause}")]
    Tls { host: String, cause: String },
    /// The request makes no sense, or the answer broke off or was too long.
    #[error("{cause}")]
    Other { cause: String },
}

impl Error {
    pub(crate) fn from_client(error: reqwest::Error) -> Error {
        let host = error.url().map(authority).unwrap_or_default();
        let timeout = error.is_timeout();
        let connect = error.is_connect();
        let error = error.without_url();
        let cause = root(&error).to_string();
        if timeout {
            Error::Timeout { host }
        } else if chain(&error).any(is_tls) {
            Error::Tls { host, cause }
        } else if connect {
            Error::Unreachable { host, cause }
        } else {
            Error::Other { cause }
        }
    }
}

fn authority(url: &reqwest::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn chain<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |e| next(*e))
}

fn root<'e>(error: &'e (dyn StdError + 'static)) -> &'e (dyn StdError + 'static) {
    chain(error).last().unwrap_or(error)
}

/// An `io::Error` hides what it wraps from `source()`, which only gives what that wraps.
fn next<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match wrapped {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    error.is::<rustls::Error>()
}
