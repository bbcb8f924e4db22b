//! Questions to the state. Lists come in the order of their keys, or as said.

mod config;
mod delivery;
mod handling;
mod keeping;
mod plugins;
mod queues;

use super::checksum;
use super::rows::{Rows, Span};
use super::tables::NAMES;
use super::{RawRow, StateError};

pub use self::handling::{AlertQuery, FailureQuery, FailuresOf, PendingChange};
pub use self::keeping::Swept;
pub use self::queues::Queues;

/// The state as of one commit; within a batch, with what the batch has written so far.
pub struct View {
    pub(super) rows: Rows,
}

impl View {
    pub(super) fn new(rows: Rows) -> View {
        View { rows }
    }

    /// Every row as it is stored, verified, in the order of tables and keys.
    pub(crate) fn raw_rows(&self) -> impl Iterator<Item = Result<RawRow, StateError>> {
        (0..NAMES.len()).flat_map(|table| {
            let (rows, failed) = match self.rows.scan_raw(table, Span::all()) {
                Ok(rows) => (Some(rows), None),
                Err(error) => (None, Some(Err(error))),
            };
            let rows = rows.into_iter().flatten().map(move |row| {
                let (key, bytes) = row?;
                checksum::verify(NAMES[table], &key, &bytes)?;
                Ok((table, key, bytes))
            });
            failed.into_iter().chain(rows)
        })
    }

    /// Every row as a line `table key value`, parted by tabs, in the order of tables and
    /// keys: the key with its unprintable bytes escaped, the value as JSON. Reading all
    /// of it verifies every checksum, and two states are the same when their lines are.
    pub fn dump(&self) -> impl Iterator<Item = Result<String, StateError>> {
        self.raw_rows().map(|row| {
            let (table, key, bytes) = row?;
            let json = checksum::verify(NAMES[table], &key, &bytes)?;
            Ok(format!("{}\t{}\t{}", NAMES[table], key.escape_ascii(), String::from_utf8_lossy(json)))
        })
    }
}
