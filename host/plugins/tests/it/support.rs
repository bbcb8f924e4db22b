//! What the tests share.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use event::{Event, Name, Seq, Timestamp};
use plugins::{Config, EventRef, Host, HostOptions, Plugin, StateRead, StateUnreadable};
use serde_json::{Value, json};
use testkit::guest;

pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// One host for all tests that change nothing about it.
pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| Host::new(HostOptions::default()).unwrap())
}

pub(crate) fn plugin(name: &str) -> Plugin {
    host().load(guest(name)).unwrap()
}

pub(crate) fn alice() -> Name {
    Name::new("alice").unwrap()
}

pub(crate) fn config(data: Value) -> Config {
    Config { id: "s1".into(), revision: 1, owner: alice(), data }
}

pub(crate) fn event(subject: &str) -> Event {
    Event {
        id: "e1".into(),
        source: "test".into(),
        kind: "build".into(),
        subject: Some(subject.into()),
        time: NOW,
        severity: None,
        effect: None,
        origin: None,
        tags: vec!["t".into()],
        text: String::new(),
        data: json!({ "percent": 93.5 }),
    }
}

pub(crate) fn at(seq: u64, event: &Event) -> EventRef<'_> {
    EventRef { seq: Seq(seq), received: NOW, event }
}

/// Committed state that is a map, and reads nothing when it is told to fail.
#[derive(Default)]
pub(crate) struct Committed {
    pub(crate) values: BTreeMap<String, Vec<u8>>,
    pub(crate) broken: bool,
}

impl Committed {
    pub(crate) fn of(values: &[(&str, &str)]) -> Arc<Committed> {
        let values = values.iter().map(|(k, v)| (k.to_string(), v.as_bytes().to_vec())).collect();
        Arc::new(Committed { values, broken: false })
    }

    fn read<T>(&self, value: T) -> Result<T, StateUnreadable> {
        if self.broken { Err(StateUnreadable("a checksum fails".into())) } else { Ok(value) }
    }
}

impl StateRead for Committed {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        self.read(self.values.get(key).cloned())
    }

    fn keys(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StateUnreadable> {
        let wanted = |k: &&String| k.starts_with(prefix) && after.is_none_or(|a| k.as_str() > a);
        self.read(self.values.keys().filter(wanted).take(limit).cloned().collect())
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        self.read(self.values.iter().map(|(k, v)| (k.len() + v.len()) as u64).sum())
    }
}
