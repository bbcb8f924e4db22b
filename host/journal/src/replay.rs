//! Bringing the state up to what the log holds.

use event::Seq;

use crate::history::History;
use crate::{Damage, OpenError, ReadError, State, StateError};

/// Records in one commit: enough to make it worth one, and few enough to hold in memory.
const COMMIT_RECORDS: u64 = 10_000;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    State(#[from] StateError),
}

/// Applies what the state lacks. Its last commit is durable when anything was applied.
pub(crate) fn catch_up(state: &State, history: &History) -> Result<(), ReplayError> {
    let from = state.applied();
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
            StateError::Newer { .. } => OpenError::Newer(error.to_string()),
            StateError::Full(io) => OpenError::Full(io),
            StateError::Damaged { .. } | StateError::Diverged { .. } | StateError::Gap { .. } => {
                damaged(error.to_string())
            }
            StateError::Closed | StateError::Storage(_) => OpenError::State(error),
        }
    }
}
