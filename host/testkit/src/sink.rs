//! An HTTP receiver on loopback that does as the test says, and keeps what it was sent.
//!
//! It speaks HTTP/1.1 over real sockets, with TLS when asked to, and takes one request
//! a connection. Nothing in it waits for time.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::open::Open;
use crate::{Gate, TestTls};

/// What happens to a request instead of the usual 204.
pub enum Receive {
    /// Answers with this status, these headers and this body.
    Reply(u16, Vec<(&'static str, String)>, String),
    /// Takes the request, and closes the connection without a word.
    HangUp,
    /// Waits until the gate is open, then goes on to what is next in the script.
    WaitAt(Gate),
    /// Writes this, and nothing more until the sender goes away.
    Stall(&'static str),
    /// Writes this, and then bytes without end.
    Flood(&'static str),
}

/// A request that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub method: String,
    pub path: String,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Post {
    /// The first header of that name, which is written in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Runs until it is dropped.
pub struct HttpSink {
    shared: Arc<Shared>,
    port: u16,
    accepting: JoinHandle<()>,
}

struct Shared {
    tls: Option<TestTls>,
    receiver: Option<Receiver>,
    script: Mutex<VecDeque<Receive>>,
    posts: watch::Sender<Vec<Post>>,
    open: Open,
}

/// Sees each request, and says what becomes of it.
type Receiver = Box<dyn Fn(&Post) -> Receive + Send + Sync>;

impl HttpSink {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub async fn start(tls: Option<TestTls>) -> io::Result<HttpSink> {
        HttpSink::serve(tls, None).await
    }

    /// The same, but nothing is kept or scripted here: `receiver` sees each request, and
    /// says what becomes of it.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub async fn start_with(
        tls: Option<TestTls>,
        receiver: impl Fn(&Post) -> Receive + Send + Sync + 'static,
    ) -> io::Result<HttpSink> {
        HttpSink::serve(tls, Some(Box::new(receiver))).await
    }

    async fn serve(tls: Option<TestTls>, receiver: Option<Receiver>) -> io::Result<HttpSink> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            tls,
            receiver,
            script: Mutex::default(),
            posts: watch::Sender::new(Vec::new()),
            open: Open::new(),
        });
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(HttpSink { shared, port, accepting })
    }

    pub fn url(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/hook", self.port)
    }

    /// Ends once every connection is closed that had been opened before.
    ///
    /// # Errors
    /// When there is no way to look.
    pub async fn quiet(&self) -> io::Result<()> {
        self.shared.open.quiet(self.port).await
    }

    /// This happens to the next request for which nothing is scripted yet.
    pub fn script(&self, receive: Receive) {
        self.shared.script().push_back(receive);
    }

    /// What was taken so far.
    pub fn posts(&self) -> Vec<Post> {
        self.shared.posts.borrow().clone()
    }

    /// Ends once `count` requests were taken, and gives them all.
    pub async fn received(&self, count: usize) -> Vec<Post> {
        let mut posts = self.shared.posts.subscribe();
        match posts.wait_for(|posts| posts.len() >= count).await {
            Ok(posts) => posts.clone(),
            Err(_) => unreachable!("the sink holds the sender"),
        }
    }
}

impl Drop for HttpSink {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, VecDeque<Receive>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connections belong to this task, and end with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, peer)) = listener.accept().await {
        let connected = shared.open.enter(peer);
        let serving = serve(socket, shared.clone());
        connections.spawn(async move {
            // An error is a connection that ended early, which senders and scripts may do.
            let _ = serving.await;
            drop(connected);
        });
    }
}

async fn serve(socket: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    match &shared.tls {
        Some(tls) => take(BufStream::new(tls.acceptor.accept(socket).await?), &shared).await,
        None => take(BufStream::new(socket), &shared).await,
    }
}

async fn take<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: BufStream<S>,
    shared: &Shared,
) -> io::Result<()> {
    let post = read(&mut stream).await?;
    let mut told = shared.receiver.as_ref().map(|receiver| receiver(&post));
    if told.is_none() {
        shared.posts.send_modify(|posts| posts.push(post));
    }
    loop {
        let receive = told.take().or_else(|| shared.script().pop_front());
        let written = match receive {
            None => "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_owned(),
            Some(Receive::Reply(status, headers, body)) => reply(status, &headers, &body),
            Some(Receive::HangUp) => return Ok(()),
            Some(Receive::WaitAt(gate)) => {
                gate.pass().await;
                continue;
            }
            Some(Receive::Stall(begin)) => {
                write(&mut stream, begin).await?;
                return stream.read_to_end(&mut Vec::new()).await.map(drop);
            }
            Some(Receive::Flood(begin)) => {
                write(&mut stream, begin).await?;
                loop {
                    write(&mut stream, &"x".repeat(1 << 16)).await?;
                }
            }
        };
        write(&mut stream, &written).await?;
        return stream.shutdown().await;
    }
}

async fn write<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await
}

fn reply(status: u16, headers: &[(&str, String)], body: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!("HTTP/1.1 {status} \r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

async fn read<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> io::Result<Post> {
    let first = line(stream).await?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut post = Post { method, path, headers: Vec::new(), body: Vec::new() };
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        post.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = post.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    post.body.resize(length, 0);
    stream.read_exact(&mut post.body).await?;
    Ok(post)
}

async fn line<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}
