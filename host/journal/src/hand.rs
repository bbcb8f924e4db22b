//! Whose hand writes: a thread of the journal's own, or whoever steps it.

use std::any::Any;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use meter::Pulse;
use tokio::sync::{oneshot, watch};

use crate::error::Ended;
use crate::history::History;
use crate::lock::Lock;
use crate::queue::{Jobs, Next};
use crate::sealer::{Beside, InPlace, Sealer, Sizes};
use crate::store::Store;
use crate::writer::{Pause, Step, Writer};

/// How a journal is written.
pub(crate) enum Writing {
    /// By threads of its own.
    Beside,
    /// By whoever steps it, who says how to wait for space.
    Stepped(Pause),
}

impl Writing {
    pub(crate) fn start(
        self,
        store: &Arc<dyn Store>,
        history: &Arc<History>,
        sizes: Sizes,
        pulse: &Pulse,
    ) -> io::Result<(Sealer, Pause)> {
        let (store, history) = (Arc::clone(store), Arc::clone(history));
        match self {
            Writing::Beside => {
                let beside = Beside::start(store, history, sizes, pulse.clone())?;
                Ok((Sealer::Beside(beside), Box::new(std::thread::sleep)))
            }
            Writing::Stepped(pause) => {
                let in_place = InPlace { store, history, sizes, waiting: VecDeque::new() };
                Ok((Sealer::InPlace(in_place), pause))
            }
        }
    }
}

/// The writer with all that it needs to work, and to say how it ended.
pub(crate) struct Hand {
    pub(crate) writer: Writer,
    pub(crate) jobs: Jobs,
    pub(crate) lock: Option<Lock>,
    pub(crate) ended: watch::Sender<Option<Ended>>,
}

impl Hand {
    /// Works to the end, on a thread of its own.
    pub(crate) fn run(self) {
        let Hand { writer, jobs, lock, ended } = self;
        let closer = guarded(|| writer.run(&jobs));
        end(closer, jobs, lock, &ended);
    }
}

/// A journal's writer in somebody's hand. While nobody steps it nothing is written, and
/// dropping it breaks the journal off as a kill would.
pub struct Stepper {
    /// None once it has ended.
    hand: Option<Hand>,
}

/// What a step has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stepped {
    /// Some of what waited was dealt with.
    Worked,
    /// Nothing was waiting.
    Idle,
    /// The journal is closed, or it has ended by itself.
    Ended,
}

impl Stepper {
    pub(crate) fn new(hand: Hand) -> Stepper {
        Stepper { hand: Some(hand) }
    }

    /// How much waits for a step.
    pub fn waiting(&self) -> usize {
        self.hand.as_ref().map_or(0, |hand| hand.jobs.waiting())
    }

    /// Takes up to `most` of what waits as one batch: decides, appends, syncs, commits,
    /// answers. With nothing waiting it does what is due: a durable state, a new tail.
    pub fn step(&mut self, most: usize) -> Stepped {
        let Some(Hand { writer, jobs, .. }) = &mut self.hand else { return Stepped::Ended };
        let next = jobs.next_now(most);
        let stepped = if matches!(next, Next::Batch(_)) { Stepped::Worked } else { Stepped::Idle };
        let closer = match guarded(|| {
            writer.sealer.try_again();
            writer.step(next)
        }) {
            Ok(Step::More) => return stepped,
            Ok(Step::Last(closer)) => Ok(closer),
            Err(reason) => Err(reason),
        };
        if let Some(Hand { jobs, lock, ended, .. }) = self.hand.take() {
            end(closer, jobs, lock, &ended);
        }
        Stepped::Ended
    }
}

/// A panic of the writer ends the journal with a reason.
fn guarded<T>(work: impl FnOnce() -> Result<T, Ended>) -> Result<T, Ended> {
    let result = catch_unwind(AssertUnwindSafe(work));
    result.unwrap_or_else(|panic| Err(Ended::Panicked(message_of(&*panic))))
}

fn end(
    closer: Result<Option<oneshot::Sender<()>>, Ended>,
    jobs: Jobs,
    lock: Option<Lock>,
    ended: &watch::Sender<Option<Ended>>,
) {
    let closer = closer.unwrap_or_else(|reason| {
        tracing::error!(%reason, "the journal has ended");
        ended.send_replace(Some(reason));
        None
    });
    // Whoever still waits is told only now that the reason is known.
    drop(jobs);
    drop(lock);
    if let Some(closer) = closer {
        // A close that nobody waits for is a close.
        let _ = closer.send(());
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}
