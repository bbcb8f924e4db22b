//! A journal whose writer is stepped by whoever asks it something, so that the same life
//! comes about again.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use event::{Draft, Receipt, Refusal};
use journal::{Ended, Journal, OpenError, Options, Stepped, Stepper};
use testkit::{ManualClock, SimStore};

/// Whoever has to wait for so many steps waits for ever.
const STEPS_MAX: u32 = 10_000;

pub(crate) struct Driven {
    pub(crate) journal: Journal,
    stepper: Stepper,
}

impl Driven {
    /// What waits for space gets some.
    pub(crate) fn open(disk: &SimStore, clock: &ManualClock, options: &Options) -> Result<Driven, OpenError> {
        let room = disk.clone();
        let clock = Arc::new(clock.clone());
        let opened = Journal::open_stepped(options.clone(), clock, disk.stores(), move |_| room.make_room());
        opened.map(|(journal, stepper)| Driven { journal, stepper })
    }

    pub(crate) fn submit(&mut self, draft: Draft) -> Result<Receipt, Refusal> {
        let journal = self.journal.clone();
        self.answer(journal.submit(draft))
    }

    pub(crate) fn seal(&mut self) -> Result<(), Refusal> {
        let journal = self.journal.clone();
        self.answer(journal.seal()).map(drop)
    }

    pub(crate) fn ended(&mut self) -> Ended {
        let journal = self.journal.clone();
        self.answer(journal.ended())
    }

    /// A clean stop.
    pub(crate) fn close(mut self) -> Result<(), Ended> {
        let journal = self.journal.clone();
        self.answer(journal.close())
    }

    /// A stop that leaves the tail as it is, and the state durable. To drop it instead is
    /// to break it off.
    pub(crate) fn leave(mut self) {
        while self.stepper.step(usize::MAX) == Stepped::Worked {}
    }

    fn answer<T>(&mut self, asked: impl Future<Output = T>) -> T {
        let mut asked = pin!(asked);
        for _ in 0..STEPS_MAX {
            if let Poll::Ready(answer) = asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return answer;
            }
            self.stepper.step(usize::MAX);
        }
        panic!("it hangs");
    }
}
