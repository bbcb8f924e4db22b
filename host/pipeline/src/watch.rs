//! The daemon watches itself: an event of its own goes all the way, again and again.
//!
//! From bytes to the journal, by the matcher and a plugin into a digest, and out to somebody
//! who raises an alarm when nothing comes. So whatever stands still on that way, somebody
//! hears of it, and nothing here has to find out what it is.

use std::sync::Arc;

use event::{Clock, Timestamp};
use tokio::sync::watch;

use crate::backend::{Backend, BackendOptions};
use crate::stage::{Stage, StageError, Step};

pub(crate) struct Watch {
    backend: Arc<Backend>,
    clock: Arc<dyn Clock>,
    options: watch::Receiver<Arc<BackendOptions>>,
    /// When the next event is due.
    due: Option<Timestamp>,
    /// The person and subscription are there.
    is_prepared: bool,
    /// Why the last event was not taken: said once.
    refused: Option<String>,
}

impl Watch {
    pub(crate) fn new(backend: Arc<Backend>) -> Watch {
        let (clock, options) = (backend.clock.clone(), backend.options.watch());
        Watch { backend, clock, options, due: None, is_prepared: false, refused: None }
    }

    /// One event, of which nobody hears when it is refused: the one outside will.
    async fn send(&mut self, now: Timestamp) {
        let sent = match self.is_prepared {
            true => Ok(()),
            false => self.backend.prepare_watch(now).await,
        };
        self.is_prepared = sent.is_ok();
        let taken = match sent {
            Ok(()) => self.backend.take_watch(now).await,
            Err(problem) => Err(problem),
        };
        let refused = taken.err().map(|problem| problem.detail.to_string());
        if let Some(reason) = refused.as_ref().filter(|_| refused != self.refused) {
            tracing::warn!(reason, "the daemon's own event was not taken");
        }
        self.refused = refused;
    }
}

impl Stage for Watch {
    const NAME: &'static str = "watch";

    async fn step(&mut self) -> Result<Step, StageError> {
        let every = self.options.borrow_and_update().watch.as_ref().map(|options| options.every);
        let Some(every) = every else {
            self.due = None;
            return Ok(Step::Idle { next: None });
        };
        let now = self.clock.now();
        let next = now.plus_ms(i64::try_from(every.as_millis()).unwrap_or(i64::MAX));
        // A clock that was set back makes nobody wait for the moment that was meant.
        let due = self.due.filter(|due| *due <= next).unwrap_or(now);
        if due > now {
            return Ok(Step::Idle { next: Some(due) });
        }
        self.send(now).await;
        self.due = Some(next);
        Ok(Step::Worked)
    }

    /// Other options may bring work.
    async fn called(&mut self) {
        if self.options.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
