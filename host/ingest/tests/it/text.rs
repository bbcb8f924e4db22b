//! Text, lines, forms, and the fields that stand in them.

use event::{EventLimits, Severity};
use ingest::Shape;
use serde_json::{Value, json};

use crate::{NOW, defaults, read};

const FORM: &str = "application/x-www-form-urlencoded";

fn fields(text: &str) -> Value {
    Value::Object(ingest::fields(text, 100))
}

#[test]
fn a_text_is_kept_whole_and_takes_its_envelope_from_the_query() {
    let query =
        "type=deploy&tags=web,prod&tags=+eu+&severity=notice&source=ci&time=1795168800&host=web3&note=a%20b";
    let batch = read("text/plain; charset=UTF-8", query, "version=12 to {prod}\r\nby bob\n").unwrap();
    assert_eq!(batch.shape, Shape::One);
    let event = &batch.events[0].event;
    assert_eq!(event.text, "version=12 to {prod}\nby bob\n");
    assert_eq!((event.kind.as_str(), event.source.as_str()), ("deploy", "ci"));
    assert_eq!(event.tags, ["web", "prod", "eu"]);
    assert_eq!(event.severity, Some(Severity::Notice));
    assert_eq!(event.time, NOW);
    assert_eq!(event.data, json!({"version": 12, "host": "web3", "note": "a b"}));
}

#[test]
fn what_the_query_says_stands_before_what_the_text_says() {
    let event = &read("text/plain", "host=web3", "host=web4 up=1").unwrap().events[0].event;
    assert_eq!(event.data, json!({"host": "web3", "up": 1}));
}

#[test]
fn fields_can_be_left_alone() {
    let event = &read("text/plain", "fields=off", "a=1").unwrap().events[0].event;
    assert_eq!((event.text.as_str(), &event.data), ("a=1", &json!({})));
    assert!(read("text/plain", "fields=maybe", "a=1").is_err());
}

#[test]
fn fields_are_found_where_a_reader_would_see_them() {
    let cases = [
        ("percent=93.5 on host:web3", json!({"percent": 93.5, "host": "web3"})),
        (
            "level=-3 n=1e3 z=007 v=1.2.3 p=93%",
            json!({"level": -3, "n": 1000.0, "z": "007", "v": "1.2.3", "p": "93%"}),
        ),
        (
            "msg=\"out of memory\" q='it \"is\"' e=\"a\\\"b\\\\c\"",
            json!({"msg": "out of memory", "q": "it \"is\"", "e": "a\"b\\c"}),
        ),
        ("number=\"42\" empty=\"\"", json!({"number": "42", "empty": ""})),
        ("(host=web3), [code=5]; done=yes.", json!({"host": "web3", "code": 5, "done": "yes"})),
        ("f(x)=1 g=f(x)", json!({"g": "f(x)"})),
        (
            "disk.percent=3 user-agent=x _k=1 größe=7",
            json!({"disk.percent": 3, "user-agent": "x", "_k": 1, "größe": 7}),
        ),
        ("url=https://a/b?c=d", json!({"url": "https://a/b?c=d"})),
        ("t=12:30 a=b=c k:v=w", json!({"t": "12:30", "a": "b=c", "k": "v=w"})),
        ("a=1 a=2\nb=3", json!({"a": 1, "b": 3})),
        ("open=\"never closed", json!({"open": "\"never"})),
        // None of these is a field.
        ("see https://a/b?c=d at 12:30", json!({})),
        ("Note: this = that, a= b", json!({})),
        ("a==b c=>d std::io C:\\temp =x :y 9a=1 a b", json!({})),
    ];
    for (text, expected) in cases {
        assert_eq!(fields(text), expected, "{text}");
    }
}

#[test]
fn a_line_is_an_event() {
    let limits = EventLimits::default();
    let incoming = ingest::line("disk full host=web3\r\n", &limits, &defaults()).unwrap();
    assert_eq!(incoming.event.text, "disk full host=web3");
    assert_eq!(incoming.event.data, json!({"host": "web3"}));
    assert_eq!(incoming.identity, None);
    for line in ["", "\n", "a\u{7}b"] {
        assert_eq!(ingest::line(line, &limits, &defaults()).unwrap_err().status, 400, "{line:?}");
    }
    let long = "x".repeat(limits.event_bytes + 1);
    assert_eq!(ingest::line(&long, &limits, &defaults()).unwrap_err().status, 413);
}

#[test]
fn a_form_is_taken_field_by_field() {
    let body = "type=build.failed&subject=gc_t&tags=a%2Cb&percent=93.5&who=bob+b&empty=&severity=&text=line+1%0D%0Aa=1";
    let event = &read(FORM, "", body).unwrap().events[0].event;
    assert_eq!((event.kind.as_str(), event.subject.as_deref()), ("build.failed", Some("gc_t")));
    assert_eq!(event.tags, ["a", "b"]);
    assert_eq!(event.severity, None);
    assert_eq!(event.text, "line 1\na=1");
    assert_eq!(event.data, json!({"percent": 93.5, "who": "bob b", "empty": ""}));
}

#[test]
fn text_that_curl_calls_a_form_is_text() {
    let event = &read(FORM, "type=deploy", "deploy of web 100% done").unwrap().events[0].event;
    assert_eq!((event.kind.as_str(), event.text.as_str()), ("deploy", "deploy of web 100% done"));
}

#[test]
fn an_event_may_be_all_envelope() {
    let event = &read("", "type=deploy", "").unwrap().events[0].event;
    assert_eq!((event.kind.as_str(), event.text.as_str()), ("deploy", ""));
}

#[test]
fn wrong_texts_and_forms_are_refused() {
    let cases = [
        ("text/plain", "", "", 400, ""),
        ("text/plain", "text=b", "a", 400, "/text"),
        ("text/plain", "host=a&host=b", "a", 400, "/host"),
        ("text/plain", "severity=bad", "a", 400, "/severity"),
        ("text/plain", "type=tellify.x", "a", 400, "/type"),
        ("text/plain", "type=%ff", "a", 400, ""),
        ("text/plain", "type=a%0ab", "a", 400, "/type"),
        ("text/plain", "time=tomorrow", "a", 400, "/time"),
        ("text/plain", "", "\u{1b}[31mred", 400, "/text"),
        (FORM, "", "a=1&a=2", 400, "/a"),
        (FORM, "type=x", "a=1", 400, ""),
        (FORM, "", "data=%7B%7D", 400, "/data"),
        (FORM, "", "a=%c0%a0", 400, ""),
        ("multipart/form-data; boundary=x", "", "--x", 415, ""),
        ("text/html", "", "<p>", 415, ""),
        ("image/png", "", "\u{fffd}PNG", 415, ""),
        ("text/plain; charset=latin1", "", "a", 415, ""),
    ];
    for (content_type, query, body, status, pointer) in cases {
        let rejection = read(content_type, query, body).expect_err(body);
        assert_eq!(
            (rejection.status, rejection.pointer.as_str()),
            (status, pointer),
            "{query} {body}: {rejection}"
        );
    }
}
