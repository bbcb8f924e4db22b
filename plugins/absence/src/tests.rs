//! Hosts falling silent and coming back, on a clock.

use tellify_plugin::testing::{BEGIN, Stage};
use tellify_plugin::{Value, json};

use super::Absence;

fn hosts(more: Value) -> Stage<Absence> {
    let mut config = json!({ "key": "host", "after": "5m" });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Stage::new(config)
}

fn alive(stage: &mut Stage<Absence>, host: &str) {
    stage.event(json!({ "type": "host.alive", "host": host }));
}

#[test]
fn a_silence_is_told_once_and_so_is_its_end() {
    let mut stage = hosts(json!({}));
    for _ in 0..30 {
        alive(&mut stage, "caddashboard");
        stage.pass("1m");
    }
    stage.pass("3m59s");
    assert_eq!(stage.told(), [] as [&str; 0]);
    stage.pass("1s");
    assert_eq!(stage.told(), ["error firing caddashboard: caddashboard has been silent for 5m"]);
    stage.pass("2h");
    alive(&mut stage, "caddashboard");
    assert_eq!(stage.told(), ["error resolved caddashboard: caddashboard is back after 2h5m"]);
    stage.pass("5m");
    assert_eq!(stage.told(), ["error firing caddashboard: caddashboard has been silent for 5m"]);
}

#[test]
fn what_is_expected_is_missed_even_if_it_was_never_seen() {
    let mut stage = hosts(json!({ "expect": ["a", "b"] }));
    stage.pass("4m");
    alive(&mut stage, "b");
    stage.pass("1m1s");
    assert_eq!(stage.told(), ["error firing a: a was never seen, though expected for 5m"]);
    alive(&mut stage, "a");
    assert_eq!(stage.told(), ["error resolved a: a was seen for the first time"]);
    stage.pass("100d");
    assert_eq!(stage.firing(), ["b", "a"], "what is expected is never given up");
}

#[test]
fn an_event_before_the_first_wake_up_does_not_keep_it_from_expecting() {
    let mut stage = hosts(json!({ "expect": ["a"] }));
    alive(&mut stage, "b");
    stage.pass("5m");
    assert_eq!(stage.firing(), ["a", "b"]);
}

#[test]
fn what_else_is_silent_for_long_is_given_up() {
    let mut stage = hosts(json!({ "forget": "1d" }));
    alive(&mut stage, "a");
    stage.pass("23h59m");
    assert_eq!(stage.firing(), ["a"]);
    stage.told();
    stage.pass("1m");
    assert_eq!(stage.told(), ["error resolved a: a is forgotten: it has been silent for 1d"]);
    assert_eq!((stage.wake(), stage.state().keys().filter(|key| key.starts_with("w:")).count()), (None, 0));
}

#[test]
fn an_edit_changes_what_is_expected_and_when() {
    let mut stage = hosts(json!({ "expect": ["a"] }));
    stage.pass("10m");
    alive(&mut stage, "c");
    stage.told();
    let mut stage = stage.edited(json!({ "key": "host", "after": "1m", "expect": ["b"] }));
    stage.pass("1s");
    assert_eq!(stage.told(), ["error resolved a: a is expected no more"]);
    stage.pass("1m");
    assert_eq!(
        stage.told(),
        [
            "error firing c: c has been silent for 1m",
            "error firing b: b was never seen, though expected for 1m"
        ]
    );
}

#[test]
fn a_restart_gives_everybody_a_minute() {
    let mut stage = hosts(json!({}));
    alive(&mut stage, "a");
    alive(&mut stage, "b");
    stage.down("1h");
    stage.pass("59s");
    alive(&mut stage, "a");
    stage.pass("1s");
    assert_eq!(stage.told(), ["error firing b: b has been silent for 1h1m"]);
}

#[test]
fn a_cleared_silence_is_over_until_there_is_another() {
    let mut stage = hosts(json!({ "expect": ["b"] }));
    alive(&mut stage, "a");
    stage.pass("6m");
    stage.clear("a");
    stage.clear("b");
    stage.told();
    stage.pass("4m59s");
    assert_eq!(stage.told(), [] as [&str; 0]);
    stage.pass("10m");
    assert_eq!(stage.told(), ["error firing b: b was never seen, though expected for 5m"]);
    alive(&mut stage, "a");
    stage.pass("5m");
    assert_eq!(stage.told(), ["error firing a: a has been silent for 5m"]);
}

#[test]
fn thousands_that_fall_silent_at_once_are_told_in_some_seconds() {
    let mut stage = hosts(json!({ "emit": { "type": "host.silent", "host": "{key}" }, "alert": false }));
    for host in 0..4000 {
        alive(&mut stage, &format!("host{host}"));
    }
    let told = stage.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("too many values of host"), "{told:?}");
    stage.pass("5m20s");
    assert_eq!(stage.emitted().len(), 3000);
    assert_eq!(stage.now(), BEGIN.plus_s(320));
}
