//! Recorded → match → outcome, from the moment at which the subscriptions are known.
//!
//! To read them takes seconds when there are a million, so that is the stage's first work:
//! whoever sends events at a start is answered meanwhile.

mod walk;

use self::walk::Walk;
use crate::handling::Handling;
use crate::stage::{self, Stage, StageError, Step};

pub(crate) struct Dispatch {
    handling: Handling,
    /// None before the first step.
    walk: Option<Walk>,
}

impl Dispatch {
    /// Takes up where the journal's cursor stands.
    pub(crate) fn new(handling: Handling) -> Result<Dispatch, StageError> {
        let cursor = handling.journal.view().and_then(|view| view.cursor()).map_err(StageError::damaged)?;
        // How much waits is told from the start.
        handling.meters.cursor.set(cursor.0);
        Ok(Dispatch { handling, walk: None })
    }
}

impl Stage for Dispatch {
    const NAME: &'static str = "dispatch";

    async fn step(&mut self) -> Result<Step, StageError> {
        if let Some(walk) = &mut self.walk {
            return walk.step().await;
        }
        let handling = self.handling.clone();
        self.walk = Some(stage::blocking(move || Walk::new(handling)).await?);
        Ok(Step::Worked)
    }

    async fn called(&mut self) {
        match &mut self.walk {
            Some(walk) => walk.called().await,
            None => std::future::pending().await,
        }
    }
}
