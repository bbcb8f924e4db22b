//! The native form: what becomes of each key, and what is said of a wrong one.

use event::{Effect, Origin, Severity, Timestamp};
use ingest::Shape;
use serde_json::json;

use crate::{NOW, one, read, refusal};

#[test]
fn a_bare_object_is_an_event_whose_keys_are_data() {
    let event = one(r#"{"project":"vr0","block":"gc_t","status":"fail"}"#).event;
    assert_eq!((event.id.as_str(), event.kind.as_str(), event.source.as_str()), ("", "event", "curl"));
    assert_eq!(event.time, NOW);
    assert_eq!(event.data, json!({"project": "vr0", "block": "gc_t", "status": "fail"}));
}

#[test]
fn every_key_of_the_envelope_finds_its_place() {
    let body = r#"{"id":"7","source":"host17","type":"disk.usage","subject":"/sarc/cad","time":"2026-11-20T11:00:00.5+01:00",
        "severity":"warning","effect":"negative","origin":"internal","tags":["web","prod"],"text":"two\r\nlines\there",
        "data":{"percent":93.5},"realm":"~bob"}"#;
    let event = one(body).event;
    assert_eq!(event.id, "7");
    assert_eq!(event.source, "host17");
    assert_eq!(event.kind, "disk.usage");
    assert_eq!(event.subject.as_deref(), Some("/sarc/cad"));
    assert_eq!(event.time, NOW.plus_ms(500));
    assert_eq!(event.severity, Some(Severity::Warning));
    assert_eq!(event.effect, Some(Effect::Negative));
    assert_eq!(event.origin, Some(Origin::Internal));
    assert_eq!(event.tags, ["web", "prod"]);
    assert_eq!(event.text, "two\nlines\there");
    // A realm is stamped by the daemon: in a body it is a key like any other.
    assert_eq!(event.data, json!({"percent": 93.5, "realm": "~bob"}));
}

#[test]
fn a_null_is_as_good_as_nothing() {
    let nothing = r#"{"id":null,"source":null,"type":null,"subject":null,"time":null,"severity":null,
        "effect":null,"origin":null,"tags":null,"text":null,"data":null}"#;
    let (given, left_out) = (one(nothing), one("{}"));
    assert_eq!(given.event, left_out.event);
    assert_eq!(given.identity, None);
}

#[test]
fn the_form_of_the_body_says_whether_it_is_one_event_or_many() {
    use Shape::{Many, One};
    let cases = [
        ("application/json", r#"{"a":1}"#, One, 1),
        ("application/json", " \n{\"a\":\n1}\n\n", One, 1),
        ("application/json", "\u{feff}{\"a\":1}", One, 1),
        ("application/json", r#"[{"a":1}]"#, Many, 1),
        ("application/json", r#" [{"a":1}, {"a":2}] "#, Many, 2),
        ("application/json", "[]", Many, 0),
        ("application/json", "{\"a\":1}\n{\"a\":2}\n", Many, 2),
        ("application/x-ndjson", "{\"a\":1}\n", Many, 1),
        ("application/x-ndjson", "{\"a\":1}\r\n\r\n{\"a\":2}", Many, 2),
        // Whatever the client calls it, a body that begins like JSON is JSON …
        ("", r#"{"a":1}"#, One, 1),
        ("application/x-www-form-urlencoded", r#"{"a":1}"#, One, 1),
        ("application/vnd.acme+json; charset=utf-8", r#"[{"a":1}]"#, Many, 1),
        ("image/png", r#"{"a":1}"#, One, 1),
        // … unless it says outright that it is text.
        ("text/plain", r#"{"a":1}"#, One, 1),
    ];
    for (content_type, body, shape, count) in cases {
        let batch = read(content_type, "", body).unwrap();
        assert_eq!((batch.shape, batch.events.len()), (shape, count), "{content_type}: {body}");
    }
    assert_eq!(read("text/plain", "", r#"{"a":1}"#).unwrap().events[0].event.text, r#"{"a":1}"#);
}

#[test]
fn a_time_is_a_text_with_an_offset_or_a_number_of_seconds() {
    let cases = [
        (r#""2026-11-20T10:00:00Z""#, NOW),
        (r#""2026-11-20T02:00:00-08:00""#, NOW),
        ("1795168800", NOW),
        ("1795168800.25", NOW.plus_ms(250)),
        ("1.7951688e9", NOW),
        ("0", Timestamp(0)),
        // The near future is fine: clocks differ.
        (r#""2026-11-21T10:00:00Z""#, NOW.plus_s(86_400)),
    ];
    for (time, expected) in cases {
        assert_eq!(one(&format!(r#"{{"time":{time}}}"#)).event.time, expected, "{time}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases = [
        ("", "", "empty"),
        ("nope", "", "not valid JSON"),
        ("7", "", "is a number"),
        (r#"{"type":7}"#, "/type", "must be a string, and is a number"),
        (r#"{"id":42}"#, "/id", "must be a string"),
        (r#"{"id":""}"#, "/id", "must not be empty"),
        (r#"{"source":""}"#, "/source", "must not be empty"),
        (r#"{"subject":["a"]}"#, "/subject", "is an array"),
        (r#"{"text":{}}"#, "/text", "is an object"),
        (r#"{"severity":"bad"}"#, "/severity", "debug, info, notice, warning, error, critical"),
        (r#"{"severity":"Warning"}"#, "/severity", "is no severity"),
        (r#"{"effect":1}"#, "/effect", "is a number"),
        (r#"{"origin":"mars"}"#, "/origin", "internal, external"),
        (r#"{"tags":"web"}"#, "/tags", "array of strings"),
        (r#"{"tags":["a",3]}"#, "/tags/1", "is a number"),
        (r#"{"tags":["a","b\n"]}"#, "/tags/1", "U+000A"),
        (r#"{"tags":[""]}"#, "/tags/0", "empty"),
        (r#"{"data":[1]}"#, "/data", "must be an object"),
        (r#"{"data":"x","a":1}"#, "/data", "must be an object"),
        (r#"{"data":{"a":1},"a":1}"#, "/a", "stands in `data` and beside it"),
        (r#"{"type":"tellify.check"}"#, "/type", "the daemon's own"),
        (r#"{"type":"tellify"}"#, "/type", "the daemon's own"),
        (r#"{"type":"a\u0000b"}"#, "/type", "U+0000"),
        (r#"{"source":"a\r\nBcc: x"}"#, "/source", "U+000D"),
        (r#"{"subject":"a\u007f"}"#, "/subject", "U+007F"),
        (r#"{"id":"a\u0085"}"#, "/id", "U+0085"),
        (r#"{"text":"a\rb"}"#, "/text", "U+000D"),
        (r#"{"text":"a\u001b[31m"}"#, "/text", "U+001B"),
        (r#"{"time":true}"#, "/time", "is a boolean"),
        (r#"{"time":"yesterday"}"#, "/time", "`yesterday` is no time"),
        (r#"{"time":"2026-11-20T10:00:00"}"#, "/time", "offset"),
        (r#"{"time":"2026-13-20T10:00:00Z"}"#, "/time", "is no time"),
        (r#"{"time":"1969-12-31T23:59:59Z"}"#, "/time", "before 1970"),
        (r#"{"time":-1}"#, "/time", "before 1970"),
        (r#"{"time":"2026-11-21T10:00:01Z"}"#, "/time", "ahead"),
        (r#"{"time":1795168800000}"#, "/time", "seconds, not milliseconds"),
        (r#"{"time":1e300}"#, "/time", "ahead"),
        (r#"{"time":9223372036854775807}"#, "/time", "ahead"),
        (r#"{"time":18446744073709551615}"#, "/time", "ahead"),
    ];
    for (body, pointer, reason) in cases {
        let (status, index, found, detail) = refusal(body);
        assert_eq!((status, index, found.as_str()), (400, None, pointer), "{body}: {detail}");
        assert!(detail.contains(reason), "{body}: {detail}");
    }
}

#[test]
fn a_type_that_only_resembles_ours_is_taken() {
    for kind in ["tellifyx", "a.tellify.b", "tell"] {
        assert_eq!(one(&format!(r#"{{"type":"{kind}"}}"#)).event.kind, kind);
    }
}

#[test]
fn one_wrong_event_refuses_its_batch_and_is_named() {
    let cases = [
        (r#"[{"a":1},{"type":7}]"#, 1, "/type"),
        (r#"[{"a":1},7]"#, 1, ""),
        ("{\"a\":1}\n{\"b\":2}\n[]\n", 2, ""),
        ("{\"a\":1}\n{\"b\":}\n", 1, ""),
        (r#"[{"a":{"b/c":[0,{"d~":1,"d~":2}]}}]"#, 0, "/a/b~1c/1/d~0"),
    ];
    for (body, index, pointer) in cases {
        let (status, found, place, detail) = refusal(body);
        assert_eq!((status, found, place.as_str()), (400, Some(index), pointer), "{body}: {detail}");
    }
}

#[test]
fn a_query_is_refused_where_it_would_be_ignored() {
    for content_type in ["application/json", "application/x-ndjson"] {
        let rejection = read(content_type, "type=deploy", r#"{"a":1}"#).unwrap_err();
        assert_eq!(rejection.status, 400);
        assert!(rejection.detail.contains("`type`"), "{}", rejection.detail);
    }
}
