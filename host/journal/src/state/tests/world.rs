//! A state on a disk in memory, and a journal that talks to it.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use event::{Draft, Record, Refusal, Seq, Stored, Timestamp};
use redb::{Database, StorageBackend};
use testkit::records::BEGIN;

use crate::state::{Identities, State, StateError, View};

pub(super) struct World {
    pub(super) state: State,
    pub(super) disk: Disk,
    pub(super) groups: Vec<(Seq, Timestamp, Draft)>,
    pub(super) known: Known,
}

/// What the log remembers of events.
#[derive(Default)]
pub(super) struct Known(pub(super) HashMap<u128, (Seq, u128)>);

impl Identities for Known {
    fn find(&self, key: u128) -> Option<(Seq, u128)> {
        self.0.get(&key).copied()
    }
}

impl World {
    pub(super) fn new() -> World {
        let disk = Disk::default();
        World { state: disk.state().unwrap(), disk, groups: Vec::new(), known: Known::default() }
    }

    /// A world in which these records were taken, each as a group of its own.
    pub(super) fn with(records: Vec<Record>) -> World {
        let mut world = World::new();
        for record in records {
            world.take(record);
        }
        world
    }

    /// Each group comes in a second after the one before.
    pub(super) fn now(&self) -> Timestamp {
        BEGIN.plus_s(self.groups.len() as i64)
    }

    /// Takes a record, and answers its sequence number.
    pub(super) fn take(&mut self, record: impl Into<Record>) -> Seq {
        let record = record.into();
        let shown = format!("{record:?}");
        let stored = self.offer(vec![record]);
        stored.unwrap_or_else(|refusal| panic!("{shown}: {refusal}")).pop().unwrap().seq()
    }

    /// Offers a group, and checks that a refused one leaves no trace.
    pub(super) fn offer(&mut self, records: Vec<Record>) -> Result<Vec<Stored>, Refusal> {
        let draft = Draft { records };
        let (first, received) = (self.state.applied().next(), self.now());
        let before = lines(&self.view());
        let mut batch = self.state.begin().unwrap();
        let verdict = batch.apply(first, received, &draft, &self.known);
        if verdict.is_err() {
            assert_eq!(lines(batch.view()), before, "a refused group leaves no trace in its batch");
        }
        batch.commit(false).unwrap();
        match &verdict {
            Ok(_) => self.groups.push((first, received, draft)),
            Err(_) => assert_eq!(lines(&self.view()), before, "a refused group leaves no trace"),
        }
        verdict
    }

    /// Offers a group that is refused, and answers how: `conflict 0: …`.
    pub(super) fn refused(&mut self, records: Vec<Record>) -> String {
        let shown = format!("{records:?}");
        match self.offer(records) {
            Ok(stored) => panic!("{shown} was taken: {stored:?}"),
            Err(Refusal::Conflict { index, message }) => format!("conflict {index}: {message}"),
            Err(Refusal::Missing { index, message }) => format!("missing {index}: {message}"),
            Err(Refusal::Stale { message }) => format!("stale: {message}"),
            Err(other) => format!("other: {other}"),
        }
    }

    pub(super) fn view(&self) -> View {
        self.state.view().unwrap()
    }
}

/// Runs a table: after these records, that group is refused so.
pub(super) fn refusals(given: &[Record], table: Vec<(Vec<Record>, &str)>) {
    for (group, expected) in table {
        let mut world = World::with(given.to_vec());
        assert_eq!(world.refused(group), expected);
    }
}

pub(super) fn lines(view: &View) -> Vec<String> {
    view.dump().map(Result::unwrap).collect()
}

/// The lines of the tables whose names begin so, without what every commit writes.
pub(super) fn rows(view: &View, tables: &[&str]) -> Vec<String> {
    lines(view).into_iter().filter(|line| tables.iter().any(|table| line.starts_with(table))).collect()
}

/// A disk that survives its database, can be full, and can be damaged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    pub(crate) bytes: Arc<Mutex<Vec<u8>>>,
    pub(crate) full: Arc<AtomicBool>,
}

impl Disk {
    pub(crate) fn state(&self) -> Result<State, StateError> {
        let disk = self.clone();
        State::over(Box::new(move || Database::builder().create_with_backend(disk.clone())))
    }

    fn room(&self) -> io::Result<()> {
        match self.full.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let from = offset as usize;
        out.copy_from_slice(&self.bytes.lock().unwrap()[from..from + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.room()?;
        self.bytes.lock().unwrap().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.room()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.room()?;
        let from = offset as usize;
        self.bytes.lock().unwrap()[from..from + data.len()].copy_from_slice(data);
        Ok(())
    }
}
