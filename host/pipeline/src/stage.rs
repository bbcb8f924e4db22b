//! How a stage runs: look for work, do it, sleep until there may be more.

use std::sync::{Arc, Mutex, MutexGuard};

use event::{Clock, Refusal, Seq, Timestamp};
use journal::Journal;
use meter::{Pulse, Timer};
use tokio::sync::watch;

use crate::blocking::aside;
use crate::meters::Meters;

/// One stage of the flow. It keeps no work in memory that the journal does not
/// hold, so it can be dropped and made anew at any moment.
pub(crate) trait Stage: Send + 'static {
    const NAME: &'static str;

    /// Does the next piece of work, or says that there is none.
    fn step(&mut self) -> impl Future<Output = Result<Step, StageError>> + Send;

    /// Brings to an end what is under way, when the daemon stops.
    fn finish(&mut self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Ends when something other than the journal or the clock gives it work.
    fn called(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

pub(crate) enum Step {
    Worked,
    /// Nothing to do before this moment, or before the journal grows.
    Idle {
        next: Option<Timestamp>,
    },
    /// Work is under way elsewhere, and its end will call; there is more at this moment.
    Waiting {
        next: Option<Timestamp>,
    },
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StageError {
    #[error("the journal is closed: {0}")]
    Closed(String),
    /// The disk is full: nothing is lost, and the work is looked for again.
    #[error("waiting for space: {0}")]
    Full(String),
    /// A group that no journal would take.
    #[error("{0}")]
    TooLarge(String),
    /// What the journal holds cannot be read or applied.
    #[error("{0}")]
    Damaged(String),
}

impl StageError {
    /// Its kind, for counting.
    fn word(&self) -> &'static str {
        match self {
            StageError::Closed(_) => "closed",
            StageError::Full(_) => "full",
            StageError::TooLarge(_) => "too-large",
            StageError::Damaged(_) => "damaged",
        }
    }

    pub(crate) fn damaged(error: impl std::fmt::Display) -> StageError {
        StageError::Damaged(error.to_string())
    }
}

/// What became of a stage's own group. A refusal that says the state has moved on
/// is no failure: the stage looks again.
pub(crate) enum Settled {
    Stored,
    Overtaken,
}

/// Submits a stage's own group, and sorts the refusals by reaction.
pub(crate) async fn submit(journal: &Journal, draft: event::Draft) -> Result<Settled, StageError> {
    match journal.submit(draft).await {
        Ok(_) => Ok(Settled::Stored),
        Err(Refusal::Stale { message } | Refusal::Missing { message, .. }) => {
            tracing::debug!(message, "a group was overtaken");
            Ok(Settled::Overtaken)
        }
        Err(Refusal::Full { message }) => Err(StageError::Full(message)),
        Err(Refusal::Closed { message }) => Err(StageError::Closed(message)),
        Err(refusal @ Refusal::TooLarge { .. }) => Err(StageError::TooLarge(refusal.to_string())),
        Err(other) => Err(StageError::damaged(other)),
    }
}

/// Reads from the journal on a thread that may wait for the disk.
pub(crate) async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    read: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, StageError> {
    aside(read).await.map_err(StageError::damaged)?.map_err(StageError::damaged)
}

/// How long a stage waits after a failure that may pass.
const PAUSE_MS: i64 = 1000;

/// What a stage shares with those who watch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// It has dealt with everything up to here; none while it works.
    pub(crate) idle_at: Option<Seq>,
    pub(crate) next: Option<Timestamp>,
}

impl Standing {
    pub(crate) const BUSY: Standing = Standing { idle_at: None, next: None };
}

/// The standings of all that works on the journal: the stages, and the subscriptions
/// that read for themselves.
#[derive(Clone, Default)]
pub(crate) struct Standings {
    all: Arc<Mutex<Vec<watch::Receiver<Standing>>>>,
}

impl Standings {
    /// One more; it counts until its sender is dropped.
    pub(crate) fn open(&self) -> watch::Sender<Standing> {
        let standing = watch::Sender::new(Standing::BUSY);
        self.lock().push(standing.subscribe());
        standing
    }

    /// Of those that have not ended.
    pub(crate) fn all(&self) -> Vec<watch::Receiver<Standing>> {
        let mut all = self.lock();
        all.retain(|known| known.has_changed().is_ok());
        all.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<watch::Receiver<Standing>>> {
        self.all.lock().expect("nobody panics while holding this lock")
    }
}

/// What a stage runs on.
pub(crate) struct Ground {
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) standing: watch::Sender<Standing>,
    pub(crate) pulse: Pulse,
    pub(crate) meters: Arc<Meters>,
    /// The stage that a test lets stand still.
    pub(crate) held: watch::Receiver<Option<&'static str>>,
    /// Turns true when the daemon stops.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Waits for as long as a test holds the stage. To those who wait for all to be at rest it
/// is, and to those who feel its pulse it hangs.
async fn stand_still<S: Stage>(
    held: &mut watch::Receiver<Option<&'static str>>,
    standing: &watch::Sender<Standing>,
) {
    if *held.borrow() != Some(S::NAME) {
        return;
    }
    standing.send_replace(Standing { idle_at: Some(Seq(u64::MAX)), next: None });
    // Nobody holds it any more when the sender is gone.
    let _ = held.wait_for(|held| *held != Some(S::NAME)).await;
    standing.send_replace(Standing::BUSY);
}

/// Runs a stage until the journal closes or the daemon stops.
pub(crate) async fn run<S: Stage>(mut stage: S, ground: Ground) {
    let Ground { journal, clock, standing, pulse, meters, mut held, mut stop } = ground;
    let work = meters.work.of([S::NAME]);
    let mut growth = journal.watch();
    while !*stop.borrow() {
        // Taken before looking for work, so that what comes in meanwhile is not overlooked.
        let head = growth.see();
        pulse.beat();
        stand_still::<S>(&mut held, &standing).await;
        let timer = Timer::start();
        let (idle_at, next) = match stage.step().await {
            Ok(Step::Worked) => {
                work.add(timer.elapsed());
                continue;
            }
            Ok(Step::Idle { next }) => (Some(head), next),
            Ok(Step::Waiting { next }) => (None, next),
            Err(StageError::Closed(_)) => return,
            Err(error) => {
                tracing::error!(stage = S::NAME, %error, "a stage waits");
                meters.waits.of([S::NAME, error.word()]).add(1);
                (None, Some(clock.now().plus_ms(PAUSE_MS)))
            }
        };
        // In this order: whoever sees it at rest finds no pulse either.
        pulse.rest();
        standing.send_replace(Standing { idle_at, next });
        let alarm = async {
            match next {
                Some(t) => clock.sleep_until(t).await,
                None => std::future::pending().await,
            }
        };
        // In this order, so that the same calls lead to the same work.
        tokio::select! {
            biased;
            grown = growth.changed() => if grown.is_err() { return },
            () = alarm => {}
            () = stage.called() => {}
            told = stop.changed() => if told.is_err() { return },
        }
        standing.send_replace(Standing::BUSY);
    }
    stage.finish().await;
}
