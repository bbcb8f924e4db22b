//! Which handler serves which path.

use api::Problem;
use axum::Router;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{any, delete, get, patch, post, put};

use crate::answer::{Fault, guarded};
use crate::app::App;
use crate::check::check;
use crate::handlers::{
    about, doors, events, keeping, people, plugins, secrets, sources, styles, subscriptions, told, ways_in,
};
use crate::limits::RETRY_AFTER_S;

/// What a daemon waits for that has not yet opened its journal.
const STARTING: &str = "starting";

/// The whole of the interface.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/api/v1/events", post(events::send).get(events::list))
        .route("/api/v1/events/stream", get(events::follow))
        .route("/api/v1/events/{seq}", get(events::show))
        .route("/cloudevents", post(ways_in::cloudevents).options(ways_in::handshake))
        .route("/in/{door}", any(ways_in::door))
        .route("/in/{door}/{*rest}", any(ways_in::door_below))
        .route("/api/v1/doors", post(doors::add).get(doors::list))
        .route("/api/v1/doors/{door}", delete(doors::remove))
        .route("/api/v1/tokens", post(people::create_token).get(people::tokens))
        .route("/api/v1/tokens/{id}", delete(people::revoke_token))
        .route("/api/v1/users", post(people::add).get(people::list))
        .route("/api/v1/users/{user}", get(people::show).patch(people::edit).delete(people::remove))
        .route("/api/v1/users/{user}/holdings", get(people::holdings))
        .route("/api/v1/users/{user}/addresses", post(people::add_address).get(people::addresses))
        .route(
            "/api/v1/users/{user}/addresses/{name}",
            get(people::address).patch(people::edit_address).delete(people::remove_address),
        )
        .route("/api/v1/users/{user}/addresses/{name}/rotate", post(people::rotate_address))
        .route("/api/v1/users/{user}/addresses/{name}/test", post(people::test_address))
        .route("/api/v1/users/{user}/styles", post(styles::add).get(styles::list))
        .route(
            "/api/v1/users/{user}/styles/{name}",
            get(styles::show).put(styles::replace).delete(styles::remove),
        )
        .route("/api/v1/users/{user}/styles/{name}/preview", get(styles::preview))
        .route("/api/v1/subscriptions", post(subscriptions::add).get(subscriptions::list))
        .route(
            "/api/v1/subscriptions/{id}",
            get(subscriptions::show).patch(subscriptions::edit).delete(subscriptions::remove),
        )
        .route("/api/v1/subscriptions/{id}/resume", post(subscriptions::resume))
        .route("/api/v1/plugins", post(plugins::install).get(plugins::list))
        .route("/api/v1/plugins/{name}", get(plugins::show).delete(plugins::remove))
        .route("/api/v1/plugins/{name}/failures", get(plugins::failures))
        .route("/api/v1/plugins/{name}/failures/{seq}/replay", post(plugins::replay))
        .route("/api/v1/source-kinds", get(sources::kinds))
        .route("/api/v1/sources", post(sources::add).get(sources::list))
        .route("/api/v1/sources/{source}", get(sources::show).delete(sources::remove))
        .route("/api/v1/sources/{source}/test", post(sources::test))
        .route("/api/v1/sources/{source}/call", post(sources::call))
        .route("/api/v1/plugins/{name}/grants", patch(plugins::change_grants))
        .route("/api/v1/plugins/{name}/consent", post(plugins::consent))
        .route("/api/v1/plugins/{name}/decline", post(plugins::decline))
        .route("/api/v1/plugins/{name}/shared", put(plugins::share).delete(plugins::unshare))
        .route("/api/v1/plugins/{name}/rollback", post(plugins::roll_back))
        .route("/api/v1/secrets", get(secrets::list))
        .route("/api/v1/secrets/{name}", put(secrets::set).delete(secrets::remove))
        .route("/api/v1/alerts", get(told::alerts))
        .route("/api/v1/alerts/{id}", get(told::alert))
        .route("/api/v1/inbox", get(told::inbox))
        .route("/api/v1/inbox/{id}", get(told::digest))
        .route("/api/v1/snapshots", post(keeping::snapshot))
        .route("/api/v1/backup", get(keeping::backup))
        .route("/api/v1/openapi.json", get(about::openapi))
        .route("/healthz", get(about::health))
        .route("/readyz", get(about::ready))
        .route("/metrics", get(about::metrics))
        .route_layer(from_fn_with_state(app.clone(), check))
        .fallback(ways_in::path_of_a_door)
        .layer(map_response(guarded))
        .with_state(app)
}

/// What is answered before there is a service: alive, and not ready for anything.
pub(crate) fn starting() -> Router {
    Router::new()
        .route("/healthz", get(|| async { about::fine() }))
        .route("/readyz", get(|| async { about::not_available(STARTING.to_owned()) }))
        .fallback(|| async { Fault(Problem::unavailable("The daemon is starting.", RETRY_AFTER_S)) })
        .layer(map_response(guarded))
}

/// The answer for a path that leads nowhere.
pub(crate) fn nowhere(path: &str) -> Fault {
    let path: String = path.chars().take(200).collect();
    Fault(Problem::not_found(format!("there is nothing at `{path}`")))
}
