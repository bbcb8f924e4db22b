//! Monitors, sources and channels: what they answer, checked and cut.

use std::sync::Arc;
use std::time::Duration;

use event::{AlertState, PluginKind, Severity};
use plugins::{
    CallError, Called, LogLevel, Message, MessageItem, MonitorStatus, MonitorValue, Nothing, Plugin, Receipt,
    Report, SourceError,
};
use serde_json::{Value, json};

use crate::support::{Committed, NOW, config, plugin};

fn look(lookout: &Plugin, data: Value) -> Called<Report> {
    lookout.check(&config(data), NOW, Committed::of(&[("runs", "2")]), Arc::new(Nothing))
}

#[test]
fn a_report_is_cleaned_and_its_events_are_checked() {
    let lookout = plugin("lookout");
    let called = look(&lookout, json!({"do": "alarm"}));
    let report = called.answer.unwrap();
    assert_eq!(report.status, MonitorStatus::Alarm);
    assert_eq!(report.message, "far\ntoo high");
    assert_eq!(report.value, MonitorValue::Number(97.5));
    assert_eq!(report.details, json!({"a": [1]}));
    assert_eq!(report.events[0].kind, "lookout.seen");
    assert_eq!(called.logs.lines[0].level, LogLevel::Info);
    assert_eq!(called.logs.lines[0].message, format!("alarm at {}", NOW.0));
    assert!(called.cost.memory_bytes > 0);
    assert_eq!(called.cost.host_calls, 1);
    assert_eq!(
        look(&lookout, json!({"do": "text"})).answer.unwrap().value,
        MonitorValue::Text("one two".into())
    );
}

#[test]
fn a_monitor_remembers_when_its_run_went_well() {
    let report = look(&plugin("lookout"), json!({"do": "count"})).answer.unwrap();
    assert_eq!((report.message.as_str(), report.status), ("3", MonitorStatus::Ok));
    let writes: Vec<_> = report.writes.iter().map(|w| (w.key.as_str(), w.value.as_deref())).collect();
    assert_eq!(writes, [("runs", Some(b"3".as_slice()))]);
}

#[test]
fn a_monitors_trouble_is_its_own() {
    let cases = [
        (json!({"do": "fail"}), "cannot look"),
        (json!({"do": "dance"}), "the configuration cannot work: cannot do `dance`"),
        (json!({}), "the configuration cannot work: missing field `do`"),
        (json!({"do": "nan"}), "the plugin answered what cannot be taken: its value NaN is no finite number"),
        (
            json!({"do": "reserved"}),
            "the plugin answered what cannot be taken: event 0: `tellify.mine`: types that begin with `tellify.` \
             are written by the daemon alone",
        ),
        (json!({"do": "spin"}), "the plugin took longer than 2000 ms of CPU time"),
    ];
    let lookout = plugin("lookout");
    for (data, expected) in cases {
        let said = look(&lookout, data.clone()).answer.unwrap_err().to_string();
        assert!(said.starts_with(expected), "{data}: {said}");
    }
}

#[test]
fn a_source_is_asked_what_its_methods_admit() {
    let source = plugin("elder-source");
    let names: Vec<String> = source.methods().unwrap().into_iter().map(|method| method.name).collect();
    assert_eq!(names, ["echo", "fail", "later", "never"]);
    let own = config(json!({"own": 1}));
    let ask = |method: &str, arguments: Value| {
        source.query(&own, NOW, method, &arguments, Arc::new(Nothing), Duration::MAX).answer
    };
    assert_eq!(ask("echo", json!([1])).unwrap(), Ok(json!({"data": {"own": 1}, "arguments": [1]})));
    assert_eq!(ask("fail", json!([])).unwrap(), Err(SourceError::Failed("as it was told".into())));
    let unknown = "the source has no method `drop`: it has echo, fail, later, never";
    assert_eq!(ask("drop", json!([])).unwrap(), Err(SourceError::Unknown(unknown.into())));
    match ask("echo", json!({})).unwrap() {
        Err(SourceError::BadArguments(why)) => assert!(why.contains("array"), "{why}"),
        other => panic!("{other:?}"),
    }
    let later = CallError::Retry { after_ms: Some(7), reason: "busy".into() };
    assert_eq!(ask("later", json!([])).unwrap_err(), later);
    assert_eq!(ask("never", json!([])).unwrap_err(), CallError::BadConfig("as it was told".into()));
}

fn message(subject: &str) -> Message {
    let item = MessageItem {
        id: "a1".into(),
        key: "/var".into(),
        state: AlertState::Firing,
        severity: Severity::Error,
        title: "/var is full".into(),
        data: json!({"percent": 99}),
        count: 2,
        first: NOW,
        last: NOW,
        link: "https://tellify.example/alerts/a1".into(),
    };
    Message {
        id: "d1".into(),
        recipient: "alice".into(),
        severity: Severity::Error,
        subject: subject.into(),
        text: subject.into(),
        ascii: subject.into(),
        html: None,
        items: vec![item],
        links: vec![("stop".into(), "https://tellify.example/stop".into())],
        previous: Some("t0".into()),
        attempt: 3,
    }
}

#[test]
fn a_channel_gets_the_message_and_gives_a_receipt_of_one_line() {
    let channel = plugin("elder-channel");
    let deliver =
        |subject: &str| channel.deliver(&config(json!({})), NOW, &message(subject), Arc::new(Nothing)).answer;
    let reference = r#"d1 3 t0 1 /var {"percent":99}"#.to_owned();
    assert_eq!(deliver("disk").unwrap(), Receipt { reference: Some(reference) });
    assert_eq!(deliver("nothing").unwrap(), Receipt { reference: None });
    assert!(matches!(deliver("endless"), Err(CallError::Limit { .. })));
    assert!(matches!(deliver("lines"), Err(CallError::BadOutput { .. })));
}

#[test]
fn each_kind_does_only_its_own() {
    let lookout = plugin("lookout");
    assert_eq!(lookout.kind(), PluginKind::Monitor);
    let expected =
        |kind: &str| CallError::Host { message: format!("a plugin of the kind monitor is no {kind}") };
    let delivered = lookout.deliver(&config(json!({})), NOW, &message(""), Arc::new(Nothing));
    assert_eq!(delivered.answer, Err(expected("channel")));
    assert_eq!(lookout.methods(), Err(expected("source")));
}
