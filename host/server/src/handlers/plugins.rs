//! Plugins.

use api::{Consent, GrantChange, InstallPlugin};
use axum::extract::{Request, State};
use event::{Name, Seq};
use http::StatusCode;

use super::thing;
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
    let flag = |name| query.word(name).map(|word| word.unwrap_or(false));
    let (replace, dry_run) = (flag("replace")?, flag("dry_run")?);
    let (side_by_side, grant_all) = (flag("side_by_side")?, flag("grant_all")?);
    let (parts, body) = request.into_parts();
    let held = body::read(body, &parts.headers, app.options.plugin_bytes, &app.shared.bodies).await?;
    let plugin = InstallPlugin { component: held.bytes.clone(), replace, side_by_side, grant_all };
    if dry_run {
        return answer::ok(&app.service.plan_plugin(&caller, plugin).await?);
    }
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

pub(crate) async fn change_grants(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(name): Steps<Name>,
    request: Request,
) -> Answer {
    let change: GrantChange = thing(&app, request).await?;
    answer::ok(&app.service.change_grants(&caller, name, change).await?)
}

pub(crate) async fn consent(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(name): Steps<Name>,
    query: Query,
) -> Answer {
    let side_by_side = query.word("side_by_side")?.unwrap_or(false);
    let without_grants = query.word("without_grants")?.unwrap_or(false);
    let consent = Consent { side_by_side, without_grants };
    answer::ok(&app.service.consent_to_plugin(&caller, name, consent).await?)
}

pub(crate) async fn decline(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    answer::ok(&app.service.decline_plugin(&caller, name).await?)
}

pub(crate) async fn share(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    answer::ok(&app.service.share_plugin(&caller, name, true).await?)
}

pub(crate) async fn unshare(State(app): State<App>, Asks(caller): Asks, Steps(name): Steps<Name>) -> Answer {
    answer::ok(&app.service.share_plugin(&caller, name, false).await?)
}

pub(crate) async fn roll_back(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(name): Steps<Name>,
) -> Answer {
    answer::ok(&app.service.roll_back_plugin(&caller, name).await?)
}
