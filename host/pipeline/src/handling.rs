//! What the dispatcher and the lagging subscriptions share: performing runs.

use std::sync::Arc;

use event::{Clock, Subscription, Timestamp};
use journal::Journal;
use meter::Pulse;

use crate::blocking::aside;
use crate::conclude::Conclude;
use crate::meters::Meters;
use crate::pools::Pools;
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
    pub(crate) meters: Arc<Meters>,
    pools: Pools,
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
        pools: Pools,
        meters: Arc<Meters>,
    ) -> Handling {
        let pulse = Pulse::default();
        let conclude =
            Conclude { journal: journal.clone(), clock: clock.clone(), meters: meters.clone(), pulse };
        Handling { journal, clock, registry, standings, conclude, meters, pools }
    }

    /// The same, for somebody beside the dispatcher, whose work is no sign of its life.
    pub(crate) fn aside(&self) -> Handling {
        let conclude = Conclude { pulse: Pulse::default(), ..self.conclude.clone() };
        Handling { conclude, ..self.clone() }
    }

    /// Performs runs of one version of a plugin for one owner in one instance. Runs that cannot be
    /// begun, because their plugin is broken or we are, fail by themselves.
    pub(crate) async fn perform(&self, lane: Lane, runs: Vec<Run>) -> Result<Vec<Finished>, StageError> {
        let Some(first) = runs.first() else { return Ok(Vec::new()) };
        let Subscription { handler, handler_sha256, owner, .. } = Subscription::clone(&first.subscription);
        let plugin = match self.registry.ready(&handler, handler_sha256.as_deref()).await {
            Ok(plugin) => plugin,
            Err(unready) => return Ok(runs.into_iter().map(|run| run.fail(unready.to_string())).collect()),
        };
        let pool = match lane {
            Lane::Dispatch => &self.pools.calls,
            Lane::Lag => &self.pools.lagging,
        };
        let permit = pool.enter().await.map_err(StageError::damaged)?;
        let view = Arc::new(self.journal.view().map_err(StageError::damaged)?);
        let (clock, meters, again) = (self.clock.clone(), self.meters.clone(), runs.clone());
        let performed = aside(move || {
            let _permit = permit;
            let end = clock.now().plus_ms(TURN_MS);
            perform(&plugin, &owner, runs, &view, &meters, || clock.now() > end)
        });
        let performed = performed.await;
        self.conclude.pulse.beat();
        Ok(performed.unwrap_or_else(|broken| {
            tracing::error!(%handler, error = %broken, "a run broke off");
            again.into_iter().map(|run| run.fail(broken.to_string())).collect()
        }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
