//! Alerts, and what people were told of them.

use api::{AlertStates, AlertsOf};
use axum::extract::State;

use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::{Asks, Steps};
use crate::query::Query;

pub(crate) async fn alerts(State(app): State<App>, Asks(caller): Asks, query: Query) -> Answer {
    let states = match query.text("state").as_deref() {
        None => AlertStates::default(),
        Some("all") => AlertStates::All,
        Some(_) => query.word("state")?.map_or(AlertStates::All, AlertStates::Only),
    };
    let of = AlertsOf { user: query.user()?, states, page: query.page()? };
    answer::ok(&app.service.list_alerts(&caller, of).await?)
}

pub(crate) async fn alert(State(app): State<App>, Asks(caller): Asks, Steps(id): Steps<String>) -> Answer {
    answer::ok(&app.service.get_alert(&caller, id).await?)
}

pub(crate) async fn inbox(State(app): State<App>, Asks(caller): Asks, query: Query) -> Answer {
    let (user, address, page) = (query.user()?, query.word("address")?, query.page()?);
    answer::ok(&app.service.list_inbox(&caller, user, address, page).await?)
}

pub(crate) async fn digest(State(app): State<App>, Asks(caller): Asks, Steps(id): Steps<String>) -> Answer {
    answer::ok(&app.service.get_digest(&caller, id).await?)
}
