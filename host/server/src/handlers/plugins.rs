//! Plugins.

use api::InstallPlugin;
use axum::extract::{Request, State};
use event::{Name, Seq};
use http::StatusCode;

use crate::answer::{self, Answer};
use crate::app::App;
use crate::body;
use crate::parts::{Asks, Steps};
use crate::query::Query;

/// The body is the component, whatever it says of itself: what it is shows in its bytes.
pub(crate) async fn install(
    State(app): State<App>,
    Asks(caller): Asks,
    query: Query,
    request: Request,
) -> Answer {
    let replace = query.word("replace")?.unwrap_or(false);
    let (parts, body) = request.into_parts();
    let held = body::read(body, &parts.headers, app.options.plugin_bytes, &app.shared.bodies).await?;
    let plugin = InstallPlugin { component: held.bytes.clone(), replace };
    answer::created(&app.service.install_plugin(&caller, plugin).await?)
}

pub(crate) async fn list(State(app): State<App>, Asks(caller): Asks) -> Answer {
    answer::ok(&app.service.list_plugins(&caller).await?)
}

pub(crate) async fn show(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    answer::ok(&app.service.get_plugin(&caller, name).await?)
}

pub(crate) async fn remove(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    app.service.remove_plugin(&caller, name).await?;
    answer::nothing()
}

pub(crate) async fn failures(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(name): Steps<Name>,
    query: Query,
) -> Answer {
    answer::ok(&app.service.list_failures(&caller, name, query.page()?).await?)
}

pub(crate) async fn replay(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((name, seq)): Steps<(Name, Seq)>,
) -> Answer {
    let failure = app.service.replay_failure(&caller, name, seq).await?;
    answer::json(StatusCode::ACCEPTED, &failure)
}
