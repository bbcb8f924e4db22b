//! Values coming and going, on a clock.

use tellify_plugin::testing::Stage;
use tellify_plugin::{Value, json};

use super::Change;

fn statuses(stage: &mut Stage<Change>, statuses: &[Value]) -> Vec<String> {
    for status in statuses {
        stage.event(json!({ "type": "build", "block": "gc_t", "status": status }));
        stage.pass("1m");
    }
    stage.told()
}

fn stage(more: Value) -> Stage<Change> {
    let mut config = json!({ "field": "status", "key": "block" });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Stage::new(config)
}

#[test]
fn an_edge_is_noted_each_time_and_only_at_the_edge() {
    let mut stage = stage(json!({ "from": "good", "to": "fail, aborted", "severity": "error" }));
    let told = statuses(&mut stage, &["fail", "good", "good", "fail", "fail", "aborted"].map(Value::from));
    assert_eq!(told, ["error note gc_t: gc_t: status went from good to fail"]);
    let told = statuses(&mut stage, &["running", "fail", "good", "aborted"].map(Value::from));
    assert_eq!(told, ["error note gc_t: gc_t: status went from good to aborted"]);
}

#[test]
fn an_alert_lasts_until_the_field_goes_back() {
    let mut stage = stage(json!({ "from": "up", "to": "down", "resolve": true }));
    let told = statuses(&mut stage, &["up", "down", "unknown", "down", "unknown"].map(Value::from));
    assert_eq!(told, ["notice firing gc_t: gc_t: status went from up to down"]);
    assert_eq!(statuses(&mut stage, &["up".into()]), ["notice resolved gc_t: gc_t: status is up again"]);
}

#[test]
fn from_anywhere_any_other_value_is_the_way_back() {
    let mut stage = stage(json!({ "from": "*", "to": "fail,aborted", "resolve": true }));
    let told = statuses(&mut stage, &["a", "fail", "aborted", "b", "fail"].map(Value::from));
    assert_eq!(
        told,
        [
            "notice firing gc_t: gc_t: status went from a to fail",
            "notice firing gc_t: gc_t: status went from fail to aborted",
            "notice resolved gc_t: gc_t: status is b again",
            "notice firing gc_t: gc_t: status went from b to fail",
        ]
    );
}

#[test]
fn any_change_of_any_kind_of_value_is_noted() {
    let mut stage = stage(json!({ "title": "{key} at {step}: {from} → {to}" }));
    let told = statuses(&mut stage, &[json!(1), json!(1), json!(2), json!(true), json!({ "a": 1 })]);
    assert_eq!(
        told,
        [
            "notice note gc_t: gc_t at ?: 1 → 2",
            "notice note gc_t: gc_t at ?: 2 → true",
            "notice note gc_t: gc_t at ?: true → {\"a\":1}",
        ]
    );
}

#[test]
fn an_event_is_emitted_at_both_edges() {
    let emit = json!({ "type": "block.{no}", "on": "both", "subject": "{key}", "was": "{from}" });
    let mut stage = stage(json!({ "to": "fail", "resolve": true, "alert": false, "emit": emit }));
    let told = statuses(&mut stage, &["good", "fail", "good"].map(Value::from));
    assert_eq!(
        told,
        [
            "emitted block.{no} gc_t: gc_t: status went from good to fail",
            "emitted block.{no} gc_t: gc_t: status is good again",
        ],
        "the type is no template"
    );
    let was: Vec<&Value> = stage.emitted().iter().map(|event| &event.data["was"]).collect();
    assert_eq!(was, ["good", "fail"]);
}

#[test]
fn what_nothing_is_heard_of_is_forgotten_unless_it_fires() {
    let mut stage = stage(json!({ "from": "good", "to": "fail", "resolve": true, "forget": "1h" }));
    for _ in 0..20 {
        statuses(&mut stage, &["good".into()]);
        stage.pass("10m");
    }
    assert_eq!(statuses(&mut stage, &["fail".into()]).len(), 1, "it was heard of all the time");
    stage.pass("30d");
    assert_eq!(statuses(&mut stage, &["good".into()]), ["notice resolved gc_t: gc_t: status is good again"]);
    stage.pass("1h");
    assert_eq!(statuses(&mut stage, &["fail".into()]), [] as [&str; 0]);
}

#[test]
fn after_clearing_it_is_no_alert_until_the_next_edge() {
    let mut stage = stage(json!({ "from": "good", "to": "fail", "resolve": true }));
    statuses(&mut stage, &["good", "fail"].map(Value::from));
    stage.clear("gc_t");
    assert_eq!(statuses(&mut stage, &["fail", "good", "fail"].map(Value::from)).len(), 1);
    assert_eq!(stage.firing(), ["gc_t"]);
}
