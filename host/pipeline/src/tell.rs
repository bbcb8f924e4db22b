//! Alert → placement → digest: who is told what, where and when.
//!
//! Planning and sealing are one stage, since a bucket may only be sealed once every
//! change up to that moment is in its place.

use std::sync::Arc;

use event::{Clock, Seq, Timestamp};
use journal::Journal;
use meter::Pulse;

use crate::backend::Live;
use crate::ids::Ids;
use crate::keys::Keys;
use crate::meters::Meters;
use crate::registry::Registry;
use crate::stage::{Stage, StageError, Step};

const PAUSE_MS: i64 = 1000;

pub(crate) struct Tell {
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) keys: Keys,
    pub(crate) ids: Ids,
    pub(crate) options: Live,
    pub(crate) meters: Arc<Meters>,
    pub(crate) pulse: Pulse,
    /// What fell due by this moment is sealed next, once all changes up to it are planned.
    pub(crate) moment: Option<Moment>,
}

/// A moment, and where the journal ended at it.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    now: Timestamp,
    head: Seq,
}

impl Tell {
    /// Whether every change up to there has its answer.
    fn is_planned(&self, head: Seq) -> Result<bool, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let pending = view.pending(1).map_err(StageError::damaged)?;
        Ok(pending.first().is_none_or(|((seq, _), _)| *seq > head))
    }

    /// What is due by now and could not be sealed is looked at again after a pause.
    fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let due = view.next_bucket_due().map_err(StageError::damaged)?;
        Ok(due.map(|due| if due > now { due } else { now.plus_ms(PAUSE_MS) }))
    }
}

impl Stage for Tell {
    const NAME: &'static str = "tell";

    async fn step(&mut self) -> Result<Step, StageError> {
        let now = self.clock.now();
        let moment = *self.moment.get_or_insert_with(|| Moment { now, head: self.journal.head() });
        let planned = self.plan(now).await?;
        // Changes that came later are in nobody's way, or under a load that never ends
        // nothing would ever be sealed.
        if !self.is_planned(moment.head)? {
            return Ok(Step::Worked);
        }
        self.moment = None;
        let sealed = self.seal(moment.now).await?;
        Ok(if planned || sealed { Step::Worked } else { Step::Idle { next: self.next_due(now)? } })
    }
}
