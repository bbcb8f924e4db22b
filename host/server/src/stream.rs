//! Server-Sent Events.

use std::convert::Infallible;

use api::{EventStream, Followed, Problem};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, future};
use http::{HeaderName, HeaderValue};
use tokio::sync::watch;

use crate::connection::stopped;
use crate::limits::PING;

/// Passes events on as they come, until the client goes, the service ends the stream
/// with a problem, or the server is to stop.
pub(crate) fn events(events: EventStream, stopping: watch::Receiver<bool>) -> Response {
    let messages = events
        .take_until(Box::pin(stopped(stopping)))
        .scan(false, |ended, item| {
            let done = std::mem::replace(ended, item.is_err());
            future::ready((!done).then_some(item))
        })
        .map(|item| Ok::<_, Infallible>(message(item)));
    let mut response =
        Sse::new(messages).keep_alive(KeepAlive::new().interval(PING).text("ping")).into_response();
    // Proxies that collect an answer before they pass it on would keep it forever.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.headers_mut().extend([unbuffered]);
    response
}

fn message(item: Result<Followed, Problem>) -> Event {
    let written = match &item {
        // A message without data is none, but its id is remembered.
        Ok(Followed::From(seq)) => Ok(Event::default().id(seq.to_string())),
        Ok(Followed::Event(event)) => Event::default().id(event.seq.to_string()).json_data(event),
        // Whoever comes back goes on behind the gap, and is told of it once.
        Ok(Followed::Gap(gap)) => Event::default().event("gap").id(gap.upto.to_string()).json_data(gap),
        Err(problem) => {
            if let Some(log) = &problem.log {
                tracing::error!(status = problem.status, "{log}");
            }
            Event::default().event("problem").json_data(problem)
        }
    };
    written.unwrap_or_else(|error| {
        tracing::error!(%error, "a streamed event is no JSON");
        Event::default().event("problem").data("{}")
    })
}
