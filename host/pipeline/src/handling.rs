//! What the dispatcher and the lagging subscriptions share: performing runs.

use std::sync::Arc;

use event::{Clock, Subscription, Timestamp};
use journal::Journal;
use tokio::sync::Semaphore;

use crate::conclude::Conclude;
use crate::registry::Registry;
use crate::run::{Finished, Run, perform};
use crate::stage::{StageError, Standings};

/// How long the runs of one plugin and owner may hold up the batch that they are
/// in; what is left then lags, and the others go on.
const TURN_MS: i64 = 250;

#[derive(Clone)]
pub(crate) struct Handling {
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) standings: Standings,
    pub(crate) conclude: Conclude,
    /// As many calls at once as there are processors for them.
    threads: Arc<Semaphore>,
    /// Fewer for those that lag: they never hold up the others.
    lag_threads: Arc<Semaphore>,
}

/// In whose turn runs are performed.
#[derive(Clone, Copy)]
pub(crate) enum Lane {
    Dispatch,
    Lag,
}

impl Handling {
    pub(crate) fn new(
        journal: Journal,
        clock: Arc<dyn Clock>,
        registry: Arc<Registry>,
        standings: Standings,
        threads: usize,
    ) -> Handling {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { processors() } else { threads };
        Handling {
            conclude: Conclude { journal: journal.clone(), clock: clock.clone() },
            threads: Arc::new(Semaphore::new(threads)),
            lag_threads: Arc::new(Semaphore::new(threads.div_ceil(2))),
            journal,
            clock,
            registry,
            standings,
        }
    }

    /// Performs runs of one plugin for one owner in one instance. Runs that cannot be
    /// begun, because their plugin is broken or we are, fail by themselves.
    pub(crate) async fn perform(&self, lane: Lane, runs: Vec<Run>) -> Result<Vec<Finished>, StageError> {
        let Some(first) = runs.first() else { return Ok(Vec::new()) };
        let Subscription { handler, owner, .. } = Subscription::clone(&first.subscription);
        let plugin = match self.registry.ready(&handler).await {
            Ok(plugin) => plugin,
            Err(unready) => return Ok(runs.into_iter().map(|run| run.fail(unready.to_string())).collect()),
        };
        let threads = match lane {
            Lane::Dispatch => &self.threads,
            Lane::Lag => &self.lag_threads,
        };
        let permit = threads.clone().acquire_owned().await.map_err(StageError::damaged)?;
        let view = Arc::new(self.journal.view().map_err(StageError::damaged)?);
        let (clock, again) = (self.clock.clone(), runs.clone());
        let performed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let end = clock.now().plus_ms(TURN_MS);
            perform(&plugin, &owner, runs, &view, || clock.now() > end)
        });
        Ok(performed.await.unwrap_or_else(|broken| {
            tracing::error!(%handler, error = %broken, "a run broke off");
            again.into_iter().map(|run| run.fail(broken.to_string())).collect()
        }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
