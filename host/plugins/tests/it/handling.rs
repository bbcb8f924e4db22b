//! A well-behaved handler, and what the host makes of its answers.

use event::{
    Alert, AlertId, AlertState, Condition, FieldPath, PluginKind, Requirement, Severity, SubscriptionId,
};
use event::{Name, Seq, StateWrite, WakeChange};
use plugins::{AlertItem, CallError, Gang, HandlerInstance, Host, LogLevel, Plugin, Problem, Trigger};
use serde_json::json;

use crate::support::{Committed, NOW, alice, at, config, event, plugin};

#[test]
fn a_plugin_says_what_it_is() {
    let counter = plugin("counter");
    assert_eq!(counter.kind(), PluginKind::Handler);
    let said = counter.describe().unwrap();
    assert_eq!(said.name.as_str(), "counter");
    assert_eq!(said.version, "1.2.3");
    assert_eq!(said.title, "Counts events");
    assert_eq!(said.config_schema["required"], json!(["every"]));
    let config = config(json!({ "every": 2 }));
    assert_eq!(counter.title(&config).unwrap(), "every 2 of alice");
    assert_eq!(counter.summary(&config).unwrap(), "revision 1");
}

#[test]
fn a_configuration_is_checked_by_the_schema_and_then_by_the_plugin() {
    let counter = plugin("counter");
    let problems = |config| counter.validate(&alice(), &config).unwrap();
    assert_eq!(problems(json!({ "every": 2, "key": "subject" })), []);
    let found = problems(json!({ "every": 0 }));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].pointer, "/every");
    assert!(found[0].message.contains("minimum"), "{found:?}");
    assert_eq!(problems(json!({}))[0].pointer, "");
    let own = Problem { pointer: "/key".into(), message: "not for alice".into() };
    assert_eq!(problems(json!({ "every": 1, "key": "forbidden" })), [own]);
}

#[test]
fn requirements_come_as_the_matcher_wants_them() {
    let wanted = [
        (FieldPath::parse("project"), Condition::Present),
        (FieldPath::Type, Condition::Equals(vec![json!("build")])),
        (FieldPath::parse("percent"), Condition::AtLeast(0.5)),
    ];
    let wanted = wanted.map(|(field, condition)| Requirement { field, condition });
    let counter = plugin("counter");
    assert_eq!(counter.required_fields(&config(json!({ "every": 1 }))).unwrap(), wanted);
    let refused = counter.required_fields(&config(json!({}))).unwrap_err();
    assert_eq!(refused, CallError::BadConfig("`every` is missing".into()));
}

#[test]
fn an_outcome_is_typed_cleaned_and_carries_its_event() {
    let event = event("disk");
    let mut instance = plugin("counter").handler(alice());
    let config = config(json!({ "every": 1 }));
    let handled = instance.handle(&config, NOW, Trigger::Event(at(7, &event)), Committed::of(&[])).unwrap();
    let alert = &handled.alerts[0];
    assert_eq!(
        (alert.key.as_str(), alert.state, alert.severity),
        ("disk", AlertState::Firing, Severity::Warning)
    );
    assert_eq!(alert.title, "disk  Bcc: everybody");
    assert_eq!((alert.event, alert.at), (Some(Seq(7)), NOW));
    assert_eq!(alert.data, json!({ "count": 1.0 }));
    let new = &handled.events[0];
    assert_eq!((new.kind.as_str(), new.dedupe_key.as_deref()), ("counted", Some("disk-1")));
    assert_eq!(handled.wake, WakeChange::At(NOW.plus_ms(-5)), "as it was asked for");
    let write = StateWrite { key: "disk".into(), value: Some(b"1".to_vec()), expires: Some(NOW.plus_s(60)) };
    assert_eq!(handled.writes, [write]);
    assert_eq!(handled.logs.lines[0].level, LogLevel::Info);
    assert_eq!(handled.logs.lines[0].message, "disk stands at 1");
}

#[test]
fn wake_ups_and_cleared_alerts_reach_the_handler() {
    let mut instance = plugin("counter").handler(alice());
    let config = config(json!({ "every": 1 }));
    let woken = instance.handle(&config, NOW, Trigger::Wake(NOW), Committed::of(&[])).unwrap();
    assert_eq!((woken.alerts[0].key.as_str(), woken.alerts[0].event), ("wake", None));
    let state = Committed::of(&[("disk", "3")]);
    let cleared = instance.handle(&config, NOW, Trigger::Cleared("disk"), state).unwrap();
    assert_eq!(cleared.wake, WakeChange::Clear);
    assert_eq!(cleared.writes, [StateWrite { key: "disk".into(), value: None, expires: None }]);
}

#[test]
fn fresh_and_warm_instances_answer_alike() {
    let counter = plugin("counter");
    let config = config(json!({ "every": 1 }));
    let event = event("disk");
    let trigger = Trigger::Event(at(1, &event));
    let fresh = || counter.handler(alice()).handle(&config, NOW, trigger, Committed::of(&[])).unwrap();
    assert_eq!(fresh(), fresh());
}

#[test]
fn an_instance_serves_its_owner_alone() {
    let mut config = config(json!({ "every": 1 }));
    config.owner = Name::new("bob").unwrap();
    let refused =
        plugin("counter").handler(alice()).handle(&config, NOW, Trigger::Wake(NOW), Committed::of(&[]));
    assert!(matches!(refused, Err(CallError::Host { .. })), "{refused:?}");
}

#[test]
fn alerts_are_ganged_for_one_owner_alone() {
    let config = config(json!({ "every": 1 }));
    let alert = Alert {
        id: AlertId("a1-0".into()),
        subscription: SubscriptionId("s1".into()),
        owner: alice(),
        handler: alice(),
        key: "disk".into(),
        state: AlertState::Firing,
        severity: Severity::Warning,
        title: "t".into(),
        data: json!({}),
        count: 4,
        since: NOW,
        latest: NOW,
        ended: None,
        event: Some(Seq(1)),
    };
    let event = event("disk");
    let item = AlertItem { config: &config, alert: &alert, event: Some(at(1, &event)) };
    let counter = plugin("counter");
    let expected = Gang { text: Some("2 at disk".into()), ascii: None, html: Some("<b>4</b>".into()) };
    assert_eq!(counter.gang(&[item, item]).unwrap(), expected);
    let mut other = config.clone();
    other.owner = Name::new("bob").unwrap();
    let both = [item, AlertItem { config: &other, ..item }];
    assert!(matches!(counter.gang(&both), Err(CallError::Host { .. })));
}

#[test]
fn plugins_are_shared_and_instances_move_between_threads() {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<(Host, Plugin)>();
    moved::<HandlerInstance>();
}
