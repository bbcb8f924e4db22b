//! The interface as others see it: its description, and the JSON of its types.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use api::{Event, NewSubscription, Problem, StyleRules, SubscriptionEdit, Time};
use event::{EventRecord, Seq, Timestamp};
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::to_value(api::openapi()).unwrap()
}

/// Every `$ref` in a document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.insert(reference.clone());
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_description_is_openapi_3_1_and_refers_to_nothing_that_it_lacks() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.contains("#/components/schemas/Event"), "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_operation_has_its_own_name_a_summary_and_an_answer() {
    let document = document();
    let mut names = BTreeSet::new();
    for operation in api::operations() {
        assert!(names.insert(operation.id), "{} stands there twice", operation.id);
        assert!(operation.summary.ends_with('.'), "{}", operation.id);
    }
    let described: usize =
        document["paths"].as_object().unwrap().values().map(|p| p.as_object().unwrap().len()).sum();
    assert_eq!(described, names.len());
}

#[test]
fn what_needs_a_right_says_which_and_how_it_is_refused() {
    let document = document();
    let read = &document["paths"]["/api/v1/events"]["get"];
    assert_eq!(read["security"], json!([{"token": ["read"]}]));
    assert_eq!(
        read["responses"]["401"]["content"]["application/problem+json"]["schema"]["$ref"],
        "#/components/schemas/Problem"
    );
    assert!(document["paths"]["/healthz"]["get"].get("security").is_none());
}

#[test]
fn the_described_keys_of_an_event_are_those_it_is_written_with() {
    let mut record: EventRecord = serde_json::from_value(json!({
        "event": {
            "id": "e", "source": "s", "type": "t", "subject": "x", "time": 0, "severity": "warning",
            "effect": "negative", "origin": "external", "tags": ["a"], "text": "b", "data": {"c": 1},
        },
        "realm": "~alice", "cause": 1, "hops": 2,
    }))
    .unwrap();
    record.about = vec![event::SubscriptionId("s1".into())];
    let written = serde_json::to_value(Event::new(Seq(3), Timestamp(1500), record)).unwrap();
    assert_eq!(written["time"], "1970-01-01T00:00:00.000Z");
    assert_eq!(written["received"], "1970-01-01T00:00:01.500Z");
    let keys = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(keys(&written), keys(&document()["components"]["schemas"]["Event"]["properties"]));
}

#[test]
fn the_described_keys_of_a_band_are_those_it_is_read_with() {
    let described = &document()["components"]["schemas"]["Band"]["properties"];
    let band = |key: &str, kind: &str| {
        let value = match (key, kind) {
            ("mode", _) => json!("send"),
            (_, "array") => json!(["x"]),
            (_, "integer") => json!(1),
            _ => json!("x"),
        };
        serde_json::from_value::<StyleRules>(json!({"band": [{ key: value }]}))
    };
    for (key, schema) in described.as_object().unwrap() {
        band(key, schema["type"].as_str().unwrap()).unwrap_or_else(|e| panic!("{key}: {e}"));
    }
    // The refusal of a key that nobody knows names all those that somebody does.
    let known = band("none", "string").unwrap_err().to_string();
    let known: BTreeSet<&str> = known.split('`').skip(3).step_by(2).collect();
    assert_eq!(known, described.as_object().unwrap().keys().map(String::as_str).collect());
}

#[test]
fn times_are_rfc_3339_both_ways_and_need_an_offset() {
    let time: Time = serde_json::from_value(json!("2026-11-20T11:00:00.5+01:00")).unwrap();
    assert_eq!(serde_json::to_value(time).unwrap(), json!("2026-11-20T10:00:00.500Z"));
    for wrong in [json!("2026-11-20T11:00:00"), json!(5), json!("now")] {
        assert!(serde_json::from_value::<Time>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn an_edit_tells_null_from_absent() {
    let edit = |value: Value| serde_json::from_value::<SubscriptionEdit>(value).unwrap().style;
    assert_eq!(edit(json!({})), None);
    assert_eq!(edit(json!({"style": null})), Some(None));
    assert_eq!(edit(json!({"style": "soon"})), Some(Some(event::Name::new("soon").unwrap())));
    let written = serde_json::to_value(SubscriptionEdit { style: Some(None), ..SubscriptionEdit::default() });
    assert_eq!(written.unwrap(), json!({"style": null}));
}

#[test]
fn what_a_client_sends_may_leave_out_whatever_has_a_default_and_no_more() {
    let new: NewSubscription =
        serde_json::from_value(json!({"name": "disks", "handler": "threshold"})).unwrap();
    assert_eq!((new.filter.as_str(), &new.config, new.publish), ("", &json!({}), false));
    assert!(serde_json::from_value::<NewSubscription>(json!({"name": "disks"})).is_err());
    assert!(
        serde_json::from_value::<NewSubscription>(json!({"name": "a", "handler": "b", "filtr": ""})).is_err()
    );
}

#[test]
fn a_problem_shows_what_helps_and_keeps_what_does_not_concern_the_client() {
    let problem =
        Problem::bad_request("no").at_index(3).at_pointer("/tags/0").at_position(7).logged("secret");
    let written = serde_json::to_value(&problem).unwrap();
    let expected = json!({"status": 400, "title": "Bad request", "detail": "no", "index": 3, "pointer": "/tags/0", "position": 7});
    assert_eq!(written, expected);
    let read: Problem = serde_json::from_value(written).unwrap();
    assert_eq!(Problem { log: Some("secret".into()), ..read }, problem);
    assert_eq!(serde_json::to_value(Problem::busy("later", 5)).unwrap()["retry_after_s"], 5);
}

#[test]
fn the_description_changes_only_on_purpose() {
    let text = serde_json::to_string_pretty(&document()).unwrap();
    insta::assert_snapshot!("openapi", text);
}
