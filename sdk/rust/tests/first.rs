//! The first handler of the documentation works, and is as short as promised.
#![allow(clippy::unwrap_used)]

#[allow(unreachable_pub)]
#[path = "../examples/first.rs"]
mod first;

use tellify_plugin::{AlertState, Error, Event, Timestamp, Trigger, json, testing};

fn build(status: &str) -> Trigger {
    Trigger::Event(Event { data: json!({ "block": "gc_t", "status": status }), ..Event::default() })
}

#[test]
fn a_failed_build_fires_and_a_good_one_resolves() {
    let config = json!({ "blocks": "gc_t, place" });
    for (status, state) in [("fail", AlertState::Firing), ("good", AlertState::Resolved)] {
        let outcome = testing::handle::<first::First>(&config, Timestamp(0), &build(status)).unwrap();
        assert_eq!((outcome.alerts[0].key.as_str(), outcome.alerts[0].state), ("gc_t", state));
    }
}

#[test]
fn a_configuration_that_does_not_read_can_never_work() {
    let refused = testing::handle::<first::First>(&json!({}), Timestamp(0), &build("fail")).unwrap_err();
    assert!(matches!(&refused, Error::BadConfig(why) if why.contains("blocks")), "{refused}");
}

#[test]
fn it_has_less_than_forty_lines() {
    assert!(include_str!("../examples/first.rs").lines().count() < 40);
}
