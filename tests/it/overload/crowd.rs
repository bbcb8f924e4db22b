//! More connections than may be open.

use std::io::{Read, Write};
use std::net::TcpStream;

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::overload::gauge;
use crate::process::{Process, ask};

/// What the daemon may open, and how many come.
const FILES: u32 = 256;
const CROWD: usize = 1000;

#[test]
fn a_crowd_of_connections_leaves_the_daemon_the_files_that_it_needs() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let daemon = Process::with_descriptors(FILES);
    let most = gauge(&daemon, "tellify_http_connections_max");
    assert!(most < f64::from(FILES) / 2.0, "{most}");

    let mut crowd: Vec<TcpStream> = (0..CROWD).map(|_| TcpStream::connect(daemon.address).unwrap()).collect();
    let asked = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", daemon.address);
    for stream in &mut crowd {
        // One that was turned away may be closed already.
        let _ = stream.write_all(asked.as_bytes());
    }
    // Everybody is answered: some stay connected and are served, the others are told.
    let answers: Vec<String> = crowd.iter_mut().map(answer).collect();
    let (served, told): (Vec<_>, Vec<_>) = (0..CROWD).partition(|n| answers[*n].starts_with("HTTP/1.1 200 "));
    for n in &told {
        let answer = &answers[*n];
        assert!(answer.starts_with("HTTP/1.1 503 "), "connection {n}: {answer:?}");
        assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    }
    assert!(!served.is_empty() && told.len() > CROWD / 2, "{} served, {} told", served.len(), told.len());

    // One of those that are served still has its event stored.
    let body = r#"{"id":"one","source":"crowd","type":"crowd"}"#;
    let event = format!(
        "POST /api/v1/events HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{body}",
        daemon.address,
        body.len()
    );
    let stream = &mut crowd[served[0]];
    stream.write_all(event.as_bytes()).unwrap();
    let stored = answer(stream);
    assert!(stored.starts_with("HTTP/1.1 202 "), "{stored}");

    drop(crowd);
    while ask(daemon.address, "GET", "/healthz", "").ok().is_none_or(|(status, _)| status != 200) {}
    assert_eq!(gauge(&daemon, "tellify_http_not_accepted_total"), 0.0, "{}", daemon.log());
    assert!(gauge(&daemon, "tellify_http_turned_away_total") >= told.len() as f64);
    assert!(daemon.log().contains("too few files may be open"), "{}", daemon.log());
    println!("{CROWD} connections, {FILES} files: {} served, {} told to come back", served.len(), told.len());
}

/// The head of the next answer, and what came with it; what came before the connection broke off.
fn answer(stream: &mut TcpStream) -> String {
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&answer).contains("\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => answer.extend_from_slice(&piece[..length]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}
