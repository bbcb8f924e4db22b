//! The journal: the one ordered, durable log of groups, and the state folded from it.
//!
//! A group is stored whole or not at all, and its effect on the state is visible when
//! its sender gets the answer. New groups go to the *tail*, one preallocated file
//! with one sync a batch; a full tail is sealed beside the writer into a *segment*, a
//! redb file that is only read from then on. [`state`] is the fold that decides what
//! may be stored; it is the only other thing written here.
//!
//! Deliberately absent: retention and snapshots (history is kept whole), and any
//! knowledge of what a record means, which is the state's alone.

mod journal;

mod known;
mod queue;
mod writer;

mod block;
mod entry;
mod frame;
mod tail;

mod sealer;
mod segment;

mod history;
mod query;

mod lock;
mod meters;
mod names;
mod recover;
mod replay;

pub mod state;

mod store;

mod error;

pub use crate::error::{Damage, Ended, OpenError, ReadError};
pub use crate::journal::{Journal, Options};
pub use crate::lock::holder;
pub use crate::meters::{Meters, Stats};
pub use crate::query::{EventPage, EventQuery, Order, StoredEvent};
pub use crate::state::{AlertQuery, FailureQuery, FailuresOf, Queues, State, StateError, View};
pub use crate::store::{DiskStore, Store, StoreFile};
