//! Alert → placement → digest: who is told what, where and when.
//!
//! Planning and sealing are one stage, since a bucket may only be sealed once every
//! change up to that moment is in its place.

use std::sync::Arc;

use event::{Clock, Timestamp};
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
}

impl Tell {
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
        if self.plan(now).await? || self.seal(now).await? {
            return Ok(Step::Worked);
        }
        Ok(Step::Idle { next: self.next_due(now)? })
    }
}
