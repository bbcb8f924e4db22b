//! Connections to what speaks no HTTP: to exactly what was judged, and to nobody who
//! cannot prove who they are.
#![allow(clippy::unwrap_used)]

use std::io;
use std::sync::Arc;
use std::time::Duration;

use egress::{Dialer, Error, Lookup, Options, Reach, Resolver, Rule};
use testkit::TestTls;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Every name is this machine's.
struct Here;

impl Resolver for Here {
    fn lookup(&self, _: &str) -> Lookup {
        let found: io::Result<Vec<_>> = Ok(vec!["127.0.0.1".parse().unwrap()]);
        Box::pin(async move { found })
    }
}

fn dialer(allow: &[&str]) -> Dialer {
    let reach = Reach::Public { and: allow.iter().map(|net| net.parse().unwrap()).collect() };
    let options =
        Options { timeout: Duration::from_secs(20), user_agent: String::new(), reach, ca_file: None };
    Dialer::with_resolver(&options, Arc::new(Here)).unwrap()
}

#[tokio::test]
async fn this_machine_is_connected_to_when_the_configuration_names_it() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let forbidden = Error::Forbidden { host: "db".to_owned(), rule: Rule::Address("loopback") };
    assert_eq!(dialer(&[]).connect("db", port).await.map(drop), Err(forbidden));

    let mut stream = dialer(&["127.0.0.0/8"]).connect("db", port).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    let mut heard = [0; 5];
    listener.accept().await.unwrap().0.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"hello");

    drop(listener);
    let refused = dialer(&["127.0.0.0/8"]).connect("db", port).await.unwrap_err();
    assert!(refused.to_string().starts_with("cannot reach db: Connection refused"), "{refused}");
}

#[tokio::test]
async fn a_server_has_to_prove_who_it_is() {
    let tls = TestTls::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = tls.acceptor.clone();
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Whoever does not trust it goes away.
            if let Ok(mut secure) = acceptor.accept(stream).await {
                let _ = secure.write_all(b"hello").await;
            }
        }
    });
    let dialer = dialer(&["127.0.0.0/8"]);
    let secured = async |host: &str, own: Option<&str>| {
        let stream = dialer.connect(host, port).await?;
        dialer.secure(stream, host, own).await
    };
    let mut stream = secured("localhost", Some(&tls.ca_pem)).await.unwrap();
    let mut heard = [0; 5];
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"hello");

    let not = |host: &str, cause: &str| format!("no secure connection to {host}: {cause}");
    for (host, own, expected) in [
        (
            "localhost",
            None,
            not("localhost", "its certificate comes from an authority that is not trusted here"),
        ),
        ("db", Some(tls.ca_pem.as_str()), not("db", "its certificate is for another name")),
        ("localhost", Some("nonsense"), "it holds no certificate in PEM".to_owned()),
    ] {
        assert_eq!(secured(host, own).await.map(drop).unwrap_err().to_string(), expected);
    }
    serving.abort();
}
