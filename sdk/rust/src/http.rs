//! Requests to the URLs that an administrator granted.
//!
//! `plugin.toml` asks for patterns of URLs, an administrator grants them. Redirections are
//! not followed, and request and answer are bounded in size and time.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, host};

/// A request, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Request {
    /// `GET`, for instance.
    pub method: String,
    /// With its scheme.
    pub url: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// Anything.
    pub body: Vec<u8>,
    /// The longest wait for the whole answer; none: the host's own, ten seconds by default.
    pub timeout_ms: Option<u32>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// 404, for instance.
    pub status: u16,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The whole of it.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// Nobody granted it, or it leads to where nothing may lead.
    Denied(String),
    /// The request makes no sense.
    Invalid(String),
    /// No answer came in time.
    Timeout,
    /// The request or its answer is too large.
    TooBig,
    /// The host's name leads nowhere.
    Dns(String),
    /// No secure connection.
    Tls(String),
    /// Nobody listens there, or the connection broke off.
    Io(String),
}

impl Request {
    /// Asks for something.
    pub fn get(url: impl Into<String>) -> Request {
        Request { method: "GET".to_owned(), url: url.into(), ..Request::default() }
    }

    /// Hands something over.
    pub fn post(url: impl Into<String>) -> Request {
        Request { method: "POST".to_owned(), url: url.into(), ..Request::default() }
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With this body.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Request {
        Request { body: body.into(), ..self }
    }

    /// With this value as its body, in JSON.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<Request, Error> {
        Ok(self.header("content-type", "application/json").body(serde_json::to_vec(value)?))
    }

    /// Waits no longer than this.
    pub fn timeout_ms(self, ms: u32) -> Request {
        Request { timeout_ms: Some(ms), ..self }
    }

    /// Sends it, and waits for the whole answer.
    pub fn send(&self) -> Result<Response, HttpError> {
        host::send(self)
    }
}

impl Response {
    /// Whether its status says that all went well.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|e| Error::failed(format!("the answer (status {}) does not read: {e}", self.status)))
    }
}

impl HttpError {
    /// Whether another attempt, later, may go better.
    pub fn is_passing(&self) -> bool {
        matches!(self, HttpError::Timeout | HttpError::Dns(_) | HttpError::Io(_))
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Timeout => f.write_str("no answer came in time"),
            HttpError::TooBig => f.write_str("the request or its answer is too large"),
            HttpError::Denied(why)
            | HttpError::Invalid(why)
            | HttpError::Dns(why)
            | HttpError::Tls(why)
            | HttpError::Io(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for HttpError {}
