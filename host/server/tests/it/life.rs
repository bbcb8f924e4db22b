//! From the first connection to the last.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use server::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{self, options, start, start_with, start_without};
use crate::fake::{Fake, Gate, fake};

#[tokio::test]
async fn health_says_alive_and_readiness_says_serving() {
    let server = start(fake()).await;
    for path in ["/healthz", "/readyz"] {
        let reply = server.ask_as(&format!("GET {path}"), &["Host: x"], b"").await;
        assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"ok"}"#));
    }
    let server = start(Arc::new(Fake { not_ready: true, ..Fake::default() })).await;
    let reply = server.ask_as("GET /readyz", &["Host: x"], b"").await;
    assert_eq!((reply.status, reply.body.as_str()), (503, r#"{"status":"plugins"}"#));
}

#[tokio::test]
async fn health_names_what_does_not_get_on() {
    let server = start(Arc::new(Fake { stuck: true, ..Fake::default() })).await;
    let reply = server.ask_as("GET /healthz", &["Host: x"], b"").await;
    assert_eq!((reply.status, reply.body.as_str()), (503, r#"{"status":"the stage tell does not get on"}"#));
}

#[tokio::test]
async fn before_there_is_a_service_it_is_alive_and_not_ready() {
    let server = start_without(10).await;
    for (path, status, body) in [
        ("/healthz", 200, r#"{"status":"ok"}"#),
        ("/readyz", 503, r#"{"status":"starting"}"#),
        ("/api/v1/events", 503, "The daemon is starting."),
    ] {
        let reply = server.ask(&format!("GET {path}"), &[], b"").await;
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.body.contains(body), "{path}: {}", reply.body);
    }
    let refused = server.ask("POST /api/v1/events", &[], b"one").await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));

    // A connection that was there before is served like any other.
    let mut early = server.connect().await;
    server.front.serve(fake(), options());
    early.write_all(client::head("GET /readyz", &["Host: x"]).as_bytes()).await.unwrap();
    assert_eq!(client::read(&mut early).await.status, 200);
}

#[tokio::test]
async fn other_options_hold_from_the_next_request_on() {
    let server = start(fake()).await;
    let long = vec![b'x'; 1000];
    assert_ne!(server.ask("POST /api/v1/events", &[], &long).await.status, 413);
    server.front.serve(fake(), Options { events_bytes: 999, max_connections: 2, ..options() });
    assert_eq!(server.ask("POST /api/v1/events", &[], &long).await.status, 413);
}

#[tokio::test]
async fn a_stop_in_a_hurry_waits_for_no_request() {
    let service = Arc::new(Fake { gate: Some(Gate::default()), ..Fake::default() });
    let server = server::Server::bind(([127, 0, 0, 1], 0).into(), 10).await.unwrap();
    server.front().serve(service.clone(), options());
    let address = server.address();
    let serving = tokio::spawn(async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(client::head("GET /readyz", &["Host: x"]).as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap()
    });
    let under_way = async {
        service.gate.as_ref().unwrap().entered.acquire().await.unwrap().forget();
    };
    // The stop begins while the request is under way, and its gate never opens.
    server.run(under_way, std::future::ready(())).await;
    assert_eq!(serving.await.unwrap(), 0, "it was cut off without an answer");
}

#[tokio::test]
async fn the_page_of_numbers_is_for_those_with_a_right() {
    let server = start(fake()).await;
    assert_eq!(server.ask_as("GET /metrics", &["Host: localhost"], b"").await.status, 200, "see the fake");
    assert_eq!(server.ask_as("GET /metrics", &["Host: x"], b"").await.status, 401);
    assert_eq!(server.ask("GET /api/v1/tokens?limit=none", &[], b"").await.status, 400);
    assert_eq!(server.ask("GET /nowhere", &[], b"").await.status, 404);
    let page = server.ask("GET /metrics", &[], b"").await;
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "fake 7",
        r#"tellify_http_requests_total{operation="getMetrics",status="200"} 1"#,
        r#"tellify_http_requests_total{operation="getMetrics",status="401"} 1"#,
        r#"tellify_http_requests_total{operation="listTokens",status="400"} 1"#,
        r#"tellify_http_requests_total{operation="none",status="404"} 1"#,
        r#"tellify_http_request_seconds_count{operation="getMetrics"} 2"#,
    ] {
        assert!(page.body.lines().any(|found| found == line), "`{line}` is not in\n{}", page.body);
    }
}

#[tokio::test]
async fn a_stop_waits_for_the_request_under_way_and_for_no_idle_connection() {
    let service = Arc::new(Fake { gate: Some(Gate::default()), ..Fake::default() });
    let server = start(service.clone()).await;

    let mut idle = server.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut some = [0; 12];
    idle.read_exact(&mut some).await.unwrap();
    assert_eq!(&some, b"HTTP/1.1 200");

    let mut busy = server.connect().await;
    busy.write_all(client::head("GET /readyz", &["Host: x"]).as_bytes()).await.unwrap();
    let gate = service.gate.as_ref().unwrap();
    gate.entered.acquire().await.unwrap().forget();

    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    // The idle connection ends first, so the stop has begun when this has been read.
    idle.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody new is let in");
    gate.open.add_permits(1);
    assert_eq!(client::read(&mut busy).await.status, 200);
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_connection_too_many_is_told_so_whatever_it_does() {
    let service = Arc::new(Fake { gate: Some(Gate::default()), ..Fake::default() });
    let server = start_with(service.clone(), Options { max_connections: 2, ..options() }).await;
    let gate = service.gate.as_ref().unwrap();
    let asked = client::head("GET /readyz", &["Host: x"]);
    let mut served = Vec::new();
    for _ in 0..2 {
        let mut stream = server.connect().await;
        stream.write_all(asked.as_bytes()).await.unwrap();
        gate.entered.acquire().await.unwrap().forget();
        served.push(stream);
    }
    // More than are seen off at once. Those that are ask; the others say nothing, and none goes.
    let mut crowd = Vec::new();
    for n in 0..100 {
        let mut stream = server.connect().await;
        if n < 32 {
            stream.write_all(asked.as_bytes()).await.unwrap();
        }
        crowd.push(stream);
    }
    for stream in &mut crowd {
        let reply = client::read(stream).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(reply.detail(), "too many connections are open");
    }
    drop(crowd);

    gate.open.add_permits(3);
    for stream in &mut served {
        assert_eq!(client::read(stream).await.status, 200);
    }
    assert_eq!(service.most_waiting.load(SeqCst), 2);
    // There is room again, as soon as the server has noticed.
    loop {
        let (mut stream, mut answer) = (server.connect().await, Vec::new());
        let _ = stream.write_all(asked.as_bytes()).await;
        let _ = stream.read_to_end(&mut answer).await;
        if answer.starts_with(b"HTTP/1.1 200 ") {
            break;
        }
    }
    let page = server.ask("GET /metrics", &[], b"").await.body;
    let told = page.lines().find_map(|line| line.strip_prefix("tellify_http_turned_away_total "));
    assert!(told.unwrap().parse::<u32>().unwrap() >= 100, "{page}");
}

#[tokio::test]
async fn what_is_no_http_is_answered_or_cut_but_never_served() {
    let server = start(fake()).await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000));
    let smuggled =
        "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\none";
    for text in ["\r\n\r\nhello\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &long, smuggled] {
        let mut stream = server.connect().await;
        // The server may hang up before it has read everything.
        let _ = stream.write_all(text.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}
