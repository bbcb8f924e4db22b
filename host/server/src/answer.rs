//! Answers: things as JSON, and problems as problem documents.

use api::Problem;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

/// What a handler returns.
pub(crate) type Answer = Result<Response, Fault>;

/// A problem on its way to the client.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) Problem);

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        Fault(problem)
    }
}

pub(crate) fn ok(thing: &impl Serialize) -> Answer {
    json(StatusCode::OK, thing)
}

pub(crate) fn created(thing: &impl Serialize) -> Answer {
    json(StatusCode::CREATED, thing)
}

pub(crate) fn nothing() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) fn json(status: StatusCode, thing: &impl Serialize) -> Answer {
    let text =
        serde_json::to_vec(thing).map_err(|e| Problem::internal(format!("an answer is no JSON: {e}")))?;
    Ok((status, [(CONTENT_TYPE, "application/json")], text).into_response())
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Fault(problem) = self;
        if let Some(log) = &problem.log {
            tracing::error!(status = problem.status, "{log}");
        }
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response =
            (status, [(CONTENT_TYPE, "application/problem+json")], Body::from(text)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = problem.retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tellify\""));
        }
        response
    }
}

/// Headers that every answer carries, whatever it is and whoever made it: nothing here
/// is a page, so a browser is to run, keep, guess and frame none of it.
pub(crate) async fn guarded(mut response: Response) -> Response {
    const GUARDS: [(HeaderName, HeaderValue); 4] = [
        (http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (http::header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            http::header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
        ),
        (http::header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    response.headers_mut().extend(HeaderMap::from_iter(GUARDS));
    response
}
