//! CloudEvents 1.0, in the three modes of its HTTP binding.

use event::{EventLimits, Severity};
use ingest::{Batch, Rejection, Request, Shape};
use serde_json::{Value, json};

use crate::{NOW, defaults};

const ONE: &str = "application/cloudevents+json; charset=utf-8";
const BATCH: &str = "application/cloudevents-batch+json";

fn post(content_type: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Batch, Rejection> {
    let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let content_type = Some(content_type).filter(|t| !t.is_empty());
    let request = Request { content_type, content_encoding: None, query: "", headers: &headers, body };
    ingest::read_cloudevents(&request, &EventLimits::default(), &defaults())
}

/// The event of this JSON, with the attributes that every one must have.
fn structured(rest: &str) -> Result<event::Event, Rejection> {
    let body = format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"t"{rest}}}"#);
    post(ONE, &[], body.as_bytes()).map(|mut batch| batch.events.remove(0).event)
}

fn binary(content_type: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<event::Event, Rejection> {
    let mut all = vec![("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t")];
    all.extend(headers);
    post(content_type, &all, body).map(|mut batch| batch.events.remove(0).event)
}

#[test]
fn a_structured_event_keeps_its_attributes_and_data() {
    let event = structured(
        r#","subject":"x","time":"2026-11-20T10:00:00Z","datacontenttype":"application/json","data":{"percent":93.5}"#,
    )
    .unwrap();
    assert_eq!((event.id.as_str(), event.source.as_str(), event.kind.as_str()), ("1", "/s", "t"));
    assert_eq!((event.subject.as_deref(), event.time), (Some("x"), NOW));
    assert_eq!(event.data, json!({"percent": 93.5}));
}

#[test]
fn our_own_words_are_extensions_there() {
    let event = structured(r#","severity":"error","tags":"web,prod","text":"hello","data":null"#).unwrap();
    assert_eq!(event.severity, Some(Severity::Error));
    assert_eq!(
        (event.tags, event.text, event.data),
        (vec!["web".into(), "prod".into()], "hello".into(), Value::Null)
    );
}

#[test]
fn the_payload_and_the_extensions_stand_in_data() {
    let cases = [
        (r#","data":{"a":1}"#, json!({"a": 1})),
        (r#","data":[1,2]"#, json!([1, 2])),
        (r#","data":"just a string""#, json!("just a string")),
        (
            r#","data":{"a":1},"traceparent":"00-x","n":3,"b":true"#,
            json!({"a": 1, "traceparent": "00-x", "n": 3, "b": true}),
        ),
        (r#","data":{"a":1},"a":"extension""#, json!({"a": 1})),
        (r#","data":[1],"ext":"e""#, json!({"data": [1], "ext": "e"})),
        (r#","ext":"e""#, json!({"ext": "e"})),
        (r#","dataschema":"http://s","data":{}"#, json!({"dataschema": "http://s"})),
        (r#","data_base64":"AAEC""#, json!({"data_base64": "AAEC"})),
        (
            r#","datacontenttype":"application/xml","data":"<a/>""#,
            json!({"data": "<a/>", "datacontenttype": "application/xml"}),
        ),
    ];
    for (rest, data) in cases {
        assert_eq!(structured(rest).unwrap().data, data, "{rest}");
    }
    let text = structured(r#","datacontenttype":"text/plain","data":"two\r\nlines""#).unwrap();
    assert_eq!((text.text.as_str(), text.data), ("two\nlines", Value::Null));
}

#[test]
fn a_batch_may_hold_any_number() {
    let event = r#"{"specversion":"1.0","id":"1","source":"/s","type":"t"}"#;
    for (body, count) in [("[]".to_owned(), 0), (format!("[{event}]"), 1), (format!("[{event},{event}]"), 2)]
    {
        let batch = post(BATCH, &[], body.as_bytes()).unwrap();
        assert_eq!((batch.shape, batch.events.len()), (Shape::Many, count));
    }
}

#[test]
fn a_binary_event_stands_in_headers_and_body() {
    let event =
        binary("application/json", &[("ce-time", "2026-11-20T10:00:00Z"), ("ce-ext", "1")], b"{\"a\":1}");
    let event = event.unwrap();
    assert_eq!((event.time, event.data), (NOW, json!({"a": 1, "ext": "1"})));

    let text = binary("text/plain", &[], "caf\u{e9}".as_bytes()).unwrap();
    assert_eq!((text.text.as_str(), text.data), ("caf\u{e9}", Value::Null));
    let bytes = binary("application/octet-stream", &[], &[0xff, 0]).unwrap();
    assert_eq!(bytes.data, json!({"data_base64": "/wA=", "datacontenttype": "application/octet-stream"}));
    assert_eq!(binary("", &[], b"").unwrap().data, Value::Null);
}

#[test]
fn a_header_is_unquoted_and_then_decoded_once() {
    let cases = [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro \u{20ac} \u{1f600}"),
        (r#""a \"quoted\" %41""#, "a \"quoted\" A"),
        ("100%2525", "100%25"),
        ("plain%", "plain%"),
    ];
    for (header, subject) in cases {
        assert_eq!(
            binary("", &[("ce-subject", header)], b"").unwrap().subject.as_deref(),
            Some(subject),
            "{header}"
        );
    }
}

#[test]
fn both_modes_of_one_event_are_one_event() {
    let body = br#"{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"application/json","data":{"a":1}}"#;
    let structured = post(ONE, &[], body).unwrap().events[0].identity;
    let headers = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t")];
    let binary = post("application/json", &headers, b"{ \"a\": 1 }").unwrap().events[0].identity;
    assert!(structured.is_some());
    assert_eq!(structured, binary);
}

#[test]
fn the_native_door_reads_them_too() {
    let body = r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","data":[1]}"#;
    assert_eq!(crate::read(ONE, "", body).unwrap().events[0].event.data, json!([1]));
}

#[test]
fn wrong_events_are_refused() {
    let cases = [
        (r#","data":1,"data_base64":"AA==""#, "", "cannot both"),
        (r#","data_base64":"?""#, "/data_base64", "base64"),
        (r#","data_base64":1"#, "/data_base64", "base64"),
        (r#","time":1795168800"#, "/time", "must be a string"),
        (r#","time":"2026-11-20""#, "/time", "RFC 3339"),
        (r#","subject":"""#, "/subject", "empty"),
        (r#","Ext":"e""#, "/Ext", "letters a to z"),
        (r#","ext":{}"#, "/ext", "is an object"),
        (r#","ext":1.5"#, "/ext", "is a number"),
        (r#","datacontenttype":1"#, "/datacontenttype", "is a number"),
        (r#","severity":"HIGH""#, "/severity", "is no severity"),
        (r#","datacontenttype":"text/plain","data":"\u0007""#, "/data", "U+0007"),
    ];
    for (rest, pointer, reason) in cases {
        let rejection = structured(rest).expect_err(rest);
        assert_eq!((rejection.status, rejection.pointer.as_str()), (400, pointer), "{rest}: {rejection}");
        assert!(rejection.detail.contains(reason), "{rest}: {rejection}");
    }
    for (content_type, body, status, reason) in [
        (ONE, r#"{"specversion":"0.3","id":"1","source":"s","type":"t"}"#, 400, "1.0"),
        (ONE, r#"{"specversion":"1.0","id":null,"source":"s","type":"t"}"#, 400, "no `id`"),
        (ONE, r#"{"specversion":"1.0","id":"1","source":"s"}"#, 400, "no `type`"),
        (ONE, r#"{"specversion":"1.0","id":"1","source":"s","type":"tellify.x"}"#, 400, "daemon"),
        (ONE, r#"[]"#, 400, "one JSON object"),
        (BATCH, r#"{}"#, 400, "array"),
        ("application/cloudevents+avro", "x", 415, "avro"),
        ("application/cloudevents-batch+xml", "x", 415, "xml"),
        ("application/json", "{}", 400, "no `specversion`"),
    ] {
        let rejection = post(content_type, &[], body.as_bytes()).expect_err(body);
        assert_eq!(rejection.status, status, "{body}: {rejection}");
        assert!(rejection.detail.contains(reason), "{body}: {rejection}");
    }
}

#[test]
fn wrong_headers_are_refused() {
    for (headers, reason) in [
        ([("ce-datacontenttype", "text/plain")], "Content-Type"),
        ([("ce-subject", "%C0%A0")], "UTF-8"),
        ([("ce-subject", "a%0d%0ab")], "U+000D"),
        ([("ce-id", "2")], "twice"),
        ([("ce-my_ext", "x")], "letters a to z"),
    ] {
        let rejection = binary("", &headers, b"").expect_err(reason);
        assert!(rejection.status == 400 && rejection.detail.contains(reason), "{rejection}");
    }
    let bad_json = binary("application/json", &[], b"{\"a\":1,\"a\":2}").unwrap_err();
    assert_eq!(bad_json.pointer, "/data/a");
}
