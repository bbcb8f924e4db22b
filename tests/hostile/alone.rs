//! Each attack by itself: it ends as it must, and the same host serves a good plugin
//! right afterwards as if nothing had been.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use event::{Alert, AlertId, AlertState, Event, Name, Seq, Severity, SubscriptionId, Timestamp};
use plugins::{
    AlertItem, CallError, CallTime, Config, EventRef, Handled, Host, HostOptions, Limits, LoadError, Plugin,
    StateRead, StateUnreadable, Trigger,
};
use serde_json::{Value, json};
use testkit::{guest, guest_with};

use crate::hostile::attack::{Attack, Ends, Nothing, all};

pub(crate) const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// What one attack came to.
enum Came {
    To(Ends, String),
    /// Not as it must be, or not at all.
    Wrong(String),
}

#[test]
fn each_attack_ends_in_its_own_way_and_nobody_else_notices() {
    let host = host();
    let good = host.load(guest("counter")).unwrap();
    let expected = answer(&good, json!({"every": 1})).unwrap();
    let (mut table, mut wrong) = (String::new(), Vec::new());
    let attacks = all();
    for attack in &attacks {
        match against(&host, attack) {
            Came::To(ends, said) if ends == attack.ends => {
                writeln!(table, "{}: it {}\n    {ends:?}: {said}", attack.name, attack.tries).unwrap();
            }
            Came::To(ends, said) => wrong.push(format!("{}: {ends:?}, {said}", attack.name)),
            Came::Wrong(what) => wrong.push(format!("{}: {what}", attack.name)),
        }
        if answer(&good, json!({"every": 1})).as_ref() != Ok(&expected) {
            wrong.push(format!("{}: the good plugin answers otherwise now", attack.name));
        }
    }
    println!("attacks: {} of {} contained", attacks.len() - wrong.len(), attacks.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!("attacks", table);
}

/// Calls are short here, and only their CPU time is looked at, so that a busy machine
/// changes nothing.
pub(crate) fn host() -> Host {
    let (cpu, wall) = (Duration::from_millis(100), Duration::from_secs(3600));
    let time = CallTime { cpu, wall };
    let limits = Limits { cpu, wall, monitor: time, source: time, channel: time, ..Limits::default() };
    Host::new(HostOptions { limits, ..HostOptions::default() }).unwrap()
}

/// Loads it, asks what it is, and lets it handle an event.
fn against(host: &Host, attack: &Attack) -> Came {
    let plugin = match host.load(attack.component.clone()) {
        Ok(plugin) => plugin,
        Err(error @ LoadError::DoesNotStart(_)) => {
            return Came::To(Ends::Refused, error.to_string());
        }
        Err(other) => return Came::Wrong(format!("it does not load: {other}")),
    };
    let ended = plugin.describe().and_then(|_| answer(&plugin, attack.config.clone()));
    match ended {
        Ok(handled) if handled.events.is_empty() => Came::To(Ends::Nothing, String::new()),
        Ok(handled) => Came::Wrong(format!("{handled:?}")),
        Err(error) => {
            let ends = match &error {
                CallError::Timeout { .. } => Ends::Timeout,
                CallError::Limit { .. } => Ends::Limit,
                CallError::Trap { .. } => Ends::Trap,
                CallError::BadOutput { .. } => Ends::BadOutput,
                CallError::Failed { .. } | CallError::Retry { .. } => Ends::Failed,
                CallError::BadConfig(_) | CallError::Host { .. } => return Came::Wrong(error.to_string()),
            };
            Came::To(ends, error.to_string())
        }
    }
}

pub(crate) fn answer(plugin: &Plugin, data: Value) -> Result<Handled, CallError> {
    answer_with(plugin, data, Arc::new(Nothing))
}

fn answer_with(plugin: &Plugin, data: Value, state: Arc<dyn StateRead>) -> Result<Handled, CallError> {
    let config = config(data);
    let event = event();
    let stored = EventRef { seq: Seq(1), received: NOW, event: &event };
    plugin.handler(config.owner.clone()).handle(&config, NOW, Trigger::Event(stored), state)
}

pub(crate) fn config(data: Value) -> Config {
    Config { id: "s1".into(), revision: 1, owner: Name::new("alice").unwrap(), data }
}

fn event() -> Event {
    Event {
        id: "e1".into(),
        source: "test".into(),
        kind: "build".into(),
        subject: Some("disk".into()),
        time: NOW,
        severity: None,
        effect: None,
        origin: None,
        tags: vec!["t".into()],
        text: "a text".into(),
        data: json!({"percent": 93.5}),
    }
}

#[test]
fn what_it_renders_ends_as_its_calls_do() {
    let hostile = host().load(guest("hostile")).unwrap();
    let config = config(json!("none"));
    let alert = Alert {
        id: AlertId("a1-0".into()),
        subscription: SubscriptionId("s1".into()),
        owner: config.owner.clone(),
        handler: config.owner.clone(),
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
    let item = AlertItem { config: &config, alert: &alert, event: None };
    match hostile.gang(&[item]) {
        Err(CallError::Limit { what, .. }) => assert_eq!(what, "1048576 bytes of output"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_manifest_that_wants_more_gets_no_more() {
    let most = u32::MAX;
    let manifest = format!(
        "[plugin]\nname = \"hostile\"\nversion = \"0\"\nworld = \"handler\"\n\
         [limits]\ncpu-ms = {most}\nwall-ms = {most}\nmemory-mb = {most}\n"
    );
    let (host, greedy) = (host(), guest_with("hostile", &manifest));
    let greedy = host.load(greedy).unwrap();
    assert_eq!(greedy.limits(), host.limits());
    assert!(matches!(answer(&greedy, json!("spin")), Err(CallError::Timeout { .. })));
    assert!(matches!(answer(&greedy, json!("hog")), Err(CallError::Limit { .. })));
}

/// The control: what looks for others' state would find it.
#[test]
fn the_snoop_finds_what_there_is() {
    let snoop = all().into_iter().find(|attack| attack.name == "snoop-state").unwrap();
    let plugin = host().load(snoop.component).unwrap();
    let found = answer_with(&plugin, json!({}), Arc::new(Canary)).unwrap();
    assert_eq!(found.alerts[0].key, "canary");
}

struct Canary;

impl StateRead for Canary {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        Ok((key == "canary").then(|| b"sings".to_vec()))
    }

    fn keys(&self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<String>, StateUnreadable> {
        Ok(vec!["canary".to_owned()])
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        Ok(11)
    }
}
