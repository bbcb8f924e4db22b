//! A request that somebody else wants made, whole, and what came of it: the words that
//! plugins, sources and this crate share.

/// A request, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    /// In order, as they are to be sent.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer, whole, whatever its status: redirections are not followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    /// Names in lower case, in order; those whose value is no text are left out.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why there is no answer, with a variant for each reaction of whoever asked. The texts
/// name the host, and nothing else of a URL, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Nobody granted it, or it leads to where nothing may lead.
    #[error("{0}")]
    Denied(String),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    #[error("no answer came in time")]
    Timeout,
    #[error("the request or its answer is too large")]
    TooBig,
    /// The host's name leads nowhere.
    #[error("{0}")]
    Dns(String),
    #[error("{0}")]
    Tls(String),
    /// Nobody listens there, or the connection broke off.
    #[error("{0}")]
    Io(String),
}
