//! What the tests of the way out share: names that lead wherever a test says, hosts and
//! shapes of URLs that lead where nothing may lead, and listeners that hear who connects.
#![allow(dead_code)] // Each test uses its part.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use egress::{Lookup, Resolver};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Leads names to addresses that turn with each question.
pub(crate) struct Turning {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Turning {
    pub(crate) fn new(answers: &[&[&str]]) -> Arc<Turning> {
        let parse = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let answers = answers.iter().map(parse).collect();
        Arc::new(Turning { answers: Mutex::new(answers), asked: AtomicUsize::new(0) })
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Resolver for Turning {
    fn lookup(&self, _: &str) -> Lookup {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        answers.rotate_left(1);
        let answer = answers.last().unwrap().clone();
        Box::pin(async move { Ok(answer) })
    }
}

/// Names that nobody knows.
pub(crate) struct Unknown;

impl Resolver for Unknown {
    fn lookup(&self, _: &str) -> Lookup {
        Box::pin(async { Err(io::Error::new(io::ErrorKind::NotFound, "no such name")) })
    }
}

/// Whoever connects first to this canary is the test itself, to see that nobody did before.
pub(crate) async fn silent(canary: &TcpListener) {
    let own = TcpStream::connect(canary.local_addr().unwrap()).await.unwrap();
    let (_, first) = canary.accept().await.unwrap();
    assert_eq!(first, own.local_addr().unwrap(), "somebody connected to the canary");
}

/// Answers every request with 204, and counts them.
pub(crate) async fn answering(address: SocketAddr) -> (TcpListener, Arc<AtomicUsize>) {
    (TcpListener::bind(address).await.unwrap(), Arc::default())
}

pub(crate) fn serve(listener: TcpListener, served: Arc<AtomicUsize>) {
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n{}") && socket.read_buf(&mut asked).await.unwrap() > 0 {}
            served.fetch_add(1, Ordering::Relaxed);
            socket.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await.unwrap();
        }
    });
}

/// Each leads to this machine, its neighbours or a cloud's metadata. As names all lead to
/// loopback here, so does what looks like somebody else's.
pub(crate) const HOSTS: &[&str] = &[
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.255",
    "0x7f000001",
    "0x7F.1",
    "0x7f.0x0.0x0.0x1",
    "2130706433",
    "0177.0.0.1",
    "0177.0.0.01",
    "017700000001",
    "0",
    "0.0.0.0",
    "0x0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "[::ffff:169.254.169.254]",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "10.0.0.1",
    "10.1",
    "172.16.0.1",
    "192.168.0.1",
    "192.168.257",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
    "127\u{3002}0\u{3002}0\u{3002}1",
    "%31%32%37.0.0.1",
    "127.0.0.1%2eexample.org",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost.localdomain",
    "lo\u{ad}calhost",
    "\u{24db}ocalhost",
    "127.0.0.1.nip.io",
    "metadata.google.internal",
    "tellify.example.org",
];

/// `{}` is the host, with the canary's port behind it.
pub(crate) const SHAPES: &[&str] = &[
    "http://{}/",
    "https://{}/",
    "HTTPS://{}",
    "https:{}/",
    "https:\\\\{}\\",
    " \thttps://{}/\n",
    "https://{}/?@example.org",
    "https://{}#@example.org",
    "https://{}\\@example.org/",
    "https://example.org@{}/",
    "https://example.org:443@{}/",
    "https://:secret@{}/",
    "http://{}/latest/meta-data/",
    "ftp://{}/",
    "gopher://{}/",
];

/// Whether a host of the list is a private address.
pub(crate) fn is_private(host: &str) -> bool {
    ["10.0.0.1", "10.1", "172.16.0.1", "192.168.0.1", "192.168.257", "100.64.0.1", "[fec0::1]"]
        .contains(&host)
}

pub(crate) fn served(count: &AtomicUsize) -> usize {
    count.load(Ordering::Relaxed)
}

/// Answers each request with these bytes, whatever it was, and returns the port.
pub(crate) async fn replying(bytes: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.windows(4).any(|end| end == b"\r\n\r\n")
                && socket.read_buf(&mut asked).await.unwrap() > 0
            {}
            // Whoever has heard enough hangs up.
            let _ = socket.write_all(&bytes).await;
        }
    });
    port
}
