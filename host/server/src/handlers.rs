//! One function for each operation: what came over HTTP in, the service's answer out.

use api::Problem;
use axum::extract::Request;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::{body, limits};

pub(crate) mod about;
pub(crate) mod doors;
pub(crate) mod events;
pub(crate) mod keeping;
pub(crate) mod people;
pub(crate) mod plugins;
pub(crate) mod secrets;
pub(crate) mod sources;
pub(crate) mod styles;
pub(crate) mod subscriptions;
pub(crate) mod told;
pub(crate) mod ways_in;

/// A thing of ours from the body of a request.
async fn thing<T: DeserializeOwned>(app: &App, request: Request) -> Result<T, Problem> {
    let (parts, body) = request.into_parts();
    let held = body::read(body, &parts.headers, limits::JSON_BYTES, &app.shared.bodies).await?;
    body::parse(&held.bytes, &parts.headers)
}
