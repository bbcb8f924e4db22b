//! Judges a disk: what was promised is there, what is there is whole, and it goes on.

use std::sync::{Arc, LazyLock};

use event::{Record, Recorded, Seq};
use journal::{Journal, Options, State, verify_in};
use testkit::records::happened;
use testkit::{ManualClock, SimStore};

use crate::driven::Driven;
use crate::life::{Life, recorded};

/// What a disk must hold, in the eyes of those who were told.
#[derive(Clone)]
pub(crate) struct Promise<'l> {
    pub(crate) options: &'l Options,
    pub(crate) clock: &'l ManualClock,
    /// In order; what has aged out is missing from the front.
    pub(crate) must: Vec<Recorded>,
    /// A group that was under way: all of it may be there, or nothing.
    pub(crate) may: Vec<Record>,
    /// Where history may begin, at the earliest and at the latest.
    pub(crate) first: (Seq, Seq),
}

/// What was found.
pub(crate) struct Found {
    pub(crate) records: Vec<Recorded>,
    pub(crate) first: Seq,
}

impl Life {
    /// What holds after a cut at that moment.
    pub(crate) fn promised(&self, cut: usize) -> Promise<'_> {
        let told = self.groups.partition_point(|group| group.operations <= cut);
        let must = self.groups[..told].iter().flat_map(|group| group.records.clone()).collect();
        let may = self.groups.get(told).map_or(&[][..], |group| &group.records);
        let may = may.iter().map(|recorded| recorded.record.clone()).collect();
        let before =
            self.aged.iter().rfind(|aged| aged.operations.1 <= cut).map_or(Seq(1), |aged| aged.first);
        let after = self.aged.iter().rfind(|aged| aged.operations.0 <= cut).map_or(Seq(1), |aged| aged.first);
        Promise { options: &self.options, clock: &self.clock, must, may, first: (before, after) }
    }
}

impl Promise<'_> {
    pub(crate) fn open(&self, disk: &SimStore) -> Result<Driven, String> {
        let opened = Driven::open(disk, self.clock, self.options);
        opened.map_err(|error| format!("it does not open: {error}"))
    }

    /// Holds what an open journal has against what was promised.
    pub(crate) fn hold(&self, journal: &Journal) -> Result<Found, String> {
        let first = journal.first();
        if first < self.first.0 || first > self.first.1 {
            return Err(format!(
                "history begins with {first}, and not from {} to {}",
                self.first.0, self.first.1
            ));
        }
        let mut records = journal.read(Seq(0), usize::MAX).map_err(|error| error.to_string())?;
        if journal.state().applied() != journal.head() {
            return Err(format!(
                "the state is at {}, the log at {}",
                journal.state().applied(),
                journal.head()
            ));
        }
        records.retain(|found| !matches!(found.record, Record::Started { .. }));
        let must: Vec<_> = self.must.iter().filter(|promised| promised.seq >= first).cloned().collect();
        let Some(beyond) = records.strip_prefix(must.as_slice()) else {
            let at =
                records.iter().zip(&must).position(|(a, b)| a != b).unwrap_or(records.len().min(must.len()));
            return Err(format!(
                "of {} promised records {at} are there; then {:?} instead of {:?}",
                must.len(),
                records.get(at).map(|r| r.seq),
                must.get(at).map(|r| r.seq)
            ));
        };
        if !beyond.is_empty() && !beyond.iter().map(|found| &found.record).eq(&self.may) {
            return Err(format!("half a group, or one of nobody: {beyond:?}"));
        }
        Ok(Found { records, first })
    }

    /// Opens the disk, looks, stores one more group, stops, and looks through all of it:
    /// the state must be what a fold of the log yields, row by row.
    pub(crate) fn check(&self, disk: &SimStore) -> Result<(), String> {
        let mut driven = self.open(disk)?;
        self.hold(&driven.journal)?;
        go_on(&mut driven)?;
        driven.leave();
        whole(disk)
    }
}

/// Stores a group.
pub(crate) fn go_on(driven: &mut Driven) -> Result<Vec<Recorded>, String> {
    let record = happened("after the cut", None);
    let receipt = driven.submit(record.clone().into()).map_err(|refusal| refusal.to_string())?;
    Ok(recorded(&[record], &receipt))
}

/// With its tables laid out, since that takes as long as all the rest.
static EMPTY_STATE: LazyLock<SimStore> = LazyLock::new(|| {
    let disk = SimStore::new();
    State::open(&disk.stores().state, "state.redb").unwrap();
    disk
});

/// Verifies a disk that nobody has open.
pub(crate) fn whole(disk: &SimStore) -> Result<(), String> {
    let report = verify_in(&disk.stores(), Arc::new(EMPTY_STATE.copy()), &mut |_| {});
    let report = report.map_err(|error| format!("it cannot be verified: {error}"))?;
    if report.problems.is_empty() && report.notes.is_empty() && report.state_rows.is_some() {
        return Ok(());
    }
    Err(format!("verifying: {:?}, {:?}", report.problems, report.notes))
}
