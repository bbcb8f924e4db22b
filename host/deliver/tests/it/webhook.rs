//! Digests to a real receiver over real sockets, which does as the test says.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deliver::{Deliverer, Trial};
use egress::{Client, Options, Reach};
use event::{Address, AttemptResult, Channel, Digest, Form, Forms, SigningKey, SigningSecret, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use testkit::{Gate, HttpSink, Post, Receive, TestTls};

use crate::sample::{NOW, address, digest, name, web};

const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const BODY: &str = r#"{"type":"tellify.digest","text":"caf\u00e9"}"#;

fn deliverer() -> Deliverer {
    Deliverer::new(None, web()).unwrap()
}

fn ops(url: &str) -> Address {
    let key = |secret: &str, until| SigningKey { secret: SigningSecret::new(secret.to_owned()), until };
    Address {
        name: name("ops"),
        channel: Channel::Webhook,
        to: Some(url.to_owned()),
        config: None,
        keys: vec![key(NEW, None), key(OLD, Some(NOW.plus_s(60)))],
        ..address(None, Form::Full)
    }
}

fn sealed() -> Digest {
    let digest = digest();
    Digest { forms: Forms { json: Some(BODY.to_owned()), ..digest.forms.clone() }, ..digest }
}

/// How a receiver verifies, written anew: which of the secrets signed.
fn signed_by(post: &Post) -> Vec<&'static str> {
    let header = |name: &str| post.header(name).unwrap().to_owned();
    let body = std::str::from_utf8(&post.body).unwrap();
    let content = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
    let signatures = header("webhook-signature");
    let signed = |secret: &&str| {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(content.as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        signatures.split(' ').any(|shown| shown == signature)
    };
    [NEW, OLD].into_iter().filter(signed).collect()
}

fn said(result: &AttemptResult) -> String {
    match result {
        AttemptResult::Delivered { reference } => format!("delivered: {}", reference.as_ref().unwrap()),
        AttemptResult::Transient { reason, not_before: None } => format!("transient: {reason}"),
        AttemptResult::Transient { reason, not_before: Some(t) } => {
            format!("transient for {} s: {reason}", t.since(NOW) / 1000)
        }
        AttemptResult::Permanent { reason } => format!("permanent: {reason}"),
        AttemptResult::Gone { reason } => format!("gone: {reason}"),
    }
}

#[tokio::test]
async fn a_digest_is_posted_signed_and_as_it_was_sealed() {
    let sink = HttpSink::start(None).await.unwrap();
    let result = deliverer().deliver(&sealed(), &ops(&sink.url()), NOW).await;
    assert_eq!(said(&result), "delivered: 204 No Content");
    let posts = sink.posts();
    let post = &posts[0];
    assert_eq!((post.method.as_str(), post.path.as_str()), ("POST", "/hook"));
    assert_eq!(post.header("content-type"), Some("application/json"));
    assert_eq!(post.header("webhook-id"), Some("d01J9ZQ4"));
    assert_eq!(post.header("webhook-timestamp"), Some("1795168802"));
    assert_eq!(post.header("user-agent"), Some("tellify/test"));
    assert_eq!(post.body, BODY.as_bytes());
    assert_eq!(signed_by(post), [NEW, OLD]);
}

#[tokio::test]
async fn each_attempt_has_the_same_id_and_bytes_and_a_signature_of_its_own_time() {
    let sink = HttpSink::start(None).await.unwrap();
    sink.script(Receive::Reply(500, Vec::new(), String::new()));
    sink.script(Receive::HangUp);
    let (deliverer, ops) = (deliverer(), ops(&sink.url()));
    for s in [0, 30, 60] {
        deliverer.deliver(&sealed(), &ops, NOW.plus_s(s)).await;
    }
    let posts = sink.posts();
    assert!(posts.iter().all(|post| post.body == posts[0].body));
    assert!(posts.iter().all(|post| post.header("webhook-id") == Some("d01J9ZQ4")));
    let times: Vec<_> = posts.iter().map(|post| post.header("webhook-timestamp").unwrap()).collect();
    assert_eq!(times, ["1795168802", "1795168832", "1795168862"]);
    // The older key has come to its end with the third.
    let signed: Vec<_> = posts.iter().map(signed_by).collect();
    assert_eq!(signed, [vec![NEW, OLD], vec![NEW, OLD], vec![NEW]]);
}

#[tokio::test]
async fn what_the_receiver_does_decides_what_becomes_of_it() {
    let reply = |status, headers: &[(&'static str, &str)]| {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Receive::Reply(status, headers, "said the receiver".to_owned())
    };
    let table = [
        (reply(200, &[]), "delivered: 200 OK"),
        (reply(202, &[]), "delivered: 202 Accepted"),
        (reply(404, &[]), "permanent: the receiver answers 404 Not Found"),
        (
            reply(401, &[]),
            "permanent: the receiver answers 401 Unauthorized: does it verify with this address's secret?",
        ),
        (reply(410, &[]), "gone: the receiver answers 410 Gone"),
        (
            reply(429, &[("Retry-After", "120")]),
            "transient for 120 s: the receiver answers 429 Too Many Requests, and asks for nothing before \
             2026-11-20T10:02:02.345Z",
        ),
        (reply(503, &[]), "transient: the receiver answers 503 Service Unavailable"),
        (
            reply(302, &[("Location", "http://127.0.0.1:1/")]),
            "transient: the receiver answers 302 Found, and redirects are not followed",
        ),
        (
            reply(301, &[("Location", "http://127.0.0.1:1/")]),
            "permanent: the receiver answers 301 Moved Permanently, and redirects are not followed: the address needs the \
             new URL",
        ),
        (Receive::HangUp, "transient: the connection broke off: connection closed before message completed"),
        (Receive::Stall("SSH-2.0-x\r\n"), "transient: the connection broke off: invalid HTTP version parsed"),
        (
            Receive::Flood("HTTP/1.1 200 OK\r\nX-Long: "),
            "transient: the connection broke off: message head is too large",
        ),
        // What follows a good head is nobody's business.
        (Receive::Flood("HTTP/1.1 200 OK\r\n\r\n"), "delivered: 200 OK"),
        (
            Receive::Flood("HTTP/1.1 500 Oh\r\n\r\n"),
            "transient: the receiver answers 500 Internal Server Error",
        ),
        (
            Receive::Stall("HTTP/1.1 400 No\r\nContent-Length: 9\r\n\r\nhalf"),
            "permanent: the receiver answers 400 Bad Request",
        ),
    ];
    let sink = HttpSink::start(None).await.unwrap();
    let (deliverer, ops) = (deliverer(), ops(&sink.url()));
    for (receive, expected) in table {
        sink.script(receive);
        assert_eq!(said(&deliverer.deliver(&sealed(), &ops, NOW).await), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_hangs_or_dribbles_is_given_up_after_the_time_that_it_has() {
    let sink = HttpSink::start(None).await.unwrap();
    let (deliverer, ops) = (deliverer(), ops(&sink.url()));
    for receive in [
        Receive::WaitAt(Gate::closed()),
        Receive::Stall(""),
        Receive::Stall("HTTP/1.1 200 OK\r\nX-Slow: and no end"),
    ] {
        sink.script(receive);
        let result = deliverer.deliver(&sealed(), &ops, NOW).await;
        assert_eq!(said(&result), "transient: no answer within 20 s");
    }
}

#[tokio::test]
async fn a_trial_tells_what_the_receiver_says_and_an_attempt_does_not() {
    let sink = HttpSink::start(None).await.unwrap();
    let (deliverer, ops) = (deliverer(), ops(&sink.url()));
    let table = [
        (
            Receive::Reply(400, Vec::new(), "no field\r\n`x`\u{7}".to_owned()),
            Some("no field  `x`".to_owned()),
        ),
        (Receive::Reply(200, Vec::new(), String::new()), None),
        (Receive::Flood("HTTP/1.1 500 Oh\r\n\r\n"), Some("x".repeat(1000))),
    ];
    for (receive, expected) in table {
        sink.script(receive);
        let Trial { result, said } = deliverer.try_out(&sealed(), &ops, NOW).await;
        assert_eq!(said, expected);
        assert!(result.failure().is_none_or(|reason| !reason.contains("no field")), "{result:?}");
    }
}

#[tokio::test]
async fn tls_is_spoken_and_what_is_wrong_with_it_is_told_plainly() {
    let tls = TestTls::new();
    let sink = HttpSink::start(Some(tls.clone())).await.unwrap();
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), &tls.ca_pem).unwrap();
    let reach = Reach::Public { and: vec!["127.0.0.1/32".parse().unwrap()] };
    let (timeout, user_agent) = (Duration::from_secs(20), "tellify/test".to_owned());
    let options = Options { timeout, user_agent, reach, ca_file: Some(ca.path().to_owned()) };
    let trusting = Deliverer::new(None, Client::new(&options).unwrap()).unwrap();
    let result = trusting.deliver(&sealed(), &ops(&sink.url()), NOW).await;
    assert_eq!(said(&result), "delivered: 204 No Content");
    let result = deliverer().deliver(&sealed(), &ops(&sink.url()), NOW).await;
    assert_eq!(
        said(&result),
        "transient: no secure connection: its certificate comes from an authority that is not trusted here"
    );
}

#[tokio::test]
async fn nothing_is_sent_where_it_may_not_go_and_no_result_names_the_host() {
    let sink = HttpSink::start(None).await.unwrap();
    let reach = Reach::Public { and: Vec::new() };
    let (timeout, user_agent) = (Duration::from_secs(20), "tellify/test".to_owned());
    let options = Options { timeout, user_agent, reach, ca_file: None };
    let strict = Deliverer::new(None, Client::new(&options).unwrap()).unwrap();
    let url = sink.url();
    let refused = "permanent: no connection is allowed: its address is loopback, and `[egress] allow` in the server's \
                   configuration does not name it";
    assert_eq!(said(&strict.deliver(&sealed(), &ops(&url), NOW).await), refused);
    assert!(strict.check_url(&url).is_err() && deliverer().check_url(&url).is_ok());
    drop(sink);
    // The listener ends with its task, which ends at the next turn of this one.
    tokio::task::yield_now().await;
    let result = deliverer().deliver(&sealed(), &ops(&url), NOW).await;
    assert_eq!(said(&result), "transient: no connection: Connection refused (os error 111)");
}

#[tokio::test]
async fn what_was_not_sealed_for_a_webhook_is_not_made_up() {
    let sink = HttpSink::start(None).await.unwrap();
    let result = deliverer().deliver(&digest(), &ops(&sink.url()), Timestamp(0)).await;
    assert_eq!(said(&result), "permanent: the digest was not sealed for `ops` as a webhook");
    assert_eq!(sink.posts(), []);
}
