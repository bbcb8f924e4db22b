//! What somebody who was granted certain URLs gets through the gate, and what nobody gets,
//! whatever was granted: with canaries on loopback that must hear nothing, and names that
//! lead wherever the test says.
#![allow(clippy::unwrap_used)]

mod canary;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use canary::{HOSTS, SHAPES, Turning, answering, served, silent};
use egress::{Bounds, Error, Gate, HttpError, HttpRequest, Options, Pass, Reach, Resolver, Rule, connect};
use event::UrlPattern;
use tokio::net::TcpListener;

const LONG: Duration = Duration::from_secs(20);

fn gate(allow: &[&str], bounds: Bounds, resolver: Arc<dyn Resolver>) -> Gate {
    let reach = Reach::Public { and: allow.iter().map(|net| net.parse().unwrap()).collect() };
    let options = Options { timeout: LONG, user_agent: "tellify/test".into(), reach, ca_file: None };
    Gate::with_resolver(&options, bounds, resolver).unwrap()
}

fn pass(allow: &[&str], granted: &[&str], resolver: Arc<dyn Resolver>) -> Pass {
    let granted = granted.iter().map(|pattern| UrlPattern::new(pattern).unwrap()).collect();
    gate(allow, Bounds { time: LONG, ..Bounds::default() }, resolver).pass(granted)
}

fn get(url: &str) -> HttpRequest {
    HttpRequest { method: "GET".into(), url: url.into(), ..HttpRequest::default() }
}

async fn ask(pass: &Pass, url: &str) -> Result<u16, HttpError> {
    let request = HttpRequest { method: "POST".into(), body: b"{}".to_vec(), ..get(url) };
    pass.send(request, LONG).await.map(|answer| answer.status)
}

/// All that can be granted: each scheme, any host, and each host by its name.
fn everything(port: u16, hosts: &[&str]) -> Vec<String> {
    let mut granted = vec![format!("http://*:{port}/*"), format!("https://*:{port}/*")];
    for host in hosts {
        let named = ["http", "https"].map(|scheme| format!("{scheme}://{host}:{port}/*"));
        granted.extend(named.into_iter().filter(|pattern| UrlPattern::new(pattern).is_ok()));
    }
    granted
}

#[tokio::test]
async fn no_grant_leads_to_this_machine_or_its_clouds_metadata() {
    let v4 = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = v4.local_addr().unwrap().port();
    let v6 = TcpListener::bind(("::1", port)).await;
    let granted = everything(port, HOSTS);
    assert!(granted.len() > HOSTS.len(), "most of them can be named in a grant");
    let granted: Vec<&str> = granted.iter().map(String::as_str).collect();
    let names =
        Turning::new(&[&["127.0.0.1", "::1"], &["::ffff:127.0.0.1"], &["0.0.0.0"], &["fd00:ec2::254"]]);
    let pass = pass(&[], &granted, names);
    let mut asked = 0;
    // A private address can be granted, so it is none of these; it has its own test.
    for host in HOSTS.iter().filter(|host| !canary::is_private(host)) {
        for shape in SHAPES {
            let url = shape.replace("{}", &format!("{host}:{port}"));
            let answer = ask(&pass, &url).await;
            assert!(matches!(answer, Err(HttpError::Denied(_) | HttpError::Invalid(_))), "{url}: {answer:?}");
            asked += 1;
        }
    }
    assert!(asked > 300, "{asked}");
    println!("gate: {asked} URLs with everything granted: 0 connections");
    silent(&v4).await;
    if let Ok(v6) = v6 {
        silent(&v6).await;
    }
}

#[tokio::test]
async fn what_was_not_granted_is_denied_before_anybody_is_asked() {
    let names = Turning::new(&[&["127.0.0.2"]]);
    let pass = pass(&["127.0.0.0/8"], &["https://api.example.org/repos/*"], names.clone());
    for url in [
        "https://api.example.org/",
        "https://api.example.org/repos",
        "https://api.example.org/repos/../users",
        "https://api.example.org/repos/%2e%2e/users",
        "https://api.example.org/repos/..%2fusers",
        "https://api.example.org\\@evil.example/repos/",
        "https://api.example.org:8443/repos/x",
        "http://api.example.org/repos/x",
        "https://api.example.org.evil.example/repos/x",
        "https://evil.example/repos/x?https://api.example.org/repos/",
        "https://evil.example#@api.example.org/repos/",
        "https://api.example.org@evil.example/repos/x",
    ] {
        assert!(!pass.admits(url), "{url}");
        let answer = ask(&pass, url).await;
        assert!(matches!(answer, Err(HttpError::Denied(_))), "{url}: {answer:?}");
    }
    assert!(pass.admits("https://api.example.org/repos/x?y=z"));
    assert!(!pass.admits("nonsense"));
    assert_eq!(names.asked(), 0);
    let said = ask(&pass, "https://evil.example/x?token=hidden").await.unwrap_err().to_string();
    assert_eq!(said, "evil.example is not granted");
}

#[tokio::test]
async fn a_grant_that_names_its_host_leads_further_than_one_that_leaves_it_open() {
    let loopback = || Turning::new(&[&["127.0.0.1"]]);
    let url = "http://inner.example.org/";
    let open = pass(&[], &["http://*/*", "https://*/*"], loopback());
    let said = ask(&open, url).await.unwrap_err().to_string();
    assert!(said.contains("without TLS only what `[egress] allow` names"), "{said}");
    for granted in ["http://inner.example.org/*", "http://*.example.org/*"] {
        let said = ask(&pass(&[], &[granted], loopback()), url).await.unwrap_err().to_string();
        assert!(said.contains("its address is loopback"), "{said}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_gains_nothing_at_the_gate() {
    let (listener, answered) = answering(([127, 0, 0, 2], 0).into()).await;
    let port = listener.local_addr().unwrap().port();
    let canary = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    canary::serve(listener, answered.clone());
    let names = Turning::new(&[&["127.0.0.2"], &["127.0.0.1"], &["::1"], &["127.0.0.2", "127.0.0.1"]]);
    let pattern = format!("http://api.example.org:{port}/*");
    let pass = pass(&["127.0.0.2/32"], &[&pattern], names.clone());
    let mut well = 0;
    for _ in 0..1_000 {
        match ask(&pass, &format!("http://api.example.org:{port}/")).await {
            Ok(status) => {
                assert_eq!(status, 204);
                well += 1;
            }
            Err(HttpError::Denied(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    // One lookup a connection, so the answer that was judged is the one that counts.
    assert_eq!((names.asked(), well, served(&answered)), (1_000, 500, 500));
    println!("gate: 1,000 requests to a name that turns: 500 denied, 0 connections to the canary");
    silent(&canary).await;
}

#[tokio::test]
async fn a_redirection_is_an_answer_and_nothing_is_followed() {
    let canary = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("http://127.0.0.1:{}/", canary.local_addr().unwrap().port());
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nX-Odd: \u{e9}\r\nConnection: close\r\n\r\n");
    let port = canary::replying(head.into_bytes()).await;
    let names = Turning::new(&[&["127.0.0.2"]]);
    let pass = pass(&["127.0.0.0/8"], &[&format!("http://a.example:{port}/*")], names);
    let answer = pass.send(get(&format!("http://a.example:{port}/")), LONG).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(answer.headers.contains(&("location".into(), to)));
    assert!(answer.headers.iter().all(|(name, _)| name != "x-odd"), "its value is no text");
    silent(&canary).await;
}

#[tokio::test]
async fn what_is_too_large_is_cut_off_in_both_directions() {
    let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    let small = canary::replying([head.clone(), vec![b'x'; 800]].concat()).await;
    let large = canary::replying([head, vec![b'x'; 1_100]].concat()).await;
    let bounds = Bounds { bytes: 1_000, time: LONG, ..Bounds::default() };
    let names = Turning::new(&[&["127.0.0.2"]]);
    let granted = [small, large].map(|port| UrlPattern::new(&format!("http://a.example:{port}/*")).unwrap());
    let pass = gate(&["127.0.0.0/8"], bounds, names).pass(granted.into());
    let answer = pass.send(get(&format!("http://a.example:{small}/")), LONG).await.unwrap();
    assert_eq!(answer.body.len(), 800);
    let answer = ask(&pass, &format!("http://a.example:{large}/")).await;
    assert_eq!(answer, Err(HttpError::TooBig));
    let url = format!("http://a.example:{small}/");
    let body = HttpRequest { method: "POST".into(), body: vec![0; 1_000], ..get(&url) };
    let header = HttpRequest { headers: vec![("x-a".into(), "x".repeat(1_000))], ..get(&url) };
    for request in [body, header] {
        assert_eq!(pass.send(request, LONG).await, Err(HttpError::TooBig));
    }
}

#[tokio::test]
async fn only_so_many_are_under_way_and_nobody_waits_longer_than_they_may() {
    // Takes connections, and never answers.
    let mute = TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
    let url = format!("http://a.example:{}/", mute.local_addr().unwrap().port());
    let bounds = Bounds { at_once: 2, time: LONG, ..Bounds::default() };
    let gate = gate(&["127.0.0.0/8"], bounds, Turning::new(&[&["127.0.0.2"]]));
    let pass = gate.pass(vec![UrlPattern::new(&url).unwrap()]);
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let (pass, url) = (pass.clone(), url.clone());
            tokio::spawn(async move { pass.send(get(&url), LONG).await })
        })
        .collect();
    let taken = [mute.accept().await.unwrap(), mute.accept().await.unwrap()];
    // Both turns are taken: the third one's time ends before it has connected to anything.
    assert_eq!(pass.send(get(&url), Duration::from_millis(50)).await, Err(HttpError::Timeout));
    // Another holder's turns are their own.
    let other = gate.pass(vec![UrlPattern::new(&url).unwrap()]);
    let third = tokio::spawn(async move { other.send(get(&url), LONG).await });
    mute.accept().await.unwrap();
    drop(taken);
    for request in waiting {
        assert!(matches!(request.await.unwrap(), Err(HttpError::Io(_))));
    }
    third.abort();
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_not_sent() {
    let names = Turning::new(&[&["127.0.0.2"]]);
    let pass = pass(&["127.0.0.0/8"], &["https://a.example/*"], names.clone());
    let good = get("https://a.example/");
    let with = |name: &str, value: &str| HttpRequest {
        headers: vec![(name.to_owned(), value.to_owned())],
        ..good.clone()
    };
    let cases = [
        get("a.example"),
        get(""),
        HttpRequest { method: "CONNECT".into(), ..good.clone() },
        HttpRequest { method: "TRACE".into(), ..good.clone() },
        HttpRequest { method: "GET / HTTP/1.1\r\nx: ".into(), ..good.clone() },
        HttpRequest { method: String::new(), ..good.clone() },
        with("Host", "other.example"),
        with("content-length", "0"),
        with("Transfer-Encoding", "chunked"),
        with("connection", "keep-alive"),
        with("x-a", "one\r\nx-b: two"),
        with("x-a\r\nx-b", "1"),
        with("", "1"),
        with("x a", "1"),
    ];
    for request in cases {
        let answer = pass.send(request.clone(), LONG).await;
        assert!(matches!(answer, Err(HttpError::Invalid(_))), "{request:?}: {answer:?}");
    }
    assert_eq!(names.asked(), 0);
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_told_apart() {
    let pass = pass(&[], &["https://a.example/*"], Arc::new(canary::Unknown));
    let answer = ask(&pass, "https://a.example/").await;
    assert!(matches!(&answer, Err(HttpError::Dns(why)) if why.contains("no such name")), "{answer:?}");
}

#[tokio::test]
async fn a_plain_connection_goes_where_the_reach_says() {
    let listener = TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let canary = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let named = |allow: &[&str]| Reach::Named { and: allow.iter().map(|net| net.parse().unwrap()).collect() };
    let names = Turning::new(&[&["127.0.0.1", "127.0.0.2"]]);
    let stream = connect(&*names, &named(&["127.0.0.2/32"]), "db.example.org", port, LONG).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap().ip(), "127.0.0.2".parse::<IpAddr>().unwrap());
    for host in
        ["db.example.org", "127.0.0.1", "127.1", "0x7f.1", "[::1]", "::1", "::ffff:127.0.0.1", "0.0.0.0"]
    {
        let refused = connect(&*names, &named(&[]), host, port, LONG).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden { rule: Rule::Address(_), .. }), "{host}: {refused:?}");
    }
    silent(&canary).await;
    drop(listener);
    let refused = connect(&*names, &Reach::Anywhere, "127.0.0.2", port, LONG).await.unwrap_err();
    assert!(matches!(refused, Error::Unreachable { .. }), "{refused:?}");
    let refused = connect(&canary::Unknown, &named(&[]), "nowhere", port, LONG).await.unwrap_err();
    assert_eq!(refused.to_string(), "cannot reach nowhere: no such name");
    let refused = connect(&*names, &named(&[]), "no host", port, LONG).await.unwrap_err();
    assert!(matches!(refused, Error::Unreachable { .. }), "{refused:?}");
}
