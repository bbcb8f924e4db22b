//! Sources.

use api::{NewSource, SourceQuestion};
use axum::extract::{Request, State};
use event::Name;

use super::thing;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::{Asks, Steps};
use crate::query::Query;

pub(crate) async fn kinds(State(app): State<App>, Asks(caller): Asks) -> Answer {
    answer::ok(&app.service.list_source_kinds(&caller).await?)
}

pub(crate) async fn add(
    State(app): State<App>,
    Asks(caller): Asks,
    query: Query,
    request: Request,
) -> Answer {
    let replace = query.word("replace")?.unwrap_or(false);
    let source: NewSource = thing(&app, request).await?;
    answer::created(&app.service.add_source(&caller, source, replace).await?)
}

pub(crate) async fn list(State(app): State<App>, Asks(caller): Asks) -> Answer {
    answer::ok(&app.service.list_sources(&caller).await?)
}

pub(crate) async fn show(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    answer::ok(&app.service.get_source(&caller, name).await?)
}

pub(crate) async fn remove(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    app.service.remove_source(&caller, name).await?;
    answer::nothing()
}

pub(crate) async fn test(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    answer::ok(&app.service.test_source(&caller, name).await?)
}

pub(crate) async fn call(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(name): Steps<Name>,
    request: Request,
) -> Answer {
    let question: SourceQuestion = thing(&app, request).await?;
    answer::ok(&app.service.call_source(&caller, name, question).await?)
}
