//! The daemon itself: alive, serving, described.

use api::{Health, Readiness, Status};
use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use meter::Page;

use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::Asks;

pub(crate) async fn openapi() -> Answer {
    answer::ok(&api::openapi())
}

pub(crate) async fn health(State(app): State<App>) -> Answer {
    match app.service.health().await {
        Health::Alive => fine(),
        Health::Stuck(status) => not_available(status),
    }
}

/// The service's numbers, and those of the server and the process.
pub(crate) async fn metrics(State(app): State<App>, Asks(caller): Asks) -> Answer {
    let mut page = app.service.metrics(&caller).await?;
    app.shared.tell(&mut page);
    page.process();
    Ok(([(CONTENT_TYPE, Page::MEDIA)], page.into_text()).into_response())
}

/// Not ready any more as soon as a stop has begun, so that balancers look elsewhere.
pub(crate) async fn ready(State(app): State<App>) -> Answer {
    let readiness = if *app.stopping.borrow() {
        Readiness::NotYet("stopping".to_owned())
    } else {
        app.service.ready().await
    };
    match readiness {
        Readiness::Ready => fine(),
        Readiness::NotYet(status) => not_available(status),
    }
}

pub(crate) fn fine() -> Answer {
    answer::ok(&Status { status: "ok".to_owned() })
}

pub(crate) fn not_available(status: String) -> Answer {
    answer::json(StatusCode::SERVICE_UNAVAILABLE, &Status { status })
}
