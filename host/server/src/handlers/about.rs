//! The daemon itself: alive, serving, described.

use api::{Readiness, Status};
use axum::extract::State;
use http::StatusCode;

use crate::answer::{self, Answer};
use crate::app::App;

pub(crate) async fn openapi() -> Answer {
    answer::ok(&api::openapi())
}

pub(crate) async fn health() -> Answer {
    answer::ok(&Status { status: "ok".to_owned() })
}

/// Not ready any more as soon as a stop has begun, so that balancers look elsewhere.
pub(crate) async fn ready(State(app): State<App>) -> Answer {
    let readiness = if *app.stopping.borrow() {
        Readiness::NotYet("stopping".to_owned())
    } else {
        app.service.ready().await
    };
    match readiness {
        Readiness::Ready => health().await,
        Readiness::NotYet(status) => answer::json(StatusCode::SERVICE_UNAVAILABLE, &Status { status }),
    }
}
