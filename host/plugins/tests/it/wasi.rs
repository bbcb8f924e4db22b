//! WASI with nothing behind it: what a language runtime finds when it looks.

use event::Event;
use plugins::{CallError, Trigger};
use serde_json::json;

use crate::support::{Committed, NOW, alice, at, config, event, host, plugin};

fn look(at_what: &str, event: &Event) -> CallError {
    let config = config(json!(at_what));
    let trigger = Trigger::Event(at(1, event));
    let mut instance = plugin("runtime").handler(alice());
    instance.handle(&config, NOW.plus_ms(7), trigger, Committed::of(&[])).unwrap_err()
}

fn found(at_what: &str, event: &Event) -> String {
    match look(at_what, event) {
        CallError::Failed { message } => message,
        other => panic!("{at_what}: {other:?}"),
    }
}

#[test]
fn there_is_no_environment_no_argument_and_no_folder() {
    assert_eq!(found("surroundings", &event("a")), "[] [] 0");
}

#[test]
fn clocks_stand_at_the_calls_now_and_sleepers_wake_at_once() {
    assert_eq!(found("clock", &event("a")), "1700000000.007000000");
    assert_eq!(found("sleep", &event("a")), "woken");
}

#[test]
fn random_numbers_follow_from_the_call() {
    let first = event("a");
    let second = Event { id: "e2".into(), ..first.clone() };
    assert_eq!(found("random", &first), found("random", &first));
    assert_ne!(found("random", &first), found("random", &second));
}

#[test]
fn more_random_bytes_than_allowed_end_the_call() {
    match look("much-random", &event("a")) {
        CallError::Limit { what, .. } => assert_eq!(what, "65536 random bytes at once"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_end_of_what_a_guest_writes_is_kept_and_writing_never_fails() {
    match look("write", &event("a")) {
        CallError::Trap { stack, .. } => {
            assert!(stack.contains("049 xxx") && stack.contains("the last words"), "{stack}");
            assert!(!stack.contains("000 xxx"));
            assert!(stack.len() < 2 * host().limits().log_bytes);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_offered_to_no_plugin_is_a_trap_that_names_it() {
    match look("socket", &event("a")) {
        CallError::Trap { message, .. } => {
            let expected = "`wasi:sockets/instance-network@0.2.3#instance-network` is offered to no plugin";
            assert_eq!(message, expected);
        }
        other => panic!("{other:?}"),
    }
}
