//! A client that shows what stood on the wire, and a server for it.

use std::net::SocketAddr;
use std::sync::Arc;

use api::Service;
use server::{Front, Options, Server};
use settings::{AnonymousEvents, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) front: Front,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

pub(crate) async fn start(service: Arc<dyn Service>) -> Running {
    start_with(service, options()).await
}

pub(crate) fn options() -> Options {
    let settings = Settings::default();
    Options { events_bytes: 100_000, plugin_bytes: 200_000, ..Options::from(&settings) }
}

pub(crate) fn never_anonymous() -> Options {
    Options { anonymous_events: AnonymousEvents::Never, ..options() }
}

pub(crate) async fn start_with(service: Arc<dyn Service>, options: Options) -> Running {
    let running = start_without(options.max_connections).await;
    running.front.serve(service, options);
    running
}

/// Nothing stands behind it yet.
pub(crate) async fn start_without(max_connections: usize) -> Running {
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), max_connections).await.unwrap();
    let (address, front) = (server.address(), server.front());
    let (stop, stopped) = oneshot::channel();
    let stop_told = async {
        let _ = stopped.await;
    };
    let task = tokio::spawn(server.run(stop_told, std::future::pending()));
    Running { address, front, stop, task }
}

impl Running {
    /// Tells the server to stop and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// One request on a connection of its own, with the good token.
    pub(crate) async fn ask(&self, line: &str, headers: &[&str], body: &[u8]) -> Reply {
        let mut all = vec!["Host: tellify.example.org", "Authorization: Bearer good"];
        all.extend(headers);
        self.ask_as(line, &all, body).await
    }

    /// One request with these headers and a length.
    pub(crate) async fn ask_as(&self, line: &str, headers: &[&str], body: &[u8]) -> Reply {
        let mut stream = self.connect().await;
        let mut text = head(line, headers);
        text.truncate(text.len() - 2);
        text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        read(&mut stream).await
    }
}

/// The head of a request after which the connection ends.
pub(crate) fn head(line: &str, headers: &[&str]) -> String {
    let mut text = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text + "\r\n"
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.head, self.body))
    }

    pub(crate) fn detail(&self) -> String {
        let problem: api::Problem = serde_json::from_value(self.json()).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        problem.detail
    }
}

/// Reads to the end of the connection.
pub(crate) async fn read(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    parse(&String::from_utf8(bytes).unwrap())
}

pub(crate) fn parse(text: &str) -> Reply {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}
