//! Doors, and the other ways in.

use crate::client::start;
use crate::fake::fake;

#[tokio::test]
async fn a_door_is_also_at_paths_of_its_own_and_nowhere_near_them() {
    let server = start(fake()).await;
    let reply = server.ask_as("POST /reports/upload?x=1", &["Host: localhost"], b"---").await;
    assert_eq!(reply.detail(), r#"door "puppet" "" None true "POST" "x=1" 3"#);
    for path in ["/reports/upload/", "/reports/Upload", "/reports/upload/x", "//reports/upload"] {
        assert_eq!(server.ask(&format!("POST {path}"), &[], b"").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_door_opens_and_closes_while_the_server_runs() {
    let server = start(fake()).await;
    let json = ["Authorization: Bearer good", "Content-Type: application/json"];
    assert_eq!(server.ask("POST /in/hook", &[], b"reply").await.status, 404);
    server.ask_as("POST /api/v1/doors", &json, br#"{"name":"hook","plugin":"json"}"#).await;
    assert_eq!(server.ask("POST /in/hook", &[], b"reply").await.status, 201);
    server.ask_as("DELETE /api/v1/doors/hook", &json, b"").await;
    assert_eq!(server.ask("POST /in/hook", &[], b"reply").await.status, 404);
}

#[tokio::test]
async fn a_plugins_reply_is_passed_on_without_the_headers_that_are_ours() {
    let server = start(fake()).await;
    let reply = server.ask("POST /in/puppet", &[], b"reply").await;
    assert_eq!((reply.status, reply.body.as_str()), (201, "hello"));
    assert_eq!(reply.header("content-type"), Some("text/x"));
    assert_eq!(reply.header("x-ours"), Some("1"));
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(reply.header("content-length"), Some("5"));
    assert_eq!(reply.header("x-broken"), None);
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));

    let strange = server.ask("POST /in/puppet", &[], b"strange").await;
    assert_eq!(strange.status, 500);
}

#[tokio::test]
async fn cloudevents_senders_are_told_that_they_may_try() {
    let server = start(fake()).await;
    let reply = server
        .ask_as("OPTIONS /cloudevents", &["Host: x", "WebHook-Request-Origin: sender.example.org"], b"")
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("allow"), Some("POST"));
    assert_eq!(reply.header("webhook-allowed-origin"), Some("sender.example.org"));
    assert_eq!(reply.header("webhook-allowed-rate"), Some("*"));
}

#[tokio::test]
async fn headers_of_an_event_reach_the_service_in_lower_case_and_must_be_text() {
    let server = start(fake()).await;
    let reply = server.ask("POST /cloudevents", &["CE-Id: 1", "ce-subject: \u{e9}"], b"x").await;
    assert_eq!(reply.detail(), "take_cloudevents [(\"ce-id\", \"1\"), (\"ce-subject\", \"\u{e9}\")]");
}
