//! Bodies and their bounds.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{self, start};
use crate::fake::fake;

const GOOD: &str = "Authorization: Bearer good";

#[tokio::test]
async fn a_body_at_the_bound_is_taken_and_one_byte_more_is_not() {
    let server = start(fake()).await;
    let at = server.ask("POST /api/v1/events", &[], &vec![b'x'; 100_000]).await;
    assert_eq!(at.detail(), r#"take_events Admin None None "" 100000"#);
    let over = server.ask("POST /api/v1/events", &[], &vec![b'x'; 100_001]).await;
    assert_eq!((over.status, over.detail().as_str()), (413, "the body is larger than 100000 bytes"));
    let door = server.ask("POST /in/puppet", &[], &vec![b'x'; 100_001]).await;
    assert_eq!(door.status, 413);
    let plugin = server.ask("POST /api/v1/plugins", &[], &vec![b'x'; 200_000]).await;
    assert_eq!(plugin.detail(), "install_plugin 200000 false false false");
}

#[tokio::test]
async fn a_sender_of_far_too_much_lives_to_see_why_it_is_refused() {
    let server = start(fake()).await;
    let reply = server.ask("POST /api/v1/events", &[], &vec![b'x'; 5 << 20]).await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_where_the_bound_is() {
    let server = start(fake()).await;
    let mut stream = server.connect().await;
    let head = client::head("POST /api/v1/events", &["Host: x", GOOD, "Transfer-Encoding: chunked"]);
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..11 {
        stream.write_all(format!("{:x}\r\n{}\r\n", 10_000, "x".repeat(10_000)).as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    assert_eq!(client::read(&mut stream).await.status, 413);
}

#[tokio::test]
async fn whoever_asks_before_sending_too_much_is_told_at_once() {
    let server = start(fake()).await;
    for (length, expect) in [("100001", "Expect: 100-continue"), ("10000000000", "X-None: 1")] {
        let mut stream = server.connect().await;
        let length = format!("Content-Length: {length}");
        let head = client::head("POST /api/v1/events", &["Host: x", GOOD, &length, expect]);
        stream.write_all(head.as_bytes()).await.unwrap();
        // Not a byte of the body is sent, and the answer is here all the same.
        assert_eq!(client::read(&mut stream).await.status, 413);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_event() {
    let server = start(fake()).await;
    let mut stream = server.connect().await;
    let head = client::head("POST /api/v1/events", &["Host: x", GOOD, "Content-Length: 10"]);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"one").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn our_own_json_is_refused_with_the_place_that_is_wrong() {
    let server = start(fake()).await;
    let table = [
        (
            "POST /api/v1/users",
            r#"{"name":"a","emial":"x"}"#,
            "/emial",
            "unknown field `emial`, expected one of `name`, `email`, `display_name`, `zone` at line 1 column 19",
        ),
        (
            "POST /api/v1/tokens",
            r#"{"name":"a","scopes":["read","fly"]}"#,
            "/scopes/1",
            "unknown variant `fly`, expected one of `events:write`, `read`, `admin` at line 1 column 34",
        ),
        (
            "POST /api/v1/users",
            r#"{"name":"a b"}"#,
            "/name",
            "`a b` is no name: use 1 to 64 letters, digits or . _ - @ +, beginning with a letter or digit at line 1 column 14",
        ),
        ("POST /api/v1/users", "{", "", "EOF while parsing an object at line 1 column 1"),
        ("PUT /api/v1/users/alice/styles/soon", r#"{"band":[{},{"wiat":"1m"}]}"#, "/band/1/wiat", ""),
    ];
    for (line, body, pointer, detail) in table {
        let reply = server.ask(line, &["Content-Type: application/json"], body.as_bytes()).await;
        assert_eq!(reply.status, 400, "{body}");
        let found = reply.json()["pointer"].as_str().unwrap_or_default().to_owned();
        assert_eq!(found, pointer, "{body}: {}", reply.body);
        if !detail.is_empty() {
            assert_eq!(reply.detail(), detail);
        }
    }
    let two =
        server.ask("POST /api/v1/users", &["Content-Type: application/json"], br#"{"name":"a"} {}"#).await;
    assert_eq!(two.status, 400);
    let form =
        server.ask("POST /api/v1/users", &["Content-Type: application/x-www-form-urlencoded"], b"{}").await;
    assert_eq!(form.status, 415);
    assert_eq!(form.detail(), "the body must be plain JSON: send `Content-Type: application/json`");
}

#[tokio::test]
async fn a_style_may_come_as_toml() {
    let server = start(fake()).await;
    let reply = server
        .ask("POST /api/v1/users/alice/styles", &["Content-Type: application/toml"], b"[style.a]\n")
        .await;
    assert_eq!(reply.detail(), r#"add_styles Name("alice") Toml("[style.a]\n")"#);
    let latin =
        server.ask("POST /api/v1/users/alice/styles", &["Content-Type: application/toml"], b"\xe9").await;
    assert_eq!(latin.status, 400);
}

#[tokio::test]
async fn what_the_log_may_know_the_client_may_not() {
    let server = start(fake()).await;
    for order in ["secret", "panic"] {
        let reply = server.ask("POST /api/v1/events", &[], order.as_bytes()).await;
        assert_eq!(
            (reply.status, reply.detail().as_str()),
            (500, "Something went wrong here; the log says what.")
        );
        assert!(!reply.body.contains("hunter2"));
    }
}
