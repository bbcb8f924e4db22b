//! Who asks, and what everybody is told.

use crate::client::{never_anonymous, start, start_with};
use crate::fake::fake;

#[tokio::test]
async fn nothing_but_the_public_paths_is_answered_without_a_right() {
    let server = start(fake()).await;
    for operation in api::operations().iter().filter(|operation| operation.scope.is_some()) {
        let words = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let method = words.into_iter().find(|word| operation.method.fits(word)).unwrap();
        let line = format!("{method} {}", operation.path.replace(['{', '}'], ""));
        let reply = server.ask_as(&line, &["Host: tellify.example.org"], b"").await;
        assert_eq!(reply.status, 401, "{line}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"tellify\""));
    }
}

#[tokio::test]
async fn whoever_is_on_this_machine_may_come_without_a_token_unless_that_is_switched_off() {
    let local = ["Host: 127.0.0.1:8355"];
    let forwarded = ["Host: 127.0.0.1:8355", "X-Forwarded-For: 127.0.0.1"];
    let server = start(fake()).await;
    assert_eq!(
        server.ask_as("POST /api/v1/events", &local, b"x").await.detail(),
        r#"take_events Local None None "" 1"#
    );
    assert_eq!(server.ask_as("POST /api/v1/events", &forwarded, b"x").await.status, 401);
    assert_eq!(server.ask_as("POST /api/v1/events", &[], b"x").await.status, 401, "no host");

    let server = start_with(fake(), never_anonymous()).await;
    assert_eq!(server.ask_as("POST /api/v1/events", &local, b"x").await.status, 401);
}

#[tokio::test]
async fn a_token_comes_as_bearer_or_in_either_half_of_basic() {
    let server = start(fake()).await;
    let table = [
        ("Authorization: Bearer good", 418),
        ("Authorization: bearer  good ", 418),
        ("Authorization: Basic dXNlcjpnb29k", 418), // user:good
        ("Authorization: Basic Z29vZDo=", 418),     // good:
        ("Authorization: Basic Z29vZA==", 401),     // no colon
        ("Authorization: Basic !", 401),
        ("Authorization: Bearer bad", 401),
        ("Authorization: Bearer", 401),
        ("Authorization: Digest good", 401),
        ("Authorization: Bearer good\r\nAuthorization: Bearer good", 401),
    ];
    for (header, status) in table {
        // From this machine too: a token that is wrong is not the same as none.
        let reply = server.ask_as("GET /api/v1/doors", &["Host: localhost", header], b"").await;
        assert_eq!(reply.status, status, "{header}");
    }
}

#[tokio::test]
async fn who_may_not_is_told_before_the_body_is_read() {
    let server = start(fake()).await;
    let reply = server.ask_as("POST /api/v1/events", &["Host: x", "Expect: 100-continue"], b"").await;
    assert_eq!(reply.status, 401, "{}", reply.head);
}

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_guess_frame_and_run_none_of_it() {
    let server = start(fake()).await;
    let lines =
        ["GET /healthz", "GET /nowhere", "DELETE /healthz", "GET /api/v1/doors?x=1", "POST /in/puppet"];
    for line in lines {
        let reply = server.ask(line, &[], b"reply").await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{line}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{line}");
        let policy = "default-src 'none'; frame-ancestors 'none'; sandbox";
        assert_eq!(reply.header("content-security-policy"), Some(policy), "{line}");
        assert_eq!(reply.head.to_lowercase().matches("x-content-type-options").count(), 1, "{line}");
    }
}
