//! Events as they come.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::client::{self, Running, start};
use crate::fake::{event, fake};

async fn follow(server: &Running, line: &str, header: &str) -> BufReader<TcpStream> {
    let mut stream = server.connect().await;
    let head = client::head(line, &["Host: x", "Authorization: Bearer good", header]);
    stream.write_all(head.as_bytes()).await.unwrap();
    BufReader::new(stream)
}

/// Lines up to one that begins like this, with those that only frame chunks left out.
async fn upto(stream: &mut BufReader<TcpStream>, begin: &str) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        assert_ne!(stream.read_line(&mut line).await.unwrap(), 0, "ended after {lines:?}");
        let line = line.trim_end().to_owned();
        if line.starts_with(begin) {
            lines.push(line);
            return lines;
        }
        if !line.is_empty() && u32::from_str_radix(&line, 16).is_err() {
            lines.push(line);
        }
    }
}

#[tokio::test]
async fn a_follower_gets_each_event_with_its_seq_and_is_told_of_gaps() {
    let server = start(fake()).await;
    let mut stream = follow(&server, "GET /api/v1/events/stream", "X-None: 1").await;
    let head = upto(&mut stream, "id: ").await;
    assert!(head[0].starts_with("HTTP/1.1 200"));
    for wanted in ["content-type: text/event-stream", "cache-control: no-store", "x-accel-buffering: no"] {
        assert!(head.iter().any(|line| line == wanted), "{wanted} is not in {head:?}");
    }
    assert_eq!(head.last().unwrap(), "id: 0", "where it begins, with no event");
    assert_eq!(upto(&mut stream, "id: ").await, ["id: 1"]);
    let data = upto(&mut stream, "data: ").await;
    assert_eq!(data, [format!("data: {}", serde_json::to_string(&event(1)).unwrap())]);
    let gap = upto(&mut stream, "data: ").await;
    assert_eq!(gap, ["event: gap", "id: 5", r#"data: {"from":2,"upto":5,"reason":"aged out"}"#]);
}

#[tokio::test]
async fn whoever_comes_back_goes_on_where_the_header_says() {
    let server = start(fake()).await;
    let mut stream = follow(&server, "GET /api/v1/events/stream?after=2", "Last-Event-ID: 41").await;
    assert_eq!(upto(&mut stream, "id: ").await.last().unwrap(), "id: 41");
    assert_eq!(upto(&mut stream, "id: ").await.last().unwrap(), "id: 42");
    let mut stream = follow(&server, "GET /api/v1/events/stream?after=2", "X-None: 1").await;
    assert_eq!(upto(&mut stream, "id: ").await.last().unwrap(), "id: 2");
    assert_eq!(upto(&mut stream, "id: ").await.last().unwrap(), "id: 3");
    let reply = server.ask("GET /api/v1/events/stream", &["Last-Event-ID: x"], b"").await;
    assert_eq!(
        (reply.status, reply.detail().as_str()),
        (400, "`Last-Event-ID` must be the `seq` of an event")
    );
}

#[tokio::test]
async fn a_problem_ends_the_stream_and_keeps_its_secret() {
    let server = start(fake()).await;
    let mut stream = follow(&server, "GET /api/v1/events/stream?q=ends", "X-None: 1").await;
    upto(&mut stream, "event: problem").await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains(r#""status":500"#), "{rest}");
    assert!(!rest.contains("hunter2") && !rest.contains("id: 99"), "{rest}");
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let server = start(fake()).await;
    let mut stream = follow(&server, "GET /api/v1/events/stream", "X-None: 1").await;
    upto(&mut stream, "event: gap").await;
    server.stop().await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "it ends in good order: {rest:?}");
}
