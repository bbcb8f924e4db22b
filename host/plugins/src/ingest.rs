//! Ingest plugins: somebody else's payload to events.

use std::sync::Arc;

use event::{PluginKind, Timestamp};

use crate::bindings::{intake as wit, types, v0_1};
use crate::exports::{ACCEPT, ACCEPT_V0_1};
use crate::output::{Check, Misfit, bad};
use crate::running::Scope;
use crate::{CallError, Called, Config, InterfaceVersion, NewEvent, Outside, Plugin, convert, text};

/// A request at a door, as it came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestRequest {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in lower case, in order, repeated as received.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The peer's address.
    pub remote: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    pub events: Vec<NewEvent>,
    /// To be sent once the events are synced; none: 202 with an empty body.
    pub reply: Option<Reply>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599, without redirections.
    pub status: u16,
    /// Only names that can do no harm where our own pages live.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why the plugin takes no event from a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// 401.
    #[error("{0}")]
    Unauthorized(String),
    /// 400.
    #[error("{0}")]
    Malformed(String),
    /// Not for us: 200, nothing stored.
    #[error("{0}")]
    Ignored(String),
    /// It was read, and tells of an event that cannot be, by its time, size or type: 400.
    #[error("{0}")]
    Refused(String),
}

/// Headers that a plugin may set, beside `x-…`: none frames the message, sets a
/// cookie, redirects or opens the page to other origins.
const REPLY_HEADERS: &[&str] = &[
    "allow",
    "content-type",
    "retry-after",
    "webhook-allowed-origin",
    "webhook-allowed-rate",
    "www-authenticate",
];

impl Plugin {
    /// Turns a request into events, in a fresh instance, which reaches what `outside`
    /// grants. Blocks.
    pub fn accept(
        &self,
        config: &Config,
        now: Timestamp,
        request: IngestRequest,
        outside: Arc<dyn Outside>,
    ) -> Called<Result<Accepted, Rejection>> {
        let seed = [config.id.as_bytes(), &now.0.to_le_bytes(), request.path.as_bytes(), &request.body];
        let known = self.secrets_in(&config.data);
        let scope = Scope { now, seed: &seed, outside: Some(outside), known, ..Scope::TIMELESS };
        let params = (convert::config(config), convert::timestamp(now), request_in(&request));
        let called = match self.interface_version() {
            InterfaceVersion::V0_1 => {
                let called = self.call(PluginKind::Ingest, scope, &ACCEPT_V0_1, params).0;
                called.and_then(|said| Ok(said.map_err(wit::Rejection::from)))
            }
            InterfaceVersion::V0_2 => self.call(PluginKind::Ingest, scope, &ACCEPT, params).0,
        };
        called.and_then(|said| match said {
            Err(rejection) => rejected(rejection).map(Err),
            Ok(accepted) => self.taken(accepted, now),
        })
    }

    fn taken(
        &self,
        accepted: wit::Accepted,
        now: Timestamp,
    ) -> Result<Result<Accepted, Rejection>, CallError> {
        let mut check = Check::new(self.limits(), now);
        let reply = accepted.reply.map(|r| reply(r, &mut check)).transpose()?;
        match check.events(accepted.events) {
            Ok(events) => Ok(Ok(Accepted { events, reply })),
            // What an event says comes from its sender, who alone can mend it.
            Err(Misfit::Wrong(why)) => Ok(Err(Rejection::Refused(why))),
            Err(Misfit::TooMuch(what)) => {
                Ok(Err(Rejection::Refused(format!("this request makes more than {what}"))))
            }
            Err(garbled @ Misfit::Garbled(_)) => Err(garbled.into()),
        }
    }
}

fn request_in(request: &IngestRequest) -> wit::Request {
    let attribute =
        |(key, value): &(String, String)| types::Attribute { key: key.clone(), value: value.clone() };
    wit::Request {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers: request.headers.iter().map(attribute).collect(),
        body: request.body.clone(),
        remote: request.remote.clone(),
    }
}

fn rejected(rejection: wit::Rejection) -> Result<Rejection, CallError> {
    let shown = |reason: String| text::line(&reason, text::LINE_MAX);
    match rejection {
        wit::Rejection::Unauthorized(reason) => Ok(Rejection::Unauthorized(shown(reason))),
        wit::Rejection::Malformed(reason) => Ok(Rejection::Malformed(shown(reason))),
        wit::Rejection::Ignored(reason) => Ok(Rejection::Ignored(shown(reason))),
        wit::Rejection::Failed(reason) => Err(CallError::Failed { message: text::message(&reason) }),
    }
}

impl From<v0_1::intake::Rejection> for wit::Rejection {
    fn from(rejection: v0_1::intake::Rejection) -> wit::Rejection {
        use v0_1::intake::Rejection as Then;
        match rejection {
            Then::Unauthorized(reason) => wit::Rejection::Unauthorized(reason),
            Then::Malformed(reason) => wit::Rejection::Malformed(reason),
            Then::Ignored(reason) => wit::Rejection::Ignored(reason),
        }
    }
}

fn reply(reply: wit::Reply, check: &mut Check<'_>) -> Result<Reply, Misfit> {
    check.spend_bytes(reply.body.len())?;
    if !matches!(reply.status, 200..=299 | 400..=599) {
        return Err(bad(format!("the reply's status {} is not for a plugin to give", reply.status)));
    }
    let mut headers = Vec::new();
    for types::Attribute { key, value } in reply.headers {
        check.spend(&[&key, &value])?;
        let name = key.to_ascii_lowercase();
        if !is_harmless(&name) || value.chars().any(text::is_control) {
            let shown = text::line(&key, 100);
            return Err(bad(format!("the reply's header `{shown}` is not for a plugin to set")));
        }
        headers.push((name, value));
    }
    Ok(Reply { status: reply.status, headers, body: reply.body })
}

fn is_harmless(name: &str) -> bool {
    let token = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    token && (REPLY_HEADERS.contains(&name) || name.starts_with("x-"))
}
