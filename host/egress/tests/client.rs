//! The client against servers that answer as the test says, over real sockets.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use egress::{Client, Error, Lines, Method, Options, Reach};
use testkit::TestTls;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

fn options() -> Options {
    let timeout = Duration::from_secs(20);
    Options { timeout, user_agent: "tellify/test".into(), reach: Reach::Anywhere, ca_file: None }
}

fn client() -> Client {
    Client::new(&options()).unwrap()
}

/// Answers one request with these pieces, flushed one by one, and gives what it was asked.
async fn server(pieces: &'static [&'static str]) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?token=hidden", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let asked = head_and_body(&mut socket).await;
        for piece in pieces {
            socket.write_all(piece.as_bytes()).await.unwrap();
            socket.flush().await.unwrap();
        }
        asked
    });
    (url, asked)
}

async fn head_and_body(socket: &mut TcpStream) -> String {
    let mut asked = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&asked).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        assert_ne!(socket.read_buf(&mut asked).await.unwrap(), 0, "the request broke off");
    }
}

async fn lines(pieces: &'static [&'static str]) -> Lines {
    let (url, _) = server(pieces).await;
    client().request(Method::GET, &url, &[], Vec::new()).await.unwrap().lines(16)
}

#[tokio::test]
async fn a_request_carries_what_it_was_given_and_gives_back_any_status() {
    let (url, asked) =
        server(&["HTTP/1.1 409 Conflict\r\nX-Some: thing\r\nContent-Length: 5\r\n\r\nhello"]).await;
    let headers = [("authorization", "Bearer secret"), ("content-type", "text/plain")];
    let response = client().request(Method::POST, &url, &headers, b"body".to_vec()).await.unwrap();
    assert_eq!((response.status(), response.header("x-some")), (409, Some("thing")));
    assert_eq!(response.bytes(5).await.unwrap(), b"hello");
    let asked = asked.await.unwrap().to_lowercase();
    assert!(asked.starts_with("post /path?token=hidden http/1.1\r\n"), "{asked}");
    for part in ["user-agent: tellify/test\r\n", "authorization: bearer secret\r\n", "\r\n\r\nbody"] {
        assert!(asked.contains(part), "{asked}");
    }
}

#[tokio::test]
async fn a_body_over_its_bound_is_not_read_to_its_end() {
    let (url, _) = server(&["HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "123456"]).await;
    let response = client().request(Method::GET, &url, &[], Vec::new()).await.unwrap();
    assert!(matches!(response.bytes(5).await, Err(Error::Other { .. })));
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let (url, _) =
        server(&["HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"]).await;
    assert_eq!(client().request(Method::GET, &url, &[], Vec::new()).await.unwrap().status(), 302);
}

#[tokio::test]
async fn a_stream_is_read_line_by_line_wherever_it_is_cut() {
    let mut lines = lines(&[
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nid: 1\nda",
        "ta: caf\u{e9}\r",
        "\n\n: ping\nlast",
    ])
    .await;
    let mut all = Vec::new();
    while let Some(line) = lines.next().await.unwrap() {
        all.push(line);
    }
    assert_eq!(all, ["id: 1", "data: caf\u{e9}", "", ": ping", "last"]);
    assert_eq!(lines.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_line_that_never_ends_is_given_up() {
    let mut lines =
        lines(&["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nshort\nmuch longer than sixteen bytes"]).await;
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("short"));
    assert!(matches!(lines.next().await, Err(Error::Other { .. })));
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_and_no_end() {
    let mut lines = lines(&["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none\ntw"]).await;
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("one"));
    assert!(matches!(lines.next().await, Err(Error::Other { .. })));
}

#[tokio::test]
async fn nobody_there_is_told_apart_and_no_secret_of_the_address_is_shown() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?token=hidden", closed.local_addr().unwrap());
    drop(closed);
    let error = client().request(Method::GET, &url, &[], Vec::new()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("127.0.0.1") && text.contains("refused") && !text.contains("hidden"), "{text}");
}

/// A server that begins to talk before it was asked anything, as a mail server does.
async fn chatty() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"220 mail.example.org ESMTP\r\n").await.unwrap();
        // Until the other side has had enough of it.
        let _ = socket.read_to_end(&mut Vec::new()).await;
    });
    port
}

/// A server that speaks TLS with its own authority and answers 204 to whoever trusts it.
async fn secure(tls: TestTls) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut socket) = tls.acceptor.accept(socket).await else { continue };
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") && socket.read_buf(&mut asked).await.unwrap() > 0 {}
            socket.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await.unwrap();
            socket.shutdown().await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn what_is_wrong_with_tls_is_told_plainly() {
    let tls = TestTls::new();
    let port = secure(tls.clone()).await;
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), &tls.ca_pem).unwrap();
    let trusting = Client::new(&Options { ca_file: Some(ca.path().into()), ..options() }).unwrap();
    let plain = chatty().await;
    let table = [
        (client(), format!("https://127.0.0.1:{port}/"), "authority that is not trusted here"),
        (trusting.clone(), format!("https://127.0.0.2:{port}/"), "Connection refused"),
        (
            trusting.clone(),
            format!("https://[::ffff:127.0.0.1]:{port}/"),
            "its certificate is for another name",
        ),
        (trusting.clone(), format!("https://127.0.0.1:{plain}/"), "it speaks no TLS at this port"),
    ];
    for (client, url, expected) in table {
        let error = client.request(Method::GET, &url, &[], Vec::new()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{url}: {error:?}");
        assert_eq!(matches!(error, Error::Tls { .. }), !expected.contains("refused"), "{error:?}");
    }
    let answer = trusting.request(Method::GET, &format!("https://localhost:{port}/"), &[], Vec::new()).await;
    assert_eq!(answer.unwrap().status(), 204);
}

#[tokio::test]
async fn a_file_of_authorities_that_holds_none_is_refused_by_its_name() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "no certificate").unwrap();
    for path in [file.path().to_owned(), file.path().with_extension("missing")] {
        let refused = Client::new(&Options { ca_file: Some(path.clone()), ..options() }).unwrap_err();
        assert!(refused.to_string().starts_with(path.to_str().unwrap()), "{refused}");
    }
}

#[tokio::test]
async fn of_an_answer_for_people_only_the_beginning_is_read() {
    for (pieces, expected) in [
        (&["HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "123456"][..], "12345"),
        (&["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"], "123"),
        (&["HTTP/1.1 204 No Content\r\n\r\n"], ""),
    ] {
        let (url, _) = server(pieces).await;
        let response = client().request(Method::GET, &url, &[], Vec::new()).await.unwrap();
        assert_eq!(response.beginning(5).await, expected.as_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let error = client().request(Method::GET, &url, &[], Vec::new()).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_said_to_be_that() {
    for (url, headers) in
        [("no url", &[][..]), ("http://127.0.0.1:1/", &[("bad header", "x")]), ("ftp://127.0.0.1/", &[])]
    {
        let error = client().request(Method::GET, url, headers, Vec::new()).await.unwrap_err();
        assert!(matches!(error, Error::Other { .. }), "{url}: {error:?}");
    }
}
