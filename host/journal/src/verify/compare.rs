//! Whether snapshots and the state are what a replay of the log yields.

use std::io::ErrorKind;
use std::sync::Arc;

use event::Seq;

use super::Report;
use super::walk::Walked;
use crate::names::STATE;
use crate::rebuild::fill_from;
use crate::replay::{ReplayError, replay_upto};
use crate::snapshot::{Snapshot, SnapshotError};
use crate::state::{RawRow, table_name};
use crate::store::Store;
use crate::{ReadError, State, names};

pub(super) struct Compare<'c> {
    pub(super) log: &'c Arc<dyn Store>,
    /// Where the log is folded again: what lies there is of no further use.
    pub(super) scratch: &'c Arc<dyn Store>,
    pub(super) walked: &'c Walked,
    /// The good ones, oldest first.
    pub(super) snapshots: &'c [Seq],
    /// The good state, when it could be opened.
    pub(super) state: Option<&'c State>,
}

impl Compare<'_> {
    /// Folds the log from the oldest point that there is, and holds what comes of it
    /// against everything later.
    pub(super) fn go(&self, report: &mut Report) -> Result<(), ReadError> {
        if !self.walked.whole {
            report.notes.push("the log is damaged, so nothing was compared with a replay of it".to_owned());
            return Ok(());
        }
        match self.replay(report) {
            Ok(()) => Ok(()),
            Err(ReplayError::Read(ReadError::Io(error))) if error.kind() == ErrorKind::NotFound => {
                let note = "files were merged or aged out during the replay: what is left was not compared";
                report.notes.push(note.to_owned());
                Ok(())
            }
            Err(ReplayError::Read(error)) => report.take(error, None),
            Err(ReplayError::State(error)) => {
                report.problem("the log", None, format!("a replay of it fails: {error}"));
                Ok(())
            }
        }
    }

    fn replay(&self, report: &mut Report) -> Result<(), ReplayError> {
        let (first, last) = (self.walked.history.first(), report.last);
        let mut snapshots = self.snapshots.iter().copied().filter(|seq| *seq <= last);
        if first > Seq(1) {
            let Some(base) = snapshots.find(|seq| seq.next() >= first) else {
                report.notes.push(
                    "no snapshot reaches back to where the log begins: nothing was compared".to_owned(),
                );
                return Ok(());
            };
            fill_from(&**self.log, base, &**self.scratch, STATE).map_err(replay_error)?;
        }
        let replayed = State::open(self.scratch, STATE)?;
        for seq in snapshots {
            replay_upto(&replayed, &self.walked.history, seq)?;
            let snapshot = match Snapshot::open(&**self.log, seq) {
                Err(ReadError::Io(error)) if error.kind() == ErrorKind::NotFound => continue,
                snapshot => snapshot?,
            };
            if snapshot.head.release != env!("CARGO_PKG_VERSION") {
                let release = &snapshot.head.release;
                report.notes.push(format!(
                    "{} is of release {release}, so it was not compared",
                    names::snapshot(seq)
                ));
                continue;
            }
            let rows = snapshot.rows().map(|row| row.map_err(ReplayError::from));
            hold_against(&replayed, rows, &names::snapshot(seq), report)?;
        }
        if let Some(state) = self.state
            && state.applied() <= report.last
        {
            replay_upto(&replayed, &self.walked.history, state.applied())?;
            let view = state.view()?;
            let rows = view.raw_rows().map(|row| row.map_err(ReplayError::from));
            hold_against(&replayed, rows, STATE, report)?;
        }
        Ok(())
    }
}

/// Compares row by row, and reports the first difference.
fn hold_against(
    replayed: &State,
    rows: impl Iterator<Item = Result<RawRow, ReplayError>>,
    file: &str,
    report: &mut Report,
) -> Result<(), ReplayError> {
    let view = replayed.view()?;
    let mut expected = view.raw_rows();
    for row in rows {
        let (row, expected) = (row?, expected.next().transpose()?);
        if Some(&row) != expected.as_ref() {
            let seen = if expected.as_ref().is_some_and(|expected| expected.0 == row.0 && expected.1 < row.1)
            {
                expected.unwrap_or(row)
            } else {
                row
            };
            report.problem(file, None, differs(&seen));
            return Ok(());
        }
    }
    if let Some(missing) = expected.next().transpose()? {
        report.problem(file, None, differs(&missing));
    }
    Ok(())
}

fn differs((table, key, _): &RawRow) -> String {
    format!(
        "it is not what a replay of the log yields, first in table `{}` at key {}",
        table_name(*table),
        key.escape_ascii()
    )
}

fn replay_error(error: SnapshotError) -> ReplayError {
    match error {
        SnapshotError::State(error) => ReplayError::State(error),
        SnapshotError::Read(error) => ReplayError::Read(error),
    }
}
