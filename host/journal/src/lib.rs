//! The journal: the one ordered, durable log of groups, and the state folded from it.
//!
//! A group is stored whole or not at all, and its effect on the state is visible when
//! its sender gets the answer. New groups go to the *tail*, one preallocated file
//! with one sync a batch; a full tail is sealed beside the writer into a *segment*, a
//! redb file that is only read from then on. [`state`] is the fold that decides what
//! may be stored; it is the only other thing written here.
//!
//! History ages out by whole segments ([`Keeper`]), behind *snapshots* of the state.
//!
//! Deliberately absent: any knowledge of what a record means, which is the state's
//! alone, and of when something is to be kept, aged or looked through.

mod journal;

mod growth;
mod hand;
mod known;
mod queue;
mod room;
mod writer;

mod block;
mod entry;
mod frame;
mod tail;

mod sealer;
mod segment;

mod history;
mod query;

mod backup;
mod keeper;
mod snapshot;
mod verify;

mod about;
mod lock;
mod meters;
mod names;
mod rebuild;
mod recover;
mod replay;

pub mod state;

mod backend;
mod store;

mod error;

pub use crate::backup::{
    Backup, BackupError, BackupInfo, NoBackup, backup_folder, check_backup, is_half_restored, restore,
};
pub use crate::error::{Damage, Ended, Newer, OpenError, ReadError};
pub use crate::growth::{Growth, Over};
pub use crate::hand::{Stepped, Stepper};
pub use crate::history::{Stretch, Unreadable};
pub use crate::journal::{Journal, Options};
pub use crate::keeper::{Aged, KeepError, Keeper, Retention, Scrubbed};
pub use crate::meters::{Meters, Stats};
pub use crate::query::{EventPage, EventQuery, Order, StoredEvent};
pub use crate::snapshot::SnapshotInfo;
pub use crate::state::{
    AlertQuery, FailureQuery, FailureRow, FailuresOf, Queues, Silences, State, StateError, Swept, View,
};
pub use crate::store::{DiskStore, Store, StoreFile, Stores};
pub use crate::verify::{Problem, Progress, Report, served_by, verify, verify_in};
