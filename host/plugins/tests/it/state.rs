//! State over a run: what is committed, with the run's own writes on top.

use event::{StateWrite, Timestamp};
use plugins::{HandlerInstance, Trigger};
use serde_json::json;

use crate::support::{Committed, NOW, alice, at, config, event, plugin};

/// Handles one event of `subject` and answers what the counter stands at.
fn count(
    instance: &mut HandlerInstance,
    subject: &str,
    now: Timestamp,
    committed: &[(&str, &str)],
) -> String {
    let event = event(subject);
    let config = config(json!({ "every": 1_000 }));
    let handled =
        instance.handle(&config, now, Trigger::Event(at(1, &event)), Committed::of(committed)).unwrap();
    let write = StateWrite { expires: Some(now.plus_s(60)), ..handled.writes[0].clone() };
    assert_eq!(handled.writes, [write]);
    String::from_utf8(handled.writes[0].value.clone().unwrap()).unwrap()
}

#[test]
fn a_run_sees_its_own_uncommitted_writes() {
    let mut instance = plugin("counter").handler(alice());
    let committed = [("disk", "41")];
    assert_eq!(count(&mut instance, "disk", NOW, &committed), "42");
    assert_eq!(count(&mut instance, "disk", NOW, &committed), "43");
    assert_eq!(count(&mut instance, "other", NOW, &committed), "1");
}

#[test]
fn a_failed_call_leaves_the_run_as_it_was() {
    let mut instance = plugin("counter").handler(alice());
    let refused = event("refused");
    let config = config(json!({ "every": 1_000 }));
    for _ in 0..2 {
        let trigger = Trigger::Event(at(1, &refused));
        instance.handle(&config, NOW, trigger, Committed::of(&[])).unwrap_err();
        assert_eq!(instance.logs().lines[0].message, "refused stands at 1");
    }
    assert!(!instance.is_spent());
}

#[test]
fn a_write_within_the_run_ends_with_its_time() {
    let mut instance = plugin("counter").handler(alice());
    let committed = [("disk", "41")];
    assert_eq!(count(&mut instance, "disk", NOW, &committed), "42");
    assert_eq!(count(&mut instance, "disk", NOW.plus_s(59), &committed), "43");
    // The run's write is over, and what was committed before it does not come back.
    assert_eq!(count(&mut instance, "disk", NOW.plus_s(59 + 60), &committed), "1");
}

#[test]
fn configurations_of_one_instance_do_not_meet() {
    let mut instance = plugin("counter").handler(alice());
    assert_eq!(count(&mut instance, "disk", NOW, &[]), "1");
    let event = event("disk");
    let mut other = config(json!({ "every": 1_000 }));
    other.id = "s2".into();
    let handled = instance.handle(&other, NOW, Trigger::Event(at(1, &event)), Committed::of(&[])).unwrap();
    assert_eq!(handled.writes[0].value.as_deref(), Some(&b"1"[..]));
}
