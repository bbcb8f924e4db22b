//! Questions to the state. Lists come in the order of their keys, or as said.

mod config;
mod delivery;
mod handling;
mod queues;

use super::StateError;
use super::checksum;
use super::rows::{Rows, Span};
use super::tables::NAMES;

pub use self::handling::{AlertQuery, FailureQuery, FailuresOf, PendingChange};
pub use self::queues::Queues;

/// The state as of one commit; within a batch, with what the batch has written so far.
pub struct View {
    pub(super) rows: Rows,
}

impl View {
    pub(super) fn new(rows: Rows) -> View {
        View { rows }
    }

    /// Every row as a line `table key value`, parted by tabs, in the order of tables and
    /// keys: the key with its unprintable bytes escaped, the value as JSON. Reading all
    /// of it verifies every checksum, and two states are the same when their lines are.
    pub fn dump(&self) -> impl Iterator<Item = Result<String, StateError>> {
        NAMES.iter().enumerate().flat_map(|(index, name)| {
            let (rows, failed) = match self.rows.scan_raw(index, Span::all()) {
                Ok(rows) => (Some(rows), None),
                Err(error) => (None, Some(Err(error))),
            };
            let lines = rows.into_iter().flatten().map(move |row| {
                let (key, bytes) = row?;
                let json = checksum::verify(name, &key, &bytes)?;
                Ok(format!("{name}\t{}\t{}", key.escape_ascii(), String::from_utf8_lossy(json)))
            });
            failed.into_iter().chain(lines)
        })
    }
}
