//! Bodies that are made to hurt: each costs no more than its limit, and is refused
//! with what the limit is.

use std::io::Write;

use event::EventLimits;
use flate2::Compression;
use flate2::write::GzEncoder;
use ingest::{Batch, Rejection, Request};
use proptest::prelude::*;

use crate::{defaults, one, read, refusal};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn encoded(encoding: &str, body: &[u8]) -> Result<Batch, Rejection> {
    let request = Request {
        content_type: Some("application/json"),
        content_encoding: Some(encoding),
        query: "",
        headers: &[],
        body,
    };
    ingest::read(&request, &EventLimits::default(), &defaults())
}

fn nested(depth: usize) -> String {
    // The event itself is the first level.
    format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1))
}

#[test]
fn each_limit_holds_to_the_last_one() {
    let limits = EventLimits::default();
    let members = |n: usize| {
        let members: Vec<_> = (0..n).map(|i| format!("\"k{i}\":0")).collect();
        format!("{{\"type\":\"t\",\"data\":{{{}}}}}", members.join(","))
    };
    let tags = |n: usize, bytes: usize| {
        format!("{{\"tags\":[{}]}}", vec![format!("\"{}\"", "x".repeat(bytes)); n].join(","))
    };
    let padded = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
    let events = |n: usize| format!("[{}]", vec!["{}"; n].join(","));
    let lines = |n: usize| "{}\n".repeat(n);
    let cases: [(String, String); 7] = [
        (nested(limits.depth), nested(limits.depth + 1)),
        (members(limits.fields), members(limits.fields + 1)),
        (tags(limits.tags, 1), tags(limits.tags + 1, 1)),
        (tags(1, limits.tag_bytes), tags(1, limits.tag_bytes + 1)),
        (padded(limits.event_bytes), padded(limits.event_bytes + 1)),
        (events(limits.batch_events), events(limits.batch_events + 1)),
        (lines(limits.batch_events), lines(limits.batch_events + 1)),
    ];
    for (within, beyond) in cases {
        assert!(read("application/json", "", &within).is_ok(), "{:.60}", within);
        let rejection = read("application/json", "", &beyond).expect_err("beyond the limit");
        assert_eq!(rejection.status, 413, "{:.60}: {rejection}", beyond);
    }
}

#[test]
fn nesting_costs_no_stack() {
    for opener in ["[", "{\"a\":"] {
        let deep = format!("{{\"a\":{}", opener.repeat(100_000));
        assert!(refusal(&deep).0 >= 400);
        let closer = if opener == "[" { "]" } else { "}" };
        let closed = format!("{deep}1{}}}", closer.repeat(100_000));
        assert_eq!(refusal(&closed).0, 413);
    }
    let limits = EventLimits { event_bytes: 8 << 20, ..EventLimits::default() };
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let rejection = ingest::read(&crate::request("", "", deep.as_bytes()), &limits, &defaults()).unwrap_err();
    assert_eq!(rejection.status, 413);
    assert!(rejection.detail.contains("32 levels"), "{rejection}");
}

#[test]
fn the_event_that_is_too_large_is_named() {
    let large = "x".repeat(EventLimits::default().event_bytes);
    let (status, index, _, _) = refusal(&format!("[{{}},{{\"a\":\"{large}\"}}]"));
    assert_eq!((status, index), (413, Some(1)));
}

#[test]
fn gzip_is_taken_and_a_bomb_is_not() {
    let limits = EventLimits::default();
    assert_eq!(encoded("gzip", &gzip(b"{\"a\":1}")).unwrap().events.len(), 1);
    assert_eq!(encoded("GZIP", &[gzip(b"[{},"), gzip(b"{}]")].concat()).unwrap().events.len(), 2);
    assert_eq!(encoded("identity", b"{}").unwrap().events.len(), 1);

    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < limits.batch_bytes / 64);
    assert_eq!(encoded("gzip", &bomb).unwrap_err().status, 413);
    assert_eq!(encoded("", &vec![b' '; limits.batch_bytes + 1]).unwrap_err().status, 413);
    for broken in [&b"{}"[..], b"", &gzip(b"{\"a\":1}")[..20]] {
        assert_eq!(encoded("gzip", broken).unwrap_err().status, 400);
    }
    for unknown in ["br", "deflate", "gzip, gzip", "zstd"] {
        assert_eq!(encoded(unknown, b"{}").unwrap_err().status, 415);
    }
}

#[test]
fn what_is_said_back_is_short_and_clean() {
    let long = "y".repeat(10_000);
    for body in [
        format!(r#"{{"time":"{long}"}}"#),
        format!(r#"{{"severity":"{long}"}}"#),
        format!(r#"{{"data":{{"{long}":1}},"{long}":1}}"#),
        r#"{"time":"\u0000\u001b"}"#.to_owned(),
    ] {
        let detail = refusal(&body).3;
        assert!(detail.len() < 300 && !detail.contains(char::is_control), "{detail}");
    }
}

#[test]
fn a_text_full_of_fields_gives_as_many_as_are_allowed() {
    let text: String = (0..3000).map(|i| format!("k{i}=1 ")).collect();
    let event = &read("text/plain", "host=a", &text).unwrap().events[0].event;
    assert_eq!(event.data.as_object().unwrap().len(), EventLimits::default().fields);
    assert_eq!(event.data["host"], "a");
}

/// Values as JSON can write them, a little deeper than the limit below.
fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        content_type in prop::option::of("(application/(json|x-ndjson|x-www-form-urlencoded|cloudevents(-batch)?(\\+json)?)|text/plain|\\PC*)(; ?charset=\\PC*)?"),
        content_encoding in prop::option::of("(gzip|identity|\\PC*)"),
        query in "([a-z]{0,4}=[^ ]{0,6}&?){0,4}",
        headers in prop::collection::vec(("ce-[a-z]{2,6}", "\\PC{0,12}"), 0..6),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..256),
            "[\\[\\]{}\",:a-z0-9eE.+\\-\\\\u \n]{0,200}".prop_map(String::into_bytes),
            ".*".prop_map(String::into_bytes),
        ],
    ) {
        let request = Request {
            content_type: content_type.as_deref(),
            content_encoding: content_encoding.as_deref(),
            query: &query,
            headers: &headers,
            body: &body,
        };
        let limits = EventLimits::default();
        for result in [
            ingest::read(&request, &limits, &defaults()),
            ingest::read_cloudevents(&request, &limits, &defaults()),
        ] {
            if let Err(rejection) = result {
                prop_assert!([400, 413, 415].contains(&rejection.status));
                prop_assert!(!rejection.detail.is_empty());
            }
        }
        let _ = ingest::line(&String::from_utf8_lossy(&body), &limits, &defaults());
    }

    #[test]
    fn any_json_comes_back_as_it_was_sent(value in json_value()) {
        let body = serde_json::json!({ "v": value.clone() }).to_string();
        prop_assert_eq!(&one(&body).event.data["v"], &value);
    }
}
