//! More requests with events than there are places.

use std::sync::Arc;

use server::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{self, Running, options, start_with};
use crate::fake::{Fake, Gate};

const GOOD: &str = "Authorization: Bearer good";
const PLACES: usize = 2;

async fn begin(server: &Running, head: &[&str], body: &[u8]) -> TcpStream {
    let mut stream = server.connect().await;
    let head = client::head("POST /api/v1/events", &[&["Host: x", GOOD], head].concat());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    stream
}

/// What the page says of the places: taken, and all.
async fn places(server: &Running) -> (usize, usize) {
    let page = server.ask("GET /metrics", &[], b"").await.body;
    let gauge = |name: &str| {
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {page}")).parse::<usize>().unwrap()
    };
    (gauge("tellify_http_event_requests"), gauge("tellify_http_event_requests_max"))
}

#[tokio::test]
async fn one_too_many_is_refused_from_its_head_and_nothing_else_suffers() {
    let service = Arc::new(Fake { gate: Some(Gate::default()), ..Fake::default() });
    let gate = service.gate.as_ref().unwrap();
    let server = start_with(service.clone(), Options { max_event_requests: PLACES, ..options() }).await;
    assert_eq!(places(&server).await, (0, PLACES));

    // Whoever sends slowly takes no place.
    let mut slow = begin(&server, &["Content-Length: 4"], b"wa").await;
    let mut taken = Vec::new();
    for _ in 0..PLACES {
        taken.push(begin(&server, &["Content-Length: 4"], b"wait").await);
        gate.entered.acquire().await.unwrap().forget();
    }
    assert_eq!(places(&server).await, (PLACES, PLACES));

    for path in ["/api/v1/events", "/cloudevents", "/in/puppet", "/reports/upload"] {
        let mut late = server.connect().await;
        // Of the body that is announced not a byte is sent, and the answer is here all the same.
        let head = client::head(&format!("POST {path}"), &["Host: x", GOOD, "Content-Length: 90000"]);
        late.write_all(head.as_bytes()).await.unwrap();
        let reply = client::read(&mut late).await;
        assert_eq!((reply.status, reply.header("retry-after")), (429, Some("1")), "{path}");
        assert_eq!(reply.detail(), "too many requests with events are under way", "{path}");
    }
    slow.write_all(b"it").await.unwrap();
    assert_eq!(client::read(&mut slow).await.status, 429, "the places were taken meanwhile");
    assert_ne!(server.ask("GET /api/v1/users", &[], b"").await.status, 429, "people still read");

    gate.open.add_permits(PLACES);
    for stream in &mut taken {
        assert_eq!(client::read(stream).await.status, 202, "what was taken is done");
    }
    assert_eq!(places(&server).await, (0, PLACES));
    gate.open.add_permits(1);
    let mut after = begin(&server, &["Content-Length: 4"], b"wait").await;
    assert_eq!(client::read(&mut after).await.status, 202);
}

#[tokio::test]
async fn whoever_is_refused_while_sending_sees_why_and_keeps_the_connection() {
    let service = Arc::new(Fake { gate: Some(Gate::default()), ..Fake::default() });
    let gate = service.gate.as_ref().unwrap();
    let server = start_with(service.clone(), Options { max_event_requests: 1, ..options() }).await;
    let mut taken = begin(&server, &["Content-Length: 4"], b"wait").await;
    gate.entered.acquire().await.unwrap().forget();

    // Far more than the buffers between us hold.
    let body = vec![b'x'; 8 << 20];
    let mut stream = server.connect().await;
    for _ in 0..3 {
        let head = format!(
            "POST /api/v1/events HTTP/1.1\r\nHost: x\r\n{GOOD}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 429 "), "{}", String::from_utf8_lossy(&answer));
    }

    gate.open.add_permits(1);
    assert_eq!(client::read(&mut taken).await.status, 202);
}
