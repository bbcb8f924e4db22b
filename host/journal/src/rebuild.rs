//! The state at a start: opened as it lies and brought up to the log, or folded again
//! from the newest good snapshot and what the log holds behind it.

use std::io;

use event::{Clock, Seq};

use crate::error::Damage;
use crate::history::History;
use crate::names::{self, Listing, STATE, STATE_BEFORE, STATE_DAMAGED, STATE_NEW};
use crate::replay::{ReplayError, catch_up};
use crate::snapshot::{Snapshot, SnapshotError};
use crate::state::guarded;
use crate::store::{Store, Stores, remove_if_there};
use crate::{OpenError, Options, State, StateError};

/// Where everything is that a state can be made of.
pub(crate) struct Sources<'s> {
    pub(crate) options: &'s Options,
    pub(crate) stores: &'s Stores,
    pub(crate) history: &'s History,
    /// The last record of the log.
    pub(crate) head: Seq,
    pub(crate) clock: &'s dyn Clock,
}

/// Opens the state and applies what it lacks.
///
/// # Errors
/// `Damaged` when it cannot be read and cannot be folded again, or when it knows more
/// than the log, unless [`Options::accept_loss`].
pub(crate) fn open_state(sources: &Sources<'_>) -> Result<State, OpenError> {
    sources.set_aside_lost_snapshots()?;
    let is_there = sources.has_state()?;
    let open = || State::open(&sources.stores.state, STATE).map_err(ReplayError::from);
    let trouble = match guarded(open) {
        Ok(state) if state.applied() > sources.head => {
            let problem =
                format!("it has applied record {}, and the log ends at {}", state.applied(), sources.head);
            if !sources.options.accept_loss {
                return Err(OpenError::Damaged(damage(problem)));
            }
            problem
        }
        Ok(state) if state.applied().next() < sources.history.first() => {
            format!(
                "it ends with record {}, and the log begins with {}",
                state.applied(),
                sources.history.first()
            )
        }
        // As in a backup that was restored: nothing is folded again.
        Ok(_) if !is_there && sources.snapshots()?.last() == Some(&sources.head) => return sources.rebuild(),
        Ok(_) if !is_there && sources.has_snapshots()? => "it is not there".to_owned(),
        Ok(_) if sources.is_marked()? => "a row of it was found damaged".to_owned(),
        Ok(state) => match guarded(|| catch_up(&state, sources.history, sources.clock)) {
            Ok(()) => return Ok(state),
            Err(error) => unreadable(error)?,
        },
        Err(error) => unreadable(error)?,
    };
    tracing::warn!(reason = trouble, "the state is folded again from what is kept");
    sources.rebuild()
}

impl Sources<'_> {
    fn has_state(&self) -> io::Result<bool> {
        Ok(self.stores.state.list()?.iter().any(|name| name == STATE))
    }

    fn has_snapshots(&self) -> io::Result<bool> {
        Ok(!self.snapshots()?.is_empty())
    }

    /// The last records that they know of, oldest first.
    fn snapshots(&self) -> io::Result<Vec<Seq>> {
        Ok(Listing::of(&*self.stores.log)?.snapshots)
    }

    /// A snapshot of records that the log has lost would pass for one of those that get
    /// their numbers next. It is kept under another name, for whoever wants to look.
    fn set_aside_lost_snapshots(&self) -> io::Result<()> {
        for seq in self.snapshots()?.into_iter().filter(|seq| *seq > self.head) {
            let name = names::snapshot(seq);
            tracing::warn!(name, head = %self.head, "the log has lost what this snapshot knows: it is set aside");
            self.stores.log.rename(&name, &format!("lost-{name}"))?;
            self.stores.log.sync_names()?;
        }
        Ok(())
    }

    fn rebuild(&self) -> Result<State, OpenError> {
        let filled = self.fill()?;
        let store = &self.stores.state;
        if self.has_state()? {
            store.rename(STATE, STATE_BEFORE)?;
        }
        if filled {
            store.rename(STATE_NEW, STATE)?;
        }
        store.sync_names()?;
        let state = State::open(store, STATE)?;
        catch_up(&state, self.history, self.clock)?;
        if self.is_marked()? {
            store.remove(STATE_DAMAGED)?;
            store.sync_names()?;
        }
        Ok(state)
    }

    fn is_marked(&self) -> io::Result<bool> {
        Ok(self.stores.state.list()?.iter().any(|name| name == STATE_DAMAGED))
    }

    /// Fills a file from the newest snapshot that is good and to which the log attaches;
    /// false when the log holds everything, and there is no such snapshot.
    fn fill(&self) -> Result<bool, OpenError> {
        let first = self.history.first();
        for seq in self.snapshots()?.into_iter().rev() {
            let name = names::snapshot(seq);
            if seq > self.head || seq.next() < first {
                tracing::warn!(name, %first, head = %self.head, "the log does not attach to this snapshot");
                continue;
            }
            match fill_from(&*self.stores.log, seq, &*self.stores.state, STATE_NEW) {
                Ok(()) => {
                    tracing::info!(name, "the state is taken from a snapshot");
                    return Ok(true);
                }
                Err(SnapshotError::State(StateError::Full(error))) => return Err(OpenError::Full(error)),
                Err(error) => {
                    tracing::warn!(%error, name, "this snapshot is no good; the one before is tried")
                }
            }
        }
        remove_if_there(&*self.stores.state, STATE_NEW)?;
        if first == Seq(1) {
            return Ok(false);
        }
        let problem = format!(
            "it cannot be read, no snapshot is good, and the log begins with record {first} only: \
             restore a backup into another folder (`tellify restore FILE --data DIR`)"
        );
        Err(OpenError::Damaged(damage(problem)))
    }
}

/// Makes a state of that name in `store` of a snapshot in the log.
pub(crate) fn fill_from(
    log: &dyn Store,
    seq: Seq,
    store: &dyn Store,
    name: &str,
) -> Result<(), SnapshotError> {
    let rows = Snapshot::open(log, seq)?.rows();
    State::fill(store, name, rows.map(|row| row.map_err(SnapshotError::from)))
}

/// Why the state is of no use, if that is so; other errors are handed on.
fn unreadable(error: ReplayError) -> Result<String, OpenError> {
    match error {
        ReplayError::State(
            error @ (StateError::Older { .. } | StateError::Damaged { .. } | StateError::Gap { .. }),
        ) => Ok(error.to_string()),
        ReplayError::State(StateError::Storage(error)) if speaks_of_contents(&error) => Ok(error.to_string()),
        error => Err(error.into()),
    }
}

/// Whether redb could read the file, and not what stands in it.
fn speaks_of_contents(error: &redb::Error) -> bool {
    match error {
        redb::Error::Io(io) => matches!(io.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof),
        _ => true,
    }
}

fn damage(problem: String) -> Damage {
    Damage { file: STATE.to_owned(), problem }
}

/// Has the next start fold the state again.
pub(crate) fn mark_damaged(store: &dyn Store, what: &str) -> io::Result<()> {
    let file = store.create(STATE_DAMAGED)?;
    file.write_at(0, what.as_bytes())?;
    file.sync()?;
    store.sync_names()
}
