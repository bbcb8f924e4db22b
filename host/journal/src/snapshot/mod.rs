//! Snapshots: the state as it was after one record, in a file of the log.
//!
//! With one of them the state can be folded again without the history before it. A file
//! is a row of parts, each with its length and a checksum over its place, kind and
//! contents: a head, the state's rows as they are stored, an end that counts them. It is
//! named by the last record that it knows of; two are kept.

mod part;
mod read;
mod write;

use std::io;

use event::{Seq, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use self::read::{Snapshot, check};
pub(crate) use self::write::write;
use crate::names::{self, Listing};
use crate::store::Store;
use crate::{ReadError, StateError};

/// How many are kept: the newest, and one more in case that is damaged.
pub(crate) const KEPT: usize = 2;

/// How a snapshot's file is laid out; the rows within have the state's own format.
const FORMAT: u64 = 1;

/// What stands in front of the rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) format: u64,
    /// The last record that it knows of.
    pub(crate) seq: Seq,
    pub(crate) taken: Timestamp,
    /// The release that took it.
    pub(crate) release: String,
}

/// A snapshot that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The name of its file.
    pub name: String,
    /// The last record that it knows of.
    pub seq: Seq,
    pub taken: Timestamp,
}

/// Why none could be taken.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The state is not fit to be kept.
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<io::Error> for SnapshotError {
    fn from(error: io::Error) -> SnapshotError {
        SnapshotError::Read(error.into())
    }
}

/// What is known of the newest one whose head is readable.
pub(crate) fn newest(store: &dyn Store) -> Result<Option<SnapshotInfo>, ReadError> {
    for seq in Listing::of(store)?.snapshots.into_iter().rev() {
        match Snapshot::open(store, seq) {
            Ok(snapshot) => return Ok(Some(snapshot.info())),
            Err(error) => tracing::warn!(%error, "a snapshot is passed over"),
        }
    }
    Ok(None)
}

/// Removes all but the newest few.
pub(crate) fn prune(store: &dyn Store) -> io::Result<()> {
    let snapshots = Listing::of(store)?.snapshots;
    for seq in snapshots.iter().rev().skip(KEPT) {
        store.remove(&names::snapshot(*seq))?;
    }
    Ok(())
}
