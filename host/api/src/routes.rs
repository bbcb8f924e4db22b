//! The one list of routes.

mod plugins;
mod sources;

use event::Scope;

use crate::operation::{Content, Method, Operation, Parameter};
use crate::{
    Address, AddressEdit, AddressTest, Alert, CreatedDoor, CreatedToken, Digest, DigestSummary, Door, Event,
    Holdings, NewAddress, NewDoor, NewSubscription, NewToken, NewUser, PreviewLine, Removed, RotateAddress,
    SavedAddress, SavedStyles, Snapshot, Status, Style, StyleRules, Subscription, SubscriptionEdit,
    TakenEvent, Token, User, UserEdit,
};

const LIMIT: Parameter = Parameter::number("limit", "at most so many, up to 1000; 100 when absent");
const CURSOR: Parameter = Parameter::text("cursor", "what an earlier page gave as `next`");
const FILTER: Parameter = Parameter::text("q", "filter language; absent lets everything through");
const USER: Parameter =
    Parameter::text("user", "whose; absent: the token's own person, and for an administrator everybody's");
const FOR_USER: Parameter = Parameter::text("user", "for whom; absent: the token's own person");

/// Every route of the API, in the order of its documentation.
pub fn operations() -> Vec<Operation> {
    [
        events(),
        ways_in(),
        doors(),
        people(),
        addresses(),
        styles(),
        subscriptions(),
        plugins::operations(),
        plugins::consent(),
        plugins::secrets(),
        sources::sources(),
        told(),
        keeping(),
        about(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn events() -> Vec<Operation> {
    let envelope = &[
        Parameter::text("type", "of an event that comes as plain text, as are `source`, `subject` and so on"),
        Parameter::text("fields", "`off`: `key=value` in plain text does not become data"),
    ];
    let order = Parameter::text("order", "`newest` (the default) or `oldest` first, by the events' own time");
    let after = Parameter::number("after", "go on after this `seq`; absent: from now on");
    vec![
        post("/api/v1/events", "sendEvents", "Sends one event or many; all are stored, or none.")
            .needs(Scope::EventsWrite)
            .query(envelope)
            .any_query()
            .takes(Content::bytes("application/json"))
            .takes(Content::bytes("application/x-ndjson"))
            .takes(Content::bytes("text/plain"))
            .takes(Content::bytes("application/x-www-form-urlencoded"))
            .answers(202, "stored and synced; an array is answered with an array", Content::one_or_many::<TakenEvent>())
            .problems(&[400, 409, 413, 415, 429]),
        get("/api/v1/events", "listEvents", "Events that a filter lets through.")
            .needs(Scope::Read)
            .query(&[FILTER, order, LIMIT, CURSOR])
            .answers(200, "a page of them", Content::list::<Event>())
            .problems(&[400]),
        get("/api/v1/events/stream", "followEvents", "Server-Sent Events: each event as it is stored.")
            .needs(Scope::Read)
            .query(&[FILTER, after])
            .answers(
                200,
                "`id:` is the event's `seq`, and `Last-Event-ID` goes on after it; `event: gap` tells of events that are gone",
                Content::bytes("text/event-stream"),
            )
            .problems(&[400]),
        get("/api/v1/events/{seq}", "getEvent", "One event.")
            .needs(Scope::Read)
            .answers(200, "the event", Content::json::<Event>())
            .problems(&[400, 404, 410]),
    ]
}

fn ways_in() -> Vec<Operation> {
    vec![
        post("/cloudevents", "sendCloudEvents", "CloudEvents 1.0 in binary, structured and batched mode.")
            .needs(Scope::EventsWrite)
            .takes(Content::bytes("application/cloudevents+json"))
            .takes(Content::bytes("application/cloudevents-batch+json"))
            .takes(Content::bytes("*/*"))
            .answers(
                202,
                "stored and synced; a batch is answered with an array",
                Content::one_or_many::<TakenEvent>(),
            )
            .problems(&[400, 409, 413, 415, 429]),
        operation(
            Method::Options,
            "/cloudevents",
            "allowCloudEvents",
            "The handshake against abuse of CloudEvents webhooks.",
        )
        .answers_nothing(200, "its headers say who may send, and how fast"),
        operation(Method::Any, "/in/{door}", "knockAtDoor", "Anything that the door's plugin understands.")
            .any_query()
            .takes(Content::bytes("*/*"))
            .answers_nothing(202, "stored and synced, unless the plugin answers something else")
            .problems(&[400, 401, 404, 409, 413, 429]),
        operation(Method::Any, "/in/{door}/{rest}", "knockAtDoorBelow", "The same, with more steps of path.")
            .any_query()
            .takes(Content::bytes("*/*"))
            .answers_nothing(202, "stored and synced, unless the plugin answers something else")
            .problems(&[400, 401, 404, 409, 413, 429]),
    ]
}

fn doors() -> Vec<Operation> {
    vec![
        post("/api/v1/doors", "addDoor", "Opens a door at once; its token is shown this once.")
            .needs(Scope::Admin)
            .takes(Content::json::<NewDoor>())
            .answers(201, "the door, with its token", Content::json::<CreatedDoor>())
            .problems(&[400, 404, 409]),
        get("/api/v1/doors", "listDoors", "The doors that are open.").needs(Scope::Read).answers(
            200,
            "all of them, those of the daemon's configuration first",
            Content::list::<Door>(),
        ),
        delete("/api/v1/doors/{door}", "removeDoor", "Closes a door that was added here.")
            .needs(Scope::Admin)
            .answers_nothing(204, "nothing comes in there any more")
            .problems(&[400, 404, 409]),
    ]
}

fn people() -> Vec<Operation> {
    let end = Parameter::text("end", "`true`: the subscriptions end, and plugins that were only theirs go");
    let transfer_to =
        Parameter::text("transfer_to", "who gets the subscriptions, alerts and plugins instead");
    vec![
        post("/api/v1/tokens", "createToken", "Makes a token; its secret is shown this once.")
            .needs(Scope::Admin)
            .takes(Content::json::<NewToken>())
            .answers(201, "the token with its secret", Content::json::<CreatedToken>())
            .problems(&[400, 404, 409]),
        get("/api/v1/tokens", "listTokens", "Tokens, without their secrets.")
            .needs(Scope::Admin)
            .query(&[USER, LIMIT, CURSOR])
            .answers(200, "a page of them", Content::list::<Token>())
            .problems(&[400]),
        delete("/api/v1/tokens/{id}", "revokeToken", "Ends a token, named by its id or its name.")
            .needs(Scope::Admin)
            .answers_nothing(204, "it opens nothing any more")
            .problems(&[404]),
        post("/api/v1/users", "addUser", "Adds a person.")
            .needs(Scope::Admin)
            .takes(Content::json::<NewUser>())
            .answers(201, "the person", Content::json::<User>())
            .problems(&[400, 409]),
        get("/api/v1/users", "listUsers", "People.")
            .needs(Scope::Read)
            .query(&[LIMIT, CURSOR])
            .answers(200, "a page of them", Content::list::<User>())
            .problems(&[400]),
        get("/api/v1/users/{user}", "getUser", "One person.")
            .needs(Scope::Read)
            .answers(200, "the person", Content::json::<User>())
            .problems(&[400, 404]),
        operation(Method::Patch, "/api/v1/users/{user}", "editUser", "Changes what is named of a person.")
            .needs(Scope::Admin)
            .takes(Content::json::<UserEdit>())
            .answers(200, "the person as they are now", Content::json::<User>())
            .problems(&[400, 404]),
        get("/api/v1/users/{user}/holdings", "getHoldings", "What hangs on a person who may be removed.")
            .needs(Scope::Admin)
            .answers(200, "what ends or changes hands with them", Content::json::<Holdings>())
            .problems(&[400, 404]),
        delete("/api/v1/users/{user}", "removeUser", "Removes a person; their key is destroyed.")
            .needs(Scope::Admin)
            .query(&[end, transfer_to])
            .answers(200, "nothing of theirs is ever sent again", Content::json::<Removed>())
            .problems(&[400, 404, 409]),
    ]
}

fn addresses() -> Vec<Operation> {
    vec![
        post("/api/v1/users/{user}/addresses", "addAddress", "Adds a place where this person can be told.")
            .needs(Scope::Admin)
            .takes(Content::json::<NewAddress>())
            .answers(
                201,
                "the address, with the secret that was made for it",
                Content::json::<SavedAddress>(),
            )
            .problems(&[400, 404, 409]),
        get("/api/v1/users/{user}/addresses", "listAddresses", "A person's addresses.")
            .needs(Scope::Read)
            .answers(200, "all of them, `inbox` and `mail` included", Content::list::<Address>())
            .problems(&[400, 404]),
        get("/api/v1/users/{user}/addresses/{name}", "getAddress", "One address.")
            .needs(Scope::Read)
            .answers(200, "the address", Content::json::<Address>())
            .problems(&[400, 404]),
        operation(
            Method::Patch,
            "/api/v1/users/{user}/addresses/{name}",
            "editAddress",
            "Gives an address of a plugin another configuration.",
        )
        .needs(Scope::Admin)
        .takes(Content::json::<AddressEdit>())
        .answers(200, "the address as it is now", Content::json::<SavedAddress>())
        .problems(&[400, 404, 409]),
        delete("/api/v1/users/{user}/addresses/{name}", "removeAddress", "Removes an address.")
            .needs(Scope::Admin)
            .answers_nothing(204, "nothing is sent there any more")
            .problems(&[400, 404]),
        post(
            "/api/v1/users/{user}/addresses/{name}/rotate",
            "rotateAddress",
            "Gives a webhook a new secret; the old one signs for a while too.",
        )
        .needs(Scope::Admin)
        .takes(Content::json::<RotateAddress>())
        .answers(200, "the address, with the secret that was made for it", Content::json::<SavedAddress>())
        .problems(&[400, 404, 409]),
        post("/api/v1/users/{user}/addresses/{name}/test", "testAddress", "Sends a trial message.")
            .needs(Scope::Admin)
            .answers(200, "what became of it", Content::json::<AddressTest>())
            .problems(&[400, 404]),
    ]
}

fn styles() -> Vec<Operation> {
    let alert = &[
        Parameter::text("severity", "of the alert; `warning` when absent"),
        Parameter::text("state", "of the alert; `firing` when absent"),
        Parameter::text("at", "when it is raised, as RFC 3339; now when absent"),
    ];
    vec![
        post("/api/v1/users/{user}/styles", "addStyles", "Adds a style from rules, or some from TOML.")
            .needs(Scope::Admin)
            .takes(Content::json::<StyleRules>())
            .takes(Content::bytes("application/toml"))
            .answers(201, "the styles, and what is odd about them", Content::json::<SavedStyles>())
            .problems(&[400, 404, 409]),
        get("/api/v1/users/{user}/styles", "listStyles", "A person's styles.")
            .needs(Scope::Read)
            .answers(200, "all of them", Content::list::<Style>())
            .problems(&[400, 404]),
        get("/api/v1/users/{user}/styles/{name}", "getStyle", "One style.")
            .needs(Scope::Read)
            .answers(200, "the style", Content::json::<Style>())
            .problems(&[400, 404]),
        operation(
            Method::Put,
            "/api/v1/users/{user}/styles/{name}",
            "replaceStyle",
            "Replaces the rules of a style.",
        )
        .needs(Scope::Admin)
        .takes(Content::json::<StyleRules>())
        .takes(Content::bytes("application/toml"))
        .answers(200, "the style, and what is odd about it", Content::json::<SavedStyles>())
        .problems(&[400, 404]),
        delete("/api/v1/users/{user}/styles/{name}", "removeStyle", "Removes a style that nothing names.")
            .needs(Scope::Admin)
            .answers_nothing(204, "it is gone")
            .problems(&[400, 404, 409]),
        get(
            "/api/v1/users/{user}/styles/{name}/preview",
            "previewStyle",
            "Where an alert would go, and when.",
        )
        .needs(Scope::Read)
        .query(alert)
        .answers(200, "a line for each address", Content::list::<PreviewLine>())
        .problems(&[400, 404]),
    ]
}

fn subscriptions() -> Vec<Operation> {
    vec![
        post("/api/v1/subscriptions", "addSubscription", "Subscribes a person to what a handler finds.")
            .needs(Scope::Admin)
            .query(&[FOR_USER])
            .takes(Content::json::<NewSubscription>())
            .answers(201, "the subscription", Content::json::<Subscription>())
            .problems(&[400, 404, 409]),
        get("/api/v1/subscriptions", "listSubscriptions", "Subscriptions.")
            .needs(Scope::Read)
            .query(&[USER, LIMIT, CURSOR])
            .answers(200, "a page of them", Content::list::<Subscription>())
            .problems(&[400, 404]),
        get("/api/v1/subscriptions/{id}", "getSubscription", "One, by its id, or its name among `user`'s.")
            .needs(Scope::Read)
            .query(&[FOR_USER])
            .answers(200, "the subscription", Content::json::<Subscription>())
            .problems(&[404]),
        operation(Method::Patch, "/api/v1/subscriptions/{id}", "editSubscription", "Changes what is named.")
            .needs(Scope::Admin)
            .query(&[FOR_USER])
            .takes(Content::json::<SubscriptionEdit>())
            .answers(200, "the subscription as it is now", Content::json::<Subscription>())
            .problems(&[400, 404, 409]),
        delete("/api/v1/subscriptions/{id}", "removeSubscription", "Ends a subscription and its alerts.")
            .needs(Scope::Admin)
            .query(&[FOR_USER])
            .answers_nothing(204, "it is gone")
            .problems(&[404]),
        post(
            "/api/v1/subscriptions/{id}/resume",
            "resumeSubscription",
            "Ends a quarantine, where it stopped.",
        )
        .needs(Scope::Admin)
        .query(&[FOR_USER])
        .answers(200, "the subscription as it is now", Content::json::<Subscription>())
        .problems(&[404, 409]),
    ]
}

fn told() -> Vec<Operation> {
    let state = Parameter::text("state", "`firing` (the default), `resolved`, `note` or `all`");
    let address = Parameter::text("address", "what was sealed for this address; `inbox` when absent");
    vec![
        get("/api/v1/alerts", "listAlerts", "Alerts, newest first.")
            .needs(Scope::Read)
            .query(&[USER, state, LIMIT, CURSOR])
            .answers(200, "a page of them", Content::list::<Alert>())
            .problems(&[400, 404]),
        get("/api/v1/alerts/{id}", "getAlert", "One alert.")
            .needs(Scope::Read)
            .answers(200, "the alert", Content::json::<Alert>())
            .problems(&[404]),
        get("/api/v1/inbox", "listInbox", "A person's digests, newest first.")
            .needs(Scope::Read)
            .query(&[FOR_USER, address, LIMIT, CURSOR])
            .answers(200, "a page of them", Content::list::<DigestSummary>())
            .problems(&[400, 404]),
        get("/api/v1/inbox/{id}", "getDigest", "One digest with its forms and attempts.")
            .needs(Scope::Read)
            .answers(200, "the digest", Content::json::<Digest>())
            .problems(&[404]),
    ]
}

fn keeping() -> Vec<Operation> {
    let keys = Parameter::text("keys", "`true`: with the keys to what is encrypted; absent: without them");
    vec![
        post("/api/v1/snapshots", "takeSnapshot", "Keeps the state as it stands, every value verified.")
            .needs(Scope::Admin)
            .answers(201, "the snapshot", Content::json::<Snapshot>()),
        get("/api/v1/backup", "makeBackup", "All that is stored by now, while everything goes on.")
            .needs(Scope::Admin)
            .query(&[keys])
            .answers(
                200,
                "a tar file that ends with `manifest.json`; one without it was cut short",
                Content::bytes("application/x-tar"),
            )
            .problems(&[400]),
    ]
}

fn about() -> Vec<Operation> {
    vec![
        get("/api/v1/openapi.json", "getOpenapi", "This document.").answers(
            200,
            "OpenAPI 3.1",
            Content::bytes("application/json"),
        ),
        get("/healthz", "getHealth", "Whether the daemon is alive.")
            .answers(200, "it is", Content::json::<Status>())
            .answers(503, "a stage has ended or does not get on", Content::json::<Status>()),
        get("/readyz", "getReadiness", "Whether the daemon serves.")
            .answers(200, "it does", Content::json::<Status>())
            .answers(503, "not yet, or no more", Content::json::<Status>()),
        get("/metrics", "getMetrics", "What waits, what was done, what was refused: for Prometheus.")
            .needs(Scope::Read)
            .answers(200, "its text format, version 0.0.4", Content::bytes("text/plain")),
    ]
}

fn get(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    operation(Method::Get, path, id, summary)
}

fn post(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    operation(Method::Post, path, id, summary)
}

fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    operation(Method::Delete, path, id, summary)
}

fn operation(method: Method, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(method, path, id, summary)
}
