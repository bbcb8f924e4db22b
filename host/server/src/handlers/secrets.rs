//! Secrets: set, listed, removed; never shown.

use api::NewSecret;
use axum::extract::{Request, State};
use event::Name;

use super::thing;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::{Asks, Steps};

pub(crate) async fn list(State(app): State<App>, Asks(caller): Asks) -> Answer {
    answer::ok(&app.service.list_secrets(&caller).await?)
}

pub(crate) async fn set(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(name): Steps<Name>,
    request: Request,
) -> Answer {
    let secret: NewSecret = thing(&app, request).await?;
    answer::ok(&app.service.set_secret(&caller, name, secret).await?)
}

pub(crate) async fn remove(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    app.service.remove_secret(&caller, name).await?;
    answer::nothing()
}
