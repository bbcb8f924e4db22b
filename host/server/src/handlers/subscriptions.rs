//! Subscriptions.

use api::{NewSubscription, SubscriptionEdit, Which};
use axum::extract::{Request, State};

use super::thing;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::{Asks, Steps};
use crate::query::Query;

pub(crate) async fn add(
    State(app): State<App>,
    Asks(caller): Asks,
    query: Query,
    request: Request,
) -> Answer {
    let user = query.user()?;
    let subscription: NewSubscription = thing(&app, request).await?;
    answer::created(&app.service.add_subscription(&caller, user, subscription).await?)
}

pub(crate) async fn list(State(app): State<App>, Asks(caller): Asks, query: Query) -> Answer {
    answer::ok(&app.service.list_subscriptions(&caller, query.user()?, query.page()?).await?)
}

pub(crate) async fn show(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(id_or_name): Steps<String>,
    query: Query,
) -> Answer {
    let which = Which { id_or_name, user: query.user()? };
    answer::ok(&app.service.get_subscription(&caller, which).await?)
}

pub(crate) async fn edit(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(id_or_name): Steps<String>,
    query: Query,
    request: Request,
) -> Answer {
    let which = Which { id_or_name, user: query.user()? };
    let edit: SubscriptionEdit = thing(&app, request).await?;
    answer::ok(&app.service.edit_subscription(&caller, which, edit).await?)
}

pub(crate) async fn remove(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(id_or_name): Steps<String>,
    query: Query,
) -> Answer {
    let which = Which { id_or_name, user: query.user()? };
    app.service.remove_subscription(&caller, which).await?;
    answer::nothing()
}

pub(crate) async fn resume(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(id_or_name): Steps<String>,
    query: Query,
) -> Answer {
    let which = Which { id_or_name, user: query.user()? };
    answer::ok(&app.service.resume_subscription(&caller, which).await?)
}
