//! The examples of the kinds that look outside, against what a test says is there.
#![allow(clippy::unwrap_used)]

#[allow(unreachable_pub)]
#[path = "../examples/channel.rs"]
mod channel;
#[allow(unreachable_pub)]
#[path = "../examples/monitor.rs"]
mod monitor;
#[allow(unreachable_pub)]
#[path = "../examples/source.rs"]
mod source;

use tellify_plugin::http::{HttpError, Response};
use tellify_plugin::secrets::{self, Hash, SecretError};
use tellify_plugin::sources::{self, Granted, SourceError};
use tellify_plugin::testing::{self, BEGIN};
use tellify_plugin::{
    AlertState, Error, Item, Measured, Message, QueryError, Receipt, Report, Severity, Status, json,
};

fn answer(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.into() }
}

fn look(answer: Result<Response, HttpError>) -> Result<Report, Error> {
    testing::answer_http(move |_| answer.clone());
    let config = json!({ "url": "https://a.example/", "word": "open" });
    testing::check::<monitor::Page>(&config, BEGIN)
}

#[test]
fn a_page_is_looked_at() {
    let cases = [
        (Ok(answer(200, "we are open")), Status::Ok, "it answers"),
        (Ok(answer(200, "closed")), Status::Alarm, "it answers without `open`"),
        (Ok(answer(503, "open")), Status::Alarm, "it answers with 503"),
        (Err(HttpError::Timeout), Status::Alarm, "no answer came in time"),
    ];
    for (given, status, message) in cases {
        let report = look(given).unwrap();
        assert_eq!((report.status, report.message.as_str()), (status, message));
    }
    assert_eq!(look(Ok(answer(204, "open"))).unwrap().value, Measured::Number(204.0));
    let trouble = look(Err(HttpError::Denied("nobody granted it".into()))).unwrap_err();
    assert_eq!(trouble, Error::failed("nobody granted it"));
    assert_eq!(testing::take_sent().len(), 6);
}

#[test]
fn a_source_answers_with_a_secret_that_nobody_else_sees() {
    let ask = |method: &str, name: &str| {
        let config = json!({ "url": "https://s.example" });
        testing::query::<source::Counters>(&config, BEGIN, method, &json!({ "name": name }))
    };
    assert!(matches!(ask("latest", "a"), Err(QueryError::Failed(why)) if why.contains("counters-token")));
    testing::set_secret("counters-token", "word");
    testing::answer_http(|request| match request.url.as_str() {
        "https://s.example/counters/a" => Ok(answer(200, "3.5")),
        _ => Ok(answer(404, "")),
    });
    assert_eq!(ask("latest", "a"), Ok(json!(3.5)));
    assert_eq!(ask("latest", "b"), Err(QueryError::BadArguments("there is no counter `b`".into())));
    assert_eq!(ask("drop", "a"), Err(QueryError::UnknownMethod));
    let sent = testing::take_sent();
    assert_eq!(sent[0].headers, [("authorization".to_owned(), "Bearer word".to_owned())]);
    testing::reset();
    assert!(ask("latest", "a").is_err());
}

fn message() -> Message {
    Message {
        id: "d1".into(),
        recipient: "alice".into(),
        severity: Severity::Error,
        subject: "disk".into(),
        text: "/var is full".into(),
        ascii: String::new(),
        html: None,
        items: vec![Item {
            id: "a1".into(),
            key: "/var".into(),
            state: AlertState::Firing,
            severity: Severity::Error,
            title: "/var is full".into(),
            data: json!({}),
            count: 1,
            first: BEGIN,
            last: BEGIN,
            link: String::new(),
        }],
        links: Vec::new(),
        previous: None,
        attempt: 1,
    }
}

#[test]
fn a_channel_tells_what_became_of_its_message() {
    let deliver = |status: u16, header: (&str, &str)| {
        let headers = vec![(header.0.to_owned(), header.1.to_owned())];
        testing::answer_http(move |_| Ok(Response { status, headers: headers.clone(), body: Vec::new() }));
        testing::deliver::<channel::Sms>(&json!({ "number": "+49" }), BEGIN, &message())
    };
    assert_eq!(deliver(202, ("x-message-id", "m7")), Ok(Receipt::of("m7")));
    let sent = testing::take_sent();
    assert_eq!(sent[0].headers[0], ("idempotency-key".to_owned(), "d1".to_owned()));
    let later = deliver(429, ("retry-after", "3")).unwrap_err();
    assert!(matches!(later, Error::Retry { after_ms: Some(3_000), .. }), "{later}");
    assert!(matches!(deliver(400, ("a", "b")), Err(Error::BadConfig(_))));
    assert!(matches!(deliver(403, ("a", "b")), Err(Error::Failed(_))));
}

#[test]
fn what_no_test_put_there_is_not_granted() {
    assert!(matches!(secrets::get("a"), Err(SecretError::Denied(_))));
    assert!(matches!(sources::call("a", "b", &json!({})), Err(SourceError::Denied(_))));
    assert_eq!(sources::granted(), []);
    testing::set_secret("a", "word");
    testing::accept_signature("a", b"data", b"sig");
    assert_eq!(secrets::verify_equal("a", "word"), Ok(true));
    assert_eq!(secrets::verify_hmac("a", Hash::Sha256, b"data", b"sig"), Ok(true));
    assert_eq!(secrets::verify_hmac("a", Hash::Sha256, b"data", b"other"), Ok(false));
    testing::add_source("m", "prometheus", |method, arguments| Ok(json!([method, arguments])));
    assert_eq!(sources::granted(), [Granted { name: "m".into(), kind: "prometheus".into() }]);
    assert_eq!(sources::ask::<(String, u8)>("m", "query", &1).unwrap(), ("query".to_owned(), 1));
}
