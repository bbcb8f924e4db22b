//! A journal on a disk in memory, with a clock that stands.

use std::sync::Arc;

use event::{
    Draft, Event, EventRecord, Expect, Identity, Name, Person, Realm, Receipt, Record, Recorded, Role, Seq,
    Timestamp,
};
use journal::{Journal, OpenError, Options, Stores};
use tempfile::TempDir;
use testkit::{ManualClock, SimStore};

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// What outlives a journal: its disks, the folder of its lock, and the clock.
pub(crate) struct Fixture {
    folder: TempDir,
    /// That of the log.
    pub(crate) store: SimStore,
    pub(crate) state: SimStore,
    pub(crate) clock: ManualClock,
    pub(crate) options: Options,
}

impl Fixture {
    /// Small tails, so that a few events fill one.
    pub(crate) fn new() -> Fixture {
        Fixture::on(SimStore::new())
    }

    pub(crate) fn on(store: SimStore) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { segment_bytes: 16 << 10, ..Options::default() };
        Fixture { folder, store, state: SimStore::new(), clock: ManualClock::at(NOW), options }
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        event::Clock::now(&self.clock)
    }

    pub(crate) fn stores(&self) -> Stores {
        let stores = Stores::new(Arc::new(self.store.clone()), Arc::new(self.state.clone()));
        stores.locked_by(self.folder.path().join("lock"))
    }

    pub(crate) fn open(&self) -> Journal {
        self.try_open().unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_open(&self) -> Result<Journal, OpenError> {
        Journal::open(self.options.clone(), Arc::new(self.clock.clone()), self.stores())
    }
}

/// An event named `id`, which happened `seconds` after [`NOW`].
pub(crate) fn event(id: &str, seconds: i64) -> Record {
    Record::Event(event_with(id, seconds, &"x".repeat(100)))
}

pub(crate) fn event_with(id: &str, seconds: i64, text: &str) -> EventRecord {
    let event = Event {
        id: id.to_owned(),
        source: "test".to_owned(),
        kind: "test.event".to_owned(),
        subject: None,
        time: NOW.plus_s(seconds),
        severity: None,
        effect: None,
        origin: None,
        tags: Vec::new(),
        text: text.to_owned(),
        data: serde_json::Value::Null,
    };
    let identity = Some(Identity { key: hash(id), content: hash(text) });
    EventRecord { event, realm: Realm::everyone(), identity, cause: None, hops: 0, about: Vec::new() }
}

/// Spread over all of its bits, as real identities are.
pub(crate) fn hash(text: &str) -> u128 {
    xxhash_rust::xxh3::xxh3_128(text.as_bytes())
}

pub(crate) fn person(name: &str) -> Record {
    let value = Person {
        name: Name::new(name).unwrap(),
        email: None,
        display_name: None,
        zone: None,
        role: Role::Member,
        created: NOW,
    };
    Record::Person { expect: Expect::New, value }
}

pub(crate) fn group(records: impl IntoIterator<Item = Record>) -> Draft {
    Draft { records: records.into_iter().collect() }
}

/// Stores a group of new records and answers what a reader should find.
pub(crate) async fn store(journal: &Journal, draft: Draft) -> Vec<Recorded> {
    let receipt = journal.submit(draft.clone()).await.unwrap();
    recorded(&draft, &receipt)
}

pub(crate) fn recorded(draft: &Draft, receipt: &Receipt) -> Vec<Recorded> {
    let pair = |(record, stored): (&Record, &event::Stored)| Recorded {
        seq: stored.seq(),
        received: receipt.received,
        record: record.clone(),
    };
    draft.records.iter().zip(&receipt.stored).map(pair).collect()
}

/// All that is stored, but for the records of starts.
pub(crate) fn contents(journal: &Journal) -> Vec<Recorded> {
    let mut all = journal.read(Seq(0), usize::MAX).unwrap();
    all.retain(|r| !matches!(r.record, Record::Started { .. }));
    all
}

pub(crate) fn file_names(store: &SimStore, prefix: &str) -> Vec<String> {
    store.names().into_iter().filter(|name| name.starts_with(prefix)).collect()
}

/// Waits for the sealer, whose thread nobody else waits for.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
}

/// The file that the state lies in.
pub(crate) const STATE: &str = "state.redb";

/// What is stored in a file.
pub(crate) fn bytes_of(store: &SimStore, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.tamper(name, |stored| bytes.clone_from(stored));
    bytes
}
