//! Windows filling and emptying, on a clock.

use tellify_plugin::json;
use tellify_plugin::testing::Stage;

use super::Count;

/// More than four blocks with one runtag within an hour.
fn blocks() -> Stage<Count> {
    Stage::new(json!({
        "distinct": "block", "key": "project,runtag", "within": "1h", "where": { "status": "fail" },
        "limits": [{ "above": 4, "severity": "error" }, { "at_least": 7, "severity": "critical" }],
    }))
}

fn fails(stage: &mut Stage<Count>, blocks: &[&str]) {
    for block in blocks {
        stage.event(json!({ "project": "vr0", "runtag": "r1", "block": block, "status": "fail" }));
        stage.pass("1m");
    }
}

#[test]
fn more_than_four_distinct_values_are_one_alert_that_ends_when_the_window_empties() {
    let mut stage = blocks();
    fails(&mut stage, &["a", "b", "a", "c", "a", "d"]);
    assert_eq!(stage.told(), [] as [&str; 0], "four blocks, however often they fail");
    fails(&mut stage, &["e", "b"]);
    assert_eq!(
        stage.told(),
        [
            "error firing vr0 / r1: vr0 / r1: 5 values of block within 1h (above 4): a, b, c, d, e",
            "error firing vr0 / r1: vr0 / r1: 5 values of block within 1h (above 4): a, b, c, d, e",
        ]
    );
    // The block seen longest ago is c, in the fourth minute.
    stage.pass("54m");
    assert_eq!(stage.told(), [] as [&str; 0]);
    stage.pass("1m");
    assert_eq!(stage.told(), ["error resolved vr0 / r1: vr0 / r1: 4 values of block within 1h"]);
    stage.pass("2h");
    assert_eq!(stage.told(), [] as [&str; 0]);
    assert_eq!(stage.state().into_keys().collect::<Vec<_>>(), ["!stored"]);
}

#[test]
fn it_worsens_and_other_groups_count_apart() {
    let mut stage = blocks();
    fails(&mut stage, &["a", "b", "c", "d", "e", "f", "g"]);
    for block in ["a", "b", "c", "d"] {
        stage.event(json!({ "project": "vr1", "runtag": "r1", "block": block, "status": "fail" }));
        stage.event(json!({ "project": "vr0", "runtag": "r1", "block": "x", "status": "good" }));
    }
    let told = stage.told();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[2].starts_with("critical firing vr0 / r1: vr0 / r1: 7 values of block"), "{told:?}");
    stage.pass("2h");
    assert_eq!(stage.firing(), [] as [&str; 0]);
}

#[test]
fn events_are_counted_without_a_key_and_with_hysteresis() {
    let mut stage = Stage::<Count>::new(json!({
        "within": "10m", "hysteresis": 2, "limits": [{ "at_least": 5, "severity": "warning" }],
        "title": "{count} of {limit} in {within}",
        "emit": { "type": "many", "on": "both", "count": "{count}" },
    }));
    for _ in 0..5 {
        stage.event(json!({ "type": "error" }));
        stage.pass("1m");
    }
    assert_eq!(stage.told(), ["warning firing all: 5 of 5 in 10m", "emitted many all: 5 of 5 in 10m"]);
    assert_eq!(stage.emitted()[0].data["count"], 5);
    // Four and three are within the hysteresis; two are not.
    stage.pass("6m59s");
    assert_eq!(stage.told(), [] as [&str; 0]);
    stage.pass("1s");
    assert_eq!(stage.told(), ["warning resolved all: 2 of 5 in 10m", "emitted many all: 2 of 5 in 10m"]);
}

#[test]
fn what_is_seen_while_it_fires_keeps_it_firing() {
    let mut stage = Stage::<Count>::new(json!({
        "within": "10m", "limits": [{ "above": 1, "severity": "warning" }], "alert": false,
        "emit": { "type": "many", "on": "both" },
    }));
    for _ in 0..40 {
        stage.event(json!({}));
        stage.pass("1m");
    }
    stage.pass("1h");
    let told = stage.told();
    assert_eq!(
        told,
        ["emitted many all: 2 events within 10m (above 1)", "emitted many all: 1 event within 10m"]
    );
}

#[test]
fn a_cleared_group_counts_from_nought() {
    let mut stage = blocks();
    fails(&mut stage, &["a", "b", "c", "d", "e"]);
    stage.clear("vr0 / r1");
    stage.told();
    fails(&mut stage, &["a", "b", "c", "d"]);
    assert_eq!(stage.told(), [] as [&str; 0]);
    fails(&mut stage, &["e"]);
    assert_eq!(stage.firing(), ["vr0 / r1"]);
    stage.pass("2h");
    assert_eq!(stage.firing(), [] as [&str; 0]);
}

#[test]
fn groups_are_bounded_and_their_owner_is_told_once_a_day() {
    let mut stage = Stage::<Count>::new(json!({
        "key": "user", "within": "1h", "limits": [{ "above": 1, "severity": "warning" }],
    }));
    for user in 0..1500 {
        stage.event(json!({ "user": user }));
    }
    let told = stage.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("warning note full: There are too many values of user at once"), "{told:?}");
    // When the others have been quiet for the window, there is room again.
    stage.pass("1h");
    for _ in 0..2 {
        stage.event(json!({ "user": 1499 }));
    }
    assert_eq!(stage.firing(), ["1499"]);
}

#[test]
fn a_crowded_window_stays_within_the_state() {
    let mut stage = Stage::<Count>::new(json!({
        "key": "user", "distinct": "page", "within": "1d", "limits": [{ "above": 240, "severity": "warning" }],
    }));
    let page = "p".repeat(150);
    for i in 0..9_000 {
        stage.event(json!({ "user": i % 40, "page": format!("{page}{i}") }));
    }
    let bytes: usize = stage.state().iter().map(|(key, value)| key.len() + value.to_string().len()).sum();
    assert!(bytes <= 1 << 20, "{bytes}");
    assert!(stage.told()[0].contains("too many values of user"));
}
