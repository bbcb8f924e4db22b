//! Events: sent, read, followed.

use api::{Listing, Order, Problem, Taken, TakenShape};
use axum::extract::{Request, State};
use axum::response::Response;
use event::Seq;
use http::{HeaderMap, StatusCode};

use crate::admission::Admitted;
use crate::answer::{self, Answer, Fault};
use crate::app::App;
use crate::parts::{self, Asks, Steps};
use crate::query::Query;
use crate::stream;

pub(crate) async fn send(
    State(app): State<App>,
    admitted: Admitted,
    Asks(caller): Asks,
    request: Request,
) -> Answer {
    let (parts, body) = request.into_parts();
    let events = admitted.read(&app, body, &parts).await?;
    let taken = app.service.take_events(&caller, parts::raw(&parts, events.body.bytes.clone())?).await?;
    answer_taken(&taken)
}

/// One object for one event, an array for whatever came as several.
pub(crate) fn answer_taken(taken: &Taken) -> Answer {
    match (taken.shape, taken.events.as_slice()) {
        (TakenShape::One, [event]) => answer::json(StatusCode::ACCEPTED, event),
        (_, events) => answer::json(StatusCode::ACCEPTED, &events),
    }
}

pub(crate) async fn list(State(app): State<App>, Asks(caller): Asks, query: Query) -> Answer {
    let order = match query.text("order").as_deref() {
        None | Some("newest") => Order::Newest,
        Some("oldest") => Order::Oldest,
        Some(_) => return Err(Problem::bad_request("`order` must be `newest` or `oldest`").into()),
    };
    let listing = Listing { q: query.text("q"), order, page: query.page()? };
    answer::ok(&app.service.list_events(&caller, listing).await?)
}

pub(crate) async fn show(State(app): State<App>, Asks(caller): Asks, Steps(seq): Steps<u64>) -> Answer {
    answer::ok(&app.service.get_event(&caller, Seq(seq)).await?)
}

pub(crate) async fn follow(
    State(app): State<App>,
    Asks(caller): Asks,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    // A browser that comes back repeats the address it began with: what it has seen
    // since then stands in the header.
    let after = match headers.get("last-event-id") {
        Some(id) => Some(
            id.to_str()
                .ok()
                .and_then(|id| id.parse().ok())
                .ok_or_else(|| Problem::bad_request("`Last-Event-ID` must be the `seq` of an event"))?,
        ),
        None => query.word("after")?,
    };
    let events = app.service.follow_events(&caller, query.text("q"), after.map(Seq)).await?;
    Ok(stream::events(events, app.stopping.clone()))
}
