//! What the matcher promises beside the right answer.
#![allow(clippy::unwrap_used)]

use event::{Condition, Event, FieldPath, Requirement, SubscriptionId, Timestamp};
use filter::Filter;
use matcher::Matcher;
use serde_json::{Value, json};

fn event(kind: &str, data: Value) -> Event {
    Event {
        id: "e".into(),
        source: "web3".into(),
        kind: kind.into(),
        subject: None,
        time: Timestamp(0),
        severity: None,
        effect: None,
        origin: None,
        tags: Vec::new(),
        text: String::new(),
        data,
    }
}

fn insert(matcher: &mut Matcher, id: &str, filter: &str) {
    matcher.insert(&SubscriptionId(id.into()), &[], &Filter::parse(filter).unwrap());
}

fn matches(matcher: &Matcher, event: &Event) -> Vec<String> {
    matcher.matches(event).into_iter().map(|id| id.0).collect()
}

#[test]
fn answers_come_once_and_in_the_order_of_ids_whatever_the_order_of_insertion() {
    let mut matcher = Matcher::default();
    for id in ["m", "z", "a", "k"] {
        insert(&mut matcher, id, "type:deploy OR source:web3 OR list:1 OR list:2");
    }
    assert_eq!(matches(&matcher, &event("deploy", json!({"list": [1, 2, 2]}))), ["a", "k", "m", "z"]);
}

#[test]
fn a_second_insertion_takes_the_place_of_the_first() {
    let mut matcher = Matcher::default();
    insert(&mut matcher, "s", "type:a");
    insert(&mut matcher, "s", "type:b");
    assert_eq!(matcher.len(), 1);
    assert!(matches(&matcher, &event("a", json!({}))).is_empty());
    assert_eq!(matches(&matcher, &event("b", json!({}))), ["s"]);
    assert!(matcher.remove(&SubscriptionId("s".into())));
    assert!(!matcher.remove(&SubscriptionId("s".into())));
    assert!(matcher.is_empty());
}

#[test]
fn requirements_and_filter_must_both_hold() {
    let mut matcher = Matcher::default();
    let percent = Requirement { field: FieldPath::parse("percent"), condition: Condition::AtLeast(90.0) };
    matcher.insert(&SubscriptionId("s".into()), &[percent], &Filter::parse("type:disk").unwrap());
    assert_eq!(matches(&matcher, &event("disk", json!({"percent": 93}))), ["s"]);
    assert!(matches(&matcher, &event("disk", json!({"percent": 89}))).is_empty());
    assert!(matches(&matcher, &event("cpu", json!({"percent": 93}))).is_empty());
}

#[test]
fn a_filter_that_names_nothing_in_the_event_is_found_too() {
    let mut matcher = Matcher::default();
    insert(&mut matcher, "all", "");
    insert(&mut matcher, "not", "-type:deploy");
    insert(&mut matcher, "neither", "-(type:deploy OR gone:*)");
    insert(&mut matcher, "double", "-(-type:cpu OR gone:x)");
    assert_eq!(matches(&matcher, &event("cpu", json!({}))), ["all", "double", "neither", "not"]);
    assert_eq!(matches(&matcher, &event("deploy", json!({}))), ["all"]);
}

#[test]
fn two_bounds_may_be_met_by_two_elements_of_an_array() {
    let mut matcher = Matcher::default();
    insert(&mut matcher, "between", "p>10 p<20");
    insert(&mut matcher, "outside", "p>20 p<10");
    assert_eq!(matches(&matcher, &event("x", json!({"p": 15}))), ["between"]);
    assert_eq!(matches(&matcher, &event("x", json!({"p": [5, 25]}))), ["between", "outside"]);
    assert!(matches(&matcher, &event("x", json!({"p": [5, "25x"]}))).is_empty());
}

#[test]
fn long_integers_in_texts_are_told_apart_by_their_digits() {
    let mut matcher = Matcher::default();
    insert(&mut matcher, "s", "order:9007199254740993");
    assert_eq!(matches(&matcher, &event("x", json!({"order": "9007199254740993"}))), ["s"]);
    assert_eq!(matches(&matcher, &event("x", json!({"order": 9007199254740993u64}))), ["s"]);
    assert!(matches(&matcher, &event("x", json!({"order": "9007199254740992"}))).is_empty());
}

#[test]
fn a_key_with_dots_ends_a_path() {
    let mut matcher = Matcher::default();
    insert(&mut matcher, "ends", "disk.percent:90");
    insert(&mut matcher, "leads on", "disk.percent.max:90");
    assert_eq!(matches(&matcher, &event("x", json!({"disk.percent": [[90]]}))), ["ends"]);
    assert_eq!(matches(&matcher, &event("x", json!({"disk": {"percent.max": 90}}))), ["leads on"]);
    assert!(matches(&matcher, &event("x", json!({"disk.percent": {"max": 90}}))).is_empty());
}

#[test]
fn a_clone_stands_still_while_the_original_changes() {
    let mut matcher = Matcher::default();
    insert(&mut matcher, "s", "type:a");
    let before = matcher.clone();
    matcher.remove(&SubscriptionId("s".into()));
    insert(&mut matcher, "t", "type:a");
    assert_eq!(matches(&before, &event("a", json!({}))), ["s"]);
    assert_eq!(matches(&matcher, &event("a", json!({}))), ["t"]);
}

#[test]
fn the_largest_filters_and_deep_events_are_taken() {
    let mut matcher = Matcher::default();
    insert(&mut matcher, "wide", &(0..256).map(|n| format!("f{n}:*")).collect::<Vec<_>>().join(" OR "));
    insert(&mut matcher, "deep", &format!("{}x:1{}", "-(a:1 OR ".repeat(32), ")".repeat(32)));
    let deep = (0..100).fold(json!("end"), |inner, _| json!({"a": [inner]}));
    assert_eq!(matches(&matcher, &event("x", json!({"f255": deep, "x": 1}))), ["deep", "wide"]);
}
