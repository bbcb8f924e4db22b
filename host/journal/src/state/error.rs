//! What can go wrong with the state itself; what is wrong with a group is a `Refusal`.

use event::{Refusal, Seq};

/// A variant for each reaction of the caller.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A later version wrote it: do not start.
    #[error("the state has format {found}, and this version knows no format past {known}")]
    Newer { found: u64, known: u64 },
    /// An earlier version wrote it: fold it again from the journal, as this one does that.
    #[error("the state has format {found}, and this version has format {known}")]
    Older { found: u64, known: u64 },
    /// A row is not what was written. It is reported and never served; the state can
    /// be folded again from the journal.
    #[error("table `{table}` of the state is damaged at key {key}: {message}")]
    Damaged { table: &'static str, key: String, message: String },
    /// The journal holds what this state refuses: one of the two is not what it was.
    #[error("record {seq} stands in the journal, and the state refuses it: {refusal}")]
    Diverged { seq: Seq, refusal: Refusal },
    /// Groups between the state and the next one are missing.
    #[error("the state has applied the journal up to {applied}, and what comes next begins at {first}")]
    Gap { applied: Seq, first: Seq },
    /// No space on the disk: reopen when there is some.
    #[error("no space for the state: {0}")]
    Full(std::io::Error),
    /// An earlier try to reopen it failed.
    #[error("the state is closed, because it could not be opened again")]
    Closed,
    #[error("the state cannot be read or written: {0}")]
    Storage(Box<redb::Error>),
}

impl From<redb::Error> for StateError {
    fn from(error: redb::Error) -> StateError {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error {
            redb::Error::Io(io) if matches!(io.kind(), StorageFull | QuotaExceeded | FileTooLarge) => {
                StateError::Full(io)
            }
            error => StateError::Storage(Box::new(error)),
        }
    }
}

/// redb has an error for each kind of operation; to us they are all one.
macro_rules! from_redb {
    ($($error:ty),+) => {
        $(impl From<$error> for StateError {
            fn from(error: $error) -> StateError {
                redb::Error::from(error).into()
            }
        })+
    };
}

from_redb!(
    redb::CommitError,
    redb::DatabaseError,
    redb::SetDurabilityError,
    redb::StorageError,
    redb::TableError,
    redb::TransactionError
);
