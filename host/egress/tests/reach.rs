//! What a client that acts for others does not connect to, however it is asked: with
//! canaries on loopback that must hear nothing, and names that lead wherever the test says.
#![allow(clippy::unwrap_used)]

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use egress::{Client, Error, Lookup, Method, Options, Reach, Resolver, Rule};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Leads names to addresses that turn with each question.
struct Turning {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Turning {
    fn new(answers: &[&[&str]]) -> Arc<Turning> {
        let parse = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let answers = answers.iter().map(parse).collect();
        Arc::new(Turning { answers: Mutex::new(answers), asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
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
struct Unknown;

impl Resolver for Unknown {
    fn lookup(&self, _: &str) -> Lookup {
        Box::pin(async { Err(io::Error::new(io::ErrorKind::NotFound, "no such name")) })
    }
}

fn client(allow: &[&str], resolver: Arc<dyn Resolver>) -> Client {
    let reach = Reach::Public { and: allow.iter().map(|net| net.parse().unwrap()).collect() };
    let timeout = Duration::from_secs(20);
    let options = Options { timeout, user_agent: "tellify/test".into(), reach, ca_file: None };
    Client::with_resolver(&options, resolver).unwrap()
}

async fn ask(client: &Client, url: &str) -> Result<u16, Error> {
    client.request(Method::POST, url, &[], b"{}".to_vec()).await.map(|answer| answer.status())
}

fn rule(result: Result<u16, Error>) -> Rule {
    match result {
        Err(Error::Forbidden { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

/// Whoever connects first to this canary is the test itself, to see that nobody did before.
async fn silent(canary: &TcpListener) {
    let own = TcpStream::connect(canary.local_addr().unwrap()).await.unwrap();
    let (_, first) = canary.accept().await.unwrap();
    assert_eq!(first, own.local_addr().unwrap(), "somebody connected to the canary");
}

/// Answers every request with 204, and counts them.
async fn answering(address: SocketAddr) -> (TcpListener, Arc<AtomicUsize>) {
    (TcpListener::bind(address).await.unwrap(), Arc::default())
}

fn serve(listener: TcpListener, served: Arc<AtomicUsize>) {
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
const HOSTS: &[&str] = &[
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
const SHAPES: &[&str] = &[
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

#[tokio::test]
async fn nothing_that_is_not_public_is_ever_connected_to() {
    let v4 = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = v4.local_addr().unwrap().port();
    let everywhere = TcpListener::bind(("::1", port)).await;
    let client = client(&[], Turning::new(&[&["127.0.0.1", "::1"], &["::ffff:127.0.0.1"], &["0.0.0.0"]]));
    let mut asked = 0;
    for host in HOSTS {
        for shape in SHAPES {
            let url = shape.replace("{}", &format!("{host}:{port}"));
            let answer = ask(&client, &url).await;
            assert!(
                matches!(answer, Err(Error::Forbidden { .. } | Error::Other { .. })),
                "{url}: {answer:?}"
            );
            asked += 1;
        }
    }
    assert!(asked > 300, "{asked}");
    silent(&v4).await;
    if let Ok(v6) = everywhere {
        silent(&v6).await;
    }
}

#[tokio::test]
async fn each_rule_is_told_as_what_it_is() {
    let loopback = Turning::new(&[&["127.0.0.1"]]);
    let public = client(&[], loopback.clone());
    let inner = client(&["10.0.0.0/8"], loopback);
    let table = [
        (&public, "ftp://example.org/", Rule::Scheme),
        (&public, "http://example.org/", Rule::Plain),
        (&public, "http://1.1.1.1/", Rule::Plain),
        (&inner, "http://1.1.1.1/", Rule::Plain),
        (&public, "https://a@example.org/", Rule::Login),
        (&public, "https://:b@example.org/", Rule::Login),
        (&public, "https://example.org:25/", Rule::Port(25)),
        (&public, "https://example.org:22/", Rule::Port(22)),
        (&public, "https://127.0.0.1/", Rule::Address("loopback")),
        (&public, "https://example.org/", Rule::Address("loopback")),
        (&inner, "http://example.org/", Rule::Address("loopback")),
        (&inner, "https://192.168.0.1/", Rule::Address("private")),
    ];
    for (client, url, expected) in table {
        assert_eq!(rule(ask(client, url).await), expected, "{url}");
    }
    let said = ask(&public, "https://hooks.example.org/path?token=hidden").await.unwrap_err().to_string();
    assert_eq!(
        said,
        "no connection to hooks.example.org is allowed: its address is loopback, and `[egress] allow` in the \
         server's configuration does not name it"
    );
}

#[tokio::test]
async fn what_can_be_judged_without_a_lookup_is_judged_when_it_is_saved() {
    let resolver = Turning::new(&[&["127.0.0.1"]]);
    let client = client(&["10.0.0.0/8"], resolver.clone());
    for good in [
        "https://example.org/hook",
        "https://example.org:8443/",
        "http://10.1.2.3/",
        "http://inner.example.org/",
    ] {
        assert_eq!(client.check(good), Ok(()), "{good}");
    }
    for bad in ["example.org", "https://", "mailto:a@example.org", "http://127.0.0.1/", "https://[::1]/"] {
        assert!(client.check(bad).is_err(), "{bad}");
    }
    assert_eq!(resolver.asked(), 0);
}

#[tokio::test]
async fn of_several_addresses_only_those_are_connected_to_that_are_allowed() {
    let (listener, served) = answering(([127, 0, 0, 2], 0).into()).await;
    let port = listener.local_addr().unwrap().port();
    let canary = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    serve(listener, served.clone());
    let resolver = Turning::new(&[&["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.2"]]);
    let client = client(&["127.0.0.2/32"], resolver);
    assert_eq!(ask(&client, &format!("http://hooks.example.org:{port}/")).await, Ok(204));
    assert_eq!(served.load(Ordering::Relaxed), 1);
    silent(&canary).await;
}

#[tokio::test]
async fn a_name_that_changes_its_address_behind_our_back_gains_nothing() {
    let (listener, served) = answering(([127, 0, 0, 2], 0).into()).await;
    let port = listener.local_addr().unwrap().port();
    let canary = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    serve(listener, served.clone());
    let resolver =
        Turning::new(&[&["127.0.0.2"], &["127.0.0.1"], &["127.0.0.2"], &["127.0.0.2", "127.0.0.1"]]);
    let client = client(&["127.0.0.2/32"], resolver.clone());
    let mut answered = 0;
    for _ in 0..1000 {
        match ask(&client, &format!("http://hooks.example.org:{port}/")).await {
            Ok(status) => {
                assert_eq!(status, 204);
                answered += 1;
            }
            forbidden => assert_eq!(rule(forbidden), Rule::Address("loopback")),
        }
    }
    // One lookup a connection, so the answer that was judged is the one that counts.
    assert_eq!((resolver.asked(), answered, served.load(Ordering::Relaxed)), (1000, 750, 750));
    silent(&canary).await;
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_out_of_reach_and_may_be_known_later() {
    let client = client(&[], Arc::new(Unknown));
    let answer = ask(&client, "https://nowhere.example.org/").await;
    assert!(matches!(answer, Err(Error::Unreachable { .. })), "{answer:?}");
    assert!(answer.unwrap_err().to_string().contains("no such name"));
}
