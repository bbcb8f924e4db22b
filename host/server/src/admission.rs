//! Whether one more request with events is taken up: decided from its head alone, so that
//! saying no costs little however much comes.

use api::Problem;
use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::request::Parts;
use tokio::sync::OwnedSemaphorePermit;

use crate::answer::Fault;
use crate::app::App;
use crate::body::{self, Held};
use crate::limits::RETRY_AFTER_S;

/// A request with events for which there was a place when it came. A handler that asks
/// for this before anything else is reached by nobody else.
pub(crate) struct Admitted;

impl FromRequestParts<App> for Admitted {
    type Rejection = Fault;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Admitted, Fault> {
        Ok(admit(app)?)
    }
}

/// # Errors
/// 429 when all places are taken.
pub(crate) fn admit(app: &App) -> Result<Admitted, Problem> {
    if app.shared.event_requests.are_taken() { Err(busy()) } else { Ok(Admitted) }
}

/// Events on their way: their body, and the place that they have until they are answered.
pub(crate) struct Taken {
    pub(crate) body: Held,
    _place: OwnedSemaphorePermit,
}

impl Admitted {
    /// Reads the body, and takes a place only then: whoever sends slowly keeps nobody out.
    ///
    /// # Errors
    /// As [`body::read`]; 429 when all places were taken meanwhile.
    pub(crate) async fn read<B>(self, app: &App, body: B, parts: &Parts) -> Result<Taken, Problem>
    where
        B: axum::body::HttpBody<Data = Bytes>,
        B::Error: std::fmt::Display,
    {
        let body = body::read(body, &parts.headers, app.options.events_bytes, &app.shared.bodies).await?;
        let place = app.shared.event_requests.try_one().ok_or_else(busy)?;
        Ok(Taken { body, _place: place })
    }
}

fn busy() -> Problem {
    Problem::busy("too many requests with events are under way", RETRY_AFTER_S)
}
