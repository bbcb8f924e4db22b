//! Verifying a whole folder: every checksum of it, and each fold against the log.
//!
//! It takes no lock and writes nothing, so it works beside a daemon: what that seals,
//! merges or lets age out meanwhile is looked for again. Only the state's file is
//! closed to others then; a snapshot, which the daemon takes of verified values, stands
//! in for it.

mod compare;
mod walk;

use std::io;
use std::path::Path;
use std::sync::Arc;

use event::Seq;
use serde::Serialize;

use self::compare::Compare;
use self::walk::Walk;
use crate::names::{self, Listing, STATE};
use crate::state::guarded;
use crate::store::{Store, Stores};
use crate::{DiskStore, ReadError, State, StateError, snapshot};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The first and the last record of the log; the last is before the first when there is none.
    pub first: Seq,
    pub last: Seq,
    pub segments: usize,
    pub snapshots: usize,
    /// Rows of the state, when it could be looked at.
    pub state_rows: Option<u64>,
    /// The daemon that has the folder.
    pub process: Option<u32>,
    /// What is wrong. Nothing: all is as it was written.
    pub problems: Vec<Problem>,
    /// What could not be looked at, and why that is no problem.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub file: String,
    /// The first and the last record that may be hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Seq>,
    pub problem: String,
}

/// How far it is, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
    /// What is being looked at.
    pub at: String,
}

/// The process that has a journal's folder, if any has.
pub fn served_by(folder: &Path) -> io::Result<Option<u32>> {
    Stores::read_only(folder).holder()
}

/// Verifies the journal in a folder, and says how far it is after each file.
///
/// # Errors
/// When nothing can be said: there is no journal, it may not be read, or it is of a
/// newer format. Damage is no error, but in the report.
pub fn verify(folder: &Path, tell: &mut dyn FnMut(&Progress)) -> Result<Report, ReadError> {
    let scratch = tempfile::tempdir()?;
    let folded = DiskStore::open(scratch.path())?;
    verify_in(&Stores::read_only(folder), Arc::new(folded), tell)
}

/// The same for any stores; the log is folded again in `scratch`, which must be empty.
pub fn verify_in(
    stores: &Stores,
    scratch: Arc<dyn Store>,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Report, ReadError> {
    let log = &stores.log;
    let mut report = Report { process: stores.holder()?, ..Report::default() };
    let total = total_bytes(&**log)?;
    let mut meter = Meter { progress: Progress { total, ..Progress::default() }, tell };
    let walked = Walk::new(log, &mut report, &mut meter).go()?;
    let snapshots = check_snapshots(&**log, &mut report, &mut meter)?;
    let state = open_state(&*stores.state, &mut report)?;
    meter.at("a replay of the log", 0);
    let compare =
        Compare { log, scratch: &scratch, walked: &walked, snapshots: &snapshots, state: state.as_ref() };
    compare.go(&mut report)?;
    meter.progress.done = meter.progress.total;
    meter.at("", 0);
    Ok(report)
}

/// Which snapshots are good, oldest first.
fn check_snapshots(
    store: &dyn Store,
    report: &mut Report,
    meter: &mut Meter<'_>,
) -> Result<Vec<Seq>, ReadError> {
    let mut good = Vec::new();
    for seq in Listing::of(store)?.snapshots {
        let name = names::snapshot(seq);
        let bytes = store.open(&name).and_then(|file| file.size()).unwrap_or(0);
        meter.at(&name, 0);
        match snapshot::check(store, seq) {
            Ok(_) => good.push(seq),
            Err(error) => match report.take(error, None) {
                // A newer one took its place.
                Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            },
        }
        meter.at(&name, bytes);
    }
    report.snapshots = good.len();
    Ok(good)
}

/// The state as it lies, when nobody has it open.
fn open_state(store: &dyn Store, report: &mut Report) -> Result<Option<State>, ReadError> {
    if let Some(process) = report.process {
        report.notes.push(format!(
            "the state is open in process {process}: its values are verified whenever that takes a snapshot"
        ));
        return Ok(None);
    }
    let file = match store.open(STATE) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            report.notes.push("there is no state: the next start folds it again".to_owned());
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let opened = guarded(|| {
        let state = State::frozen(file)?;
        let rows = state.view()?.raw_rows().try_fold(0, |count, row| row.map(|_| count + 1))?;
        Ok((state, rows))
    });
    match opened {
        Ok((state, rows)) => {
            report.state_rows = Some(rows);
            Ok(Some(state))
        }
        Err(error @ StateError::Older { .. }) => {
            report.notes.push(format!("{error}: the next start folds it again"));
            Ok(None)
        }
        Err(error) => {
            report.problem(STATE, None, format!("{error}; the next start folds it again"));
            Ok(None)
        }
    }
}

fn total_bytes(store: &dyn Store) -> Result<u64, ReadError> {
    let Listing { segments, snapshots, .. } = Listing::of(store)?;
    let segments = segments.iter().map(|(first, last)| names::segment(*first, *last));
    let files = segments.chain(snapshots.iter().map(|seq| names::snapshot(*seq)));
    // What is gone by now needs no looking at.
    Ok(files.filter_map(|name| store.open(&name).and_then(|file| file.size()).ok()).sum())
}

struct Meter<'t> {
    progress: Progress,
    tell: &'t mut dyn FnMut(&Progress),
}

impl Meter<'_> {
    fn at(&mut self, what: &str, done: u64) {
        self.progress.done += done;
        self.progress.total = self.progress.total.max(self.progress.done);
        what.clone_into(&mut self.progress.at);
        (self.tell)(&self.progress);
    }
}

impl Report {
    /// Notes damage; other errors are handed on.
    fn take(&mut self, error: ReadError, records: Option<(Seq, Seq)>) -> Result<(), ReadError> {
        match error {
            ReadError::Damaged(damage) => {
                self.problem(&damage.file, records, damage.problem);
                Ok(())
            }
            other => Err(other),
        }
    }

    fn problem(&mut self, file: &str, records: Option<(Seq, Seq)>, problem: String) {
        let (first, last) = records.unzip();
        self.problems.push(Problem { file: file.to_owned(), first, last, problem });
    }
}
