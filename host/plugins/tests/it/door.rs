//! Ingest plugins: a request in, events or a rejection out.

use std::sync::Arc;

use event::PluginKind;
use plugins::{Accepted, CallError, IngestRequest, Nothing, Rejection, Reply, Trigger};
use serde_json::json;

use crate::support::{Committed, NOW, alice, config, plugin};

fn request(path: &str, body: &str) -> IngestRequest {
    IngestRequest { method: "POST".into(), path: path.into(), body: body.into(), ..IngestRequest::default() }
}

fn ask(request: IngestRequest) -> Result<Result<Accepted, Rejection>, CallError> {
    plugin("door").accept(&config(json!({})), NOW, request, Arc::new(Nothing)).answer
}

#[test]
fn a_body_becomes_events() {
    let door = plugin("door");
    assert_eq!(door.kind(), PluginKind::Ingest);
    let taken = ask(request("/", "one\ntwo\u{7}")).unwrap().unwrap();
    let texts: Vec<&str> = taken.events.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(taken.events[0].time, Some(NOW));
    assert_eq!(taken.reply, None);
}

#[test]
fn a_rejection_says_why_in_one_line() {
    let cases = [
        ("/malformed", Rejection::Malformed("line 3 is bad".into())),
        ("/unauthorized", Rejection::Unauthorized("no signature".into())),
        ("/ignored", Rejection::Ignored("a ping".into())),
    ];
    for (path, expected) in cases {
        let rejected = ask(request(path, "")).unwrap();
        assert_eq!(rejected, Err(expected), "{path}");
    }
}

#[test]
fn what_is_not_the_senders_fault_is_the_plugins_failure() {
    let failed = CallError::Failed { message: "the key is missing".into() };
    assert_eq!(ask(request("/failed", "")), Err(failed));
}

#[test]
fn nothing_is_granted_and_the_plugin_hears_so() {
    let cases = [
        ("/http", "tellify plugin grant NAME --http 'http://127.0.0.1/'"),
        ("/secret", "tellify plugin grant NAME --secret s"),
    ];
    for (path, expected) in cases {
        match ask(request(path, "")).unwrap() {
            Err(Rejection::Malformed(said)) => assert!(said.contains(expected), "{said}"),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[test]
fn a_reply_can_do_no_harm_where_our_pages_live() {
    let answer = |path| ask(request(path, ""));
    let headers = vec![("x-taken".to_owned(), "v".to_owned())];
    let reply = Reply { status: 201, headers, body: b"thanks".to_vec() };
    assert_eq!(answer("/reply").unwrap().unwrap().reply, Some(reply));
    for (path, expected) in [("/cookie", "header `Set-Cookie`"), ("/redirect", "status 302")] {
        match answer(path) {
            Err(CallError::BadOutput { message }) => assert!(message.contains(expected), "{message}"),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[test]
fn more_events_than_allowed_are_none() {
    let body = "x\n".repeat(1_001);
    let refused = ask(request("/", &body)).unwrap();
    assert_eq!(
        refused,
        Err(Rejection::Refused("this request makes more than 1000 alerts and events".into()))
    );
}

#[test]
fn an_event_that_cannot_be_is_its_senders_fault_and_broken_json_the_plugins() {
    let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
    let large = format!("\"{}\"", "x".repeat(300 << 10));
    let cases = [
        (
            "/late",
            "{}".to_owned(),
            "event 0: its time 2023-11-15T22:13:21.000Z is too far ahead of 2023-11-14T22:13:20.000Z",
        ),
        (
            "/reserved",
            "{}".to_owned(),
            "event 0: `tellify.x`: types that begin with `tellify.` are written by the daemon alone",
        ),
        ("/data", deep, "event 0: `data` is nested deeper than 32"),
        ("/data", large, "this request makes more than 262144 bytes for one event"),
    ];
    for (path, body, expected) in cases {
        let refused = ask(request(path, &body)).unwrap();
        assert_eq!(refused, Err(Rejection::Refused(expected.into())), "{path}");
    }
    match ask(request("/data", "{")) {
        Err(CallError::BadOutput { message }) => assert!(message.contains("is no JSON"), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_schema_that_turns_round_on_itself_is_refused() {
    match plugin("door").validate(&alice(), &json!({})) {
        Err(CallError::BadOutput { message }) => {
            assert_eq!(message, "its schema refers to itself, or is nested deeper than 64")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plugin_does_only_what_its_kind_does() {
    let door = plugin("door");
    let handled =
        door.handler(alice()).handle(&config(json!({})), NOW, Trigger::Wake(NOW), Committed::of(&[]));
    let expected = CallError::Host { message: "a plugin of the kind ingest is no handler".into() };
    assert_eq!(handled, Err(expected.clone()));
    assert_eq!(door.required_fields(&config(json!({}))), Err(expected));
}
