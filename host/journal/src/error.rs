//! What can go wrong outside of a single group, whose refusals are [`event::Refusal`].

use std::fmt;
use std::io;

use crate::StateError;
use crate::store::is_full;

/// Why the journal does not open. A variant for each reaction.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has this folder: stop them, or take another.
    #[error("the journal is in use{}", process(*pid))]
    Locked { pid: Option<u32> },
    /// What was acknowledged is unreadable. Nothing was changed.
    #[error("the journal is damaged: {0}")]
    Damaged(Damage),
    /// Written by a later release: take that one.
    #[error(transparent)]
    Newer(Newer),
    /// No room to begin: make some.
    #[error("the disk is full: {0}")]
    Full(io::Error),
    #[error("the journal cannot be opened: {0}")]
    Io(io::Error),
    #[error("the state cannot be opened: {0}")]
    State(StateError),
}

/// Why something stored cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It fails its checksum, or is not where it must be. It is never served.
    #[error("the journal is damaged: {0}")]
    Damaged(Damage),
    /// Written by a later release.
    #[error(transparent)]
    Newer(Newer),
    #[error("the journal cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Something that a later release wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} has format {found}, and this release of Tellify knows no format past {known}: \
     start the release that wrote it, or a later one"
)]
pub struct Newer {
    pub what: String,
    pub found: u64,
    pub known: u64,
}

/// Where something is wrong, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The name of the file.
    pub file: String,
    pub problem: String,
}

/// Why the writer ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// After it nobody knows what is on the disk, so nothing more is acknowledged.
    #[error("a sync failed: {0}")]
    SyncFailed(String),
    /// The log took a group that the state cannot take.
    #[error("the state failed: {0}")]
    StateFailed(String),
    /// Somebody came across a row that is not what was written. The next start folds the
    /// state again.
    #[error("the state is damaged, and is folded again at the next start: {0}")]
    StateDamaged(String),
    #[error("the writer panicked: {0}")]
    Panicked(String),
}

impl ReadError {
    pub(crate) fn newer(what: impl Into<String>, found: u64, known: u64) -> ReadError {
        ReadError::Newer(Newer { what: what.into(), found, known })
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> OpenError {
        if is_full(&error) { OpenError::Full(error) } else { OpenError::Io(error) }
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> OpenError {
        match error {
            ReadError::Damaged(damage) => OpenError::Damaged(damage),
            ReadError::Newer(what) => OpenError::Newer(what),
            ReadError::Io(error) => error.into(),
        }
    }
}

pub(crate) fn damaged(file: &str, problem: impl Into<String>) -> ReadError {
    ReadError::Damaged(Damage { file: file.to_owned(), problem: problem.into() })
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
}
