//! The parts of a request that handlers ask for.

use std::net::SocketAddr;

use api::{Caller, Credentials, Problem, RawRequest};
use axum::extract::{FromRequestParts, Path};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use serde::de::DeserializeOwned;
use settings::AnonymousEvents;

use crate::answer::Fault;
use crate::app::App;
use crate::local::is_local;

/// Put into each request by its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The steps of the path that vary, in order: names, mostly.
pub(crate) struct Steps<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Steps<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Steps<T>, Fault> {
        let path = Path::from_request_parts(parts, app).await;
        path.map(|Path(steps)| Steps(steps)).map_err(|e| Fault(Problem::bad_request(e.body_text())))
    }
}

/// Who asks. A handler that asks for this is reached by nobody unknown.
pub(crate) struct Asks(pub(crate) Caller);

impl FromRequestParts<App> for Asks {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Asks, Fault> {
        let credentials = credentials(parts, app)?;
        Ok(Asks(app.service.authenticate(credentials).await?))
    }
}

/// # Errors
/// 401 when what stands in `Authorization` cannot be understood.
pub(crate) fn credentials(parts: &Parts, app: &App) -> Result<Credentials, Problem> {
    let Peer(peer) = *parts
        .extensions
        .get::<Peer>()
        .ok_or_else(|| Problem::internal("a request came without its peer"))?;
    let local = app.options.anonymous_events == AnonymousEvents::Loopback
        && is_local(peer.ip(), &parts.uri, &parts.headers);
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let bearer = match (values.next(), values.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().ok().and_then(token).ok_or_else(|| {
            Problem::unauthorized("`Authorization` is not understood: send `Authorization: Bearer …`")
        })?),
        (Some(_), Some(_)) => return Err(Problem::unauthorized("`Authorization` stands there twice")),
    };
    Ok(Credentials { bearer, peer, local })
}

/// The token of `Bearer`, or of `Basic` the password, else the user's name: senders
/// that are configured by a URL put it in either place.
fn token(value: &str) -> Option<String> {
    let (scheme, rest) = value.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(if password.is_empty() { user } else { password }.to_owned())
}

/// A request whose body somebody else reads.
///
/// # Errors
/// 400 when a header is no text.
pub(crate) fn raw(parts: &Parts, body: Bytes) -> Result<RawRequest, Problem> {
    let mut headers = Vec::with_capacity(parts.headers.len());
    for (name, value) in &parts.headers {
        let text = std::str::from_utf8(value.as_bytes())
            .map_err(|_| Problem::bad_request(format!("the header `{name}` is not UTF-8")))?;
        headers.push((name.as_str().to_owned(), text.to_owned()));
    }
    let first = |wanted: http::HeaderName| {
        headers.iter().find(|(name, _)| *name == wanted.as_str()).map(|(_, value)| value.clone())
    };
    Ok(RawRequest {
        content_type: first(CONTENT_TYPE),
        content_encoding: first(CONTENT_ENCODING),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
    })
}
