//! What a client that acts for others does not connect to, however it is asked: with
//! canaries on loopback that must hear nothing, and names that lead wherever the test says.
#![allow(clippy::unwrap_used)]

mod canary;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use canary::{HOSTS, SHAPES, Turning, Unknown, answering, serve, silent};
use egress::{Client, Error, Method, Options, Reach, Resolver, Rule};
use tokio::net::TcpListener;

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
