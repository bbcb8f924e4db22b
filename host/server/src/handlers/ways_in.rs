//! Other ways in for events: CloudEvents, and doors.

use api::{DoorAt, DoorReply, DoorRequest, Problem};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::events::answer_taken;
use crate::admission::{Admitted, admit};
use crate::answer::{Answer, Fault};
use crate::app::App;
use crate::parts::{self, Asks, Steps};
use crate::routes;

pub(crate) async fn cloudevents(
    State(app): State<App>,
    admitted: Admitted,
    Asks(caller): Asks,
    request: Request,
) -> Answer {
    let (parts, body) = request.into_parts();
    let events = admitted.read(&app, body, &parts).await?;
    let taken = app.service.take_cloudevents(&caller, parts::raw(&parts, events.body.bytes.clone())?).await?;
    answer_taken(&taken)
}

/// The handshake of the CloudEvents webhook specification: any origin may try to send
/// here at any rate; whether it may in truth is decided by its token.
pub(crate) async fn handshake(headers: HeaderMap) -> Response {
    let mut response = [(ALLOW, "POST")].into_response();
    if let Some(origin) = headers.get("webhook-request-origin") {
        response.headers_mut().insert("webhook-allowed-origin", origin.clone());
        response.headers_mut().insert("webhook-allowed-rate", HeaderValue::from_static("*"));
    }
    response
}

pub(crate) async fn door(State(app): State<App>, Steps(door): Steps<String>, request: Request) -> Answer {
    knock(app, DoorAt::Name { name: &door, below: "" }, request).await
}

pub(crate) async fn door_below(
    State(app): State<App>,
    Steps((door, below)): Steps<(String, String)>,
    request: Request,
) -> Answer {
    knock(app, DoorAt::Name { name: &door, below: &below }, request).await
}

/// Whatever no route of ours leads to: a door may have it as a path of its own.
pub(crate) async fn path_of_a_door(State(app): State<App>, request: Request) -> Answer {
    let path = request.uri().path().to_owned();
    knock(app, DoorAt::Path(&path), request).await
}

async fn knock(app: App, at: DoorAt<'_>, request: Request) -> Answer {
    let route = app.service.find_door(at)?.ok_or_else(|| routes::nowhere(request.uri().path()))?;
    let admitted = admit(&app)?;
    let (parts, body) = request.into_parts();
    let credentials = parts::credentials(&parts, &app)?;
    let events = admitted.read(&app, body, &parts).await?;
    let knocked = DoorRequest {
        method: parts.method.to_string(),
        remote: credentials.peer,
        request: parts::raw(&parts, events.body.bytes.clone())?,
    };
    opened(app.service.door(route, credentials, knocked).await?)
}

fn opened(reply: DoorReply) -> Answer {
    let status =
        StatusCode::from_u16(reply.status).ok().filter(|status| (200..600).contains(&status.as_u16()));
    let status = status.ok_or_else(|| {
        Fault(Problem::internal(format!("a door's plugin answered with status {}", reply.status)))
    })?;
    // A bare body: what kind of content it is, only the plugin knows.
    let mut response = (status, Body::from(reply.body)).into_response();
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value))
            && senders_need(&name)
        {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// What a plugin may say in a header: how the body is to be read, and what other
/// systems' protocols agree on. All else is between us and the client.
fn senders_need(name: &HeaderName) -> bool {
    const PLAIN: [HeaderName; 5] = [CONTENT_TYPE, CONTENT_LANGUAGE, RETRY_AFTER, WWW_AUTHENTICATE, ALLOW];
    PLAIN.contains(name) || name.as_str().starts_with("x-") || name.as_str().starts_with("webhook-")
}
