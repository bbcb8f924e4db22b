//! Why no answer came.

use std::error::Error as StdError;

use rustls::CertificateError;

use crate::HttpError;
use crate::reach::Rule;
use crate::resolve::{Broken, Unresolved};

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
    /// The client may not go there, and did not.
    #[error("no connection to {host} is allowed: {rule}")]
    Forbidden { host: String, rule: Rule },
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
        if let Some(Broken(rule)) = chain(&error).find_map(|e| e.downcast_ref()) {
            return Error::Forbidden { host, rule: *rule };
        }
        if timeout {
            return Error::Timeout { host };
        }
        if let Some(tls) = chain(&error).find_map(|e| e.downcast_ref()) {
            return Error::Tls { host, cause: plainly(tls) };
        }
        let cause = root(&error).to_string();
        if connect { Error::Unreachable { host, cause } } else { Error::Other { cause } }
    }
}

impl HttpError {
    pub(crate) fn from_client(error: reqwest::Error) -> HttpError {
        let unresolved = chain(&error).any(|e| e.is::<Unresolved>());
        match Error::from_client(error) {
            unreachable @ Error::Unreachable { .. } if unresolved => HttpError::Dns(unreachable.to_string()),
            other => other.into(),
        }
    }
}

impl From<Error> for HttpError {
    fn from(error: Error) -> HttpError {
        let said = error.to_string();
        match error {
            Error::Forbidden { .. } => HttpError::Denied(said),
            Error::Timeout { .. } => HttpError::Timeout,
            Error::Tls { .. } => HttpError::Tls(said),
            Error::Unreachable { .. } | Error::Other { .. } => HttpError::Io(said),
        }
    }
}

pub(crate) fn authority(url: &reqwest::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What people meet often, in words that say what is to be mended.
pub(crate) fn plainly(error: &rustls::Error) -> String {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };
    let text = match error {
        rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => "its certificate has expired",
        rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. }) => {
            "its certificate is not valid yet, or a clock is wrong"
        }
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "its certificate is for another name"
        }
        // The signature is of another authority with the same name.
        rustls::Error::InvalidCertificate(UnknownIssuer | BadSignature) => {
            "its certificate comes from an authority that is not trusted here"
        }
        rustls::Error::InvalidMessage(_) => "it speaks no TLS at this port",
        other => return other.to_string(),
    };
    text.to_owned()
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
