//! Bringing the state up to what the log holds.

use event::{Clock, Seq};

use crate::history::History;
use crate::{Damage, Newer, OpenError, ReadError, State, StateError};

/// A long catching up says how far it is, this often.
const SAY_MS: i64 = 5000;

/// Records in one commit: enough to make it worth one, and few enough to hold in memory.
const COMMIT_RECORDS: u64 = 10_000;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    State(#[from] StateError),
}

/// Applies the groups up to a record, which is the last of its group, to a state that
/// nobody else sees.
pub(crate) fn replay_upto(state: &State, history: &History, upto: Seq) -> Result<(), ReplayError> {
    let mut batch = state.begin()?;
    history.visit_groups_upto::<ReplayError>(state.applied(), upto, |group| {
        batch.replay(group.first, group.received, &group.draft)?;
        Ok(())
    })?;
    Ok(batch.commit(true)?)
}

/// Applies what the state lacks. Its last commit is durable when anything was applied.
pub(crate) fn catch_up(state: &State, history: &History, clock: &dyn Clock) -> Result<(), ReplayError> {
    let from = state.applied();
    let (head, mut said) = (history.last(), clock.now());
    let mut batch = None;
    let mut committed = from;
    let mut last = from;
    history.visit_groups::<ReplayError>(from, |group| {
        if batch.is_none() {
            batch = Some(state.begin()?);
        }
        let open = batch.as_mut().expect("it was begun above");
        open.replay(group.first, group.received, &group.draft)?;
        last = Seq(group.first.0 + group.draft.records.len() as u64 - 1);
        if last.0 - committed.0 >= COMMIT_RECORDS {
            // There is one batch at a time: this one ends before the next begins.
            if let Some(full) = batch.take() {
                full.commit(false)?;
            }
            committed = last;
        }
        if clock.now().since(said) >= SAY_MS {
            said = clock.now();
            let percent = (last.0 - from.0) * 100 / (head.0 - from.0).max(1);
            tracing::info!(record = %last, of = %head, percent, "the state catches up with the log");
        }
        Ok(())
    })?;
    if last > from {
        batch.map_or_else(|| state.begin(), Ok)?.commit(true)?;
        tracing::info!(%from, to = %last, "the state has caught up with the log");
    }
    Ok(())
}

impl From<ReplayError> for OpenError {
    fn from(error: ReplayError) -> OpenError {
        match error {
            ReplayError::Read(error) => error.into(),
            ReplayError::State(error) => error.into(),
        }
    }
}

impl From<StateError> for OpenError {
    fn from(error: StateError) -> OpenError {
        let damaged = |problem| OpenError::Damaged(Damage { file: "the state".to_owned(), problem });
        match error {
            StateError::Newer { found, known } => {
                OpenError::Newer(Newer { what: "the state".to_owned(), found, known })
            }
            StateError::Full(io) => OpenError::Full(io),
            StateError::Damaged { .. } | StateError::Diverged { .. } | StateError::Gap { .. } => {
                damaged(error.to_string())
            }
            StateError::Older { .. } | StateError::Closed | StateError::Storage(_) => OpenError::State(error),
        }
    }
}
