//! Ingest plugins: somebody else's HTTP payload becomes events.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{NewEvent, Problem, Timestamp};

/// An ingest plugin: reads what another system sends to one of its doors.
pub trait Ingest {
    /// What a door configures. Its schema is drawn as a form.
    type Config: DeserializeOwned + JsonSchema + 'static;

    /// What doors call it; unique among the installed plugins.
    const NAME: &'static str;
    /// Usually `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// One line for lists.
    const TITLE: &'static str;
    /// One paragraph for whoever sets up a door.
    const DESCRIPTION: &'static str;

    /// Extra form hints, keyed by JSON pointer.
    fn ui_hints() -> Value {
        json!({})
    }

    /// Checks beyond the schema, before `username` may save; empty: accepted.
    fn validate(username: &str, config: &Self::Config) -> Vec<Problem> {
        let _ = (username, config);
        Vec::new()
    }

    /// One line for this saved configuration.
    fn title(config: &Self::Config) -> String {
        let _ = config;
        Self::TITLE.to_owned()
    }

    /// One paragraph for this saved configuration.
    fn summary(config: &Self::Config) -> String {
        let _ = config;
        Self::DESCRIPTION.to_owned()
    }

    /// Reads one request.
    fn accept(config: &Self::Config, now: Timestamp, request: &Request) -> Result<Accepted, Rejection>;
}

/// A request, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `POST`, for instance.
    pub method: String,
    /// What follows the door's own path.
    pub path: String,
    /// What follows `?`, as it was sent.
    pub query: String,
    /// Names in lower case, in order, repeated as received.
    pub headers: Vec<(String, String)>,
    /// After decompression.
    pub body: Vec<u8>,
    /// The sender's address.
    pub remote: String,
}

/// What a request brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accepted {
    /// Stored together, or not at all.
    pub events: Vec<NewEvent>,
    /// Sent only after the events are synced; none: 202 with an empty body.
    pub reply: Option<Reply>,
}

/// What the sender expects to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// An HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Anything.
    pub body: Vec<u8>,
}

/// Why a request brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The sender did not prove who they are.
    Unauthorized(String),
    /// The payload is not what it should be; says where and why.
    Malformed(String),
    /// Not for us (a ping, an ignored kind): answered with 200, nothing stored.
    Ignored(String),
    /// Not the sender's fault (a secret is missing, say): the door's owner is told, and the
    /// sender may try again.
    Failed(String),
}

impl Request {
    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as text; an error names the first byte that is no UTF-8.
    pub fn text(&self) -> Result<&str, Rejection> {
        std::str::from_utf8(&self.body)
            .map_err(|e| Rejection::Malformed(format!("byte {} of the body is not UTF-8", e.valid_up_to())))
    }

    /// The body as JSON; an error names line and column.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        serde_json::from_slice(&self.body).map_err(|e| Rejection::Malformed(e.to_string()))
    }
}

impl Accepted {
    /// These events, and the usual reply.
    pub fn events(events: Vec<NewEvent>) -> Accepted {
        Accepted { events, reply: None }
    }
}
