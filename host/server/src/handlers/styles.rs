//! Styles.

use api::{PreviewAt, Problem, StyleBody};
use axum::extract::{Request, State};
use event::{AlertState, Name, Severity};

use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::{Asks, Steps};
use crate::query::Query;
use crate::{body, limits};

pub(crate) async fn add(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps(user): Steps<Name>,
    request: Request,
) -> Answer {
    let body = rules(&app, request).await?;
    answer::created(&app.service.add_styles(&caller, user, body).await?)
}

pub(crate) async fn replace(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
    request: Request,
) -> Answer {
    let body = rules(&app, request).await?;
    answer::ok(&app.service.replace_style(&caller, user, name, body).await?)
}

pub(crate) async fn list(State(app): State<App>, Asks(caller): Asks, Steps(user): Steps<Name>) -> Answer {
    answer::ok(&app.service.list_styles(&caller, user).await?)
}

pub(crate) async fn show(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
) -> Answer {
    answer::ok(&app.service.get_style(&caller, user, name).await?)
}

pub(crate) async fn remove(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
) -> Answer {
    app.service.remove_style(&caller, user, name).await?;
    answer::nothing()
}

pub(crate) async fn preview(
    State(app): State<App>,
    Asks(caller): Asks,
    Steps((user, name)): Steps<(Name, Name)>,
    query: Query,
) -> Answer {
    let at = PreviewAt {
        severity: query.word("severity")?.unwrap_or(Severity::Warning),
        state: query.word("state")?.unwrap_or(AlertState::Firing),
        at: query.word("at")?,
    };
    answer::ok(&app.service.preview_style(&caller, user, name, at).await?)
}

/// JSON for programs, TOML for people.
async fn rules(app: &App, request: Request) -> Result<StyleBody, Problem> {
    let (parts, body) = request.into_parts();
    let held = body::read(body, &parts.headers, limits::JSON_BYTES, &app.shared.bodies).await?;
    if body::is(&parts.headers, "application/toml") {
        let text = String::from_utf8(held.bytes.to_vec());
        return text.map(StyleBody::Toml).map_err(|_| Problem::bad_request("the TOML is not UTF-8"));
    }
    body::parse(&held.bytes, &parts.headers).map(StyleBody::Rules)
}
