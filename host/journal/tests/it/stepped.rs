//! A journal that somebody steps by hand.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use event::{Receipt, Refusal};
use journal::{Journal, Stepped, Stepper};

use crate::fixture::{Fixture, contents, event, file_names};

const ALL: usize = usize::MAX;

impl Fixture {
    fn open_stepped(&self) -> (Journal, Stepper) {
        let never = |_| panic!("there is room");
        let clock = Arc::new(self.clock.clone());
        Journal::open_stepped(self.options.clone(), clock, self.stores(), never).unwrap()
    }
}

/// Asks once, as a runtime does that has other things to do.
fn ask<T>(future: impl Future<Output = T> + Unpin) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

fn seq(answer: Option<Result<Receipt, Refusal>>) -> Option<u64> {
    answer.map(|receipt| receipt.unwrap().stored[0].seq().0)
}

#[test]
fn nothing_is_written_but_by_a_step_and_a_step_takes_as_much_as_it_is_told() {
    let fixture = Fixture::new();
    let (journal, mut stepper) = fixture.open_stepped();
    assert_eq!(stepper.step(ALL), Stepped::Idle);
    let mut sent: Vec<_> =
        (0..5).map(|n| Box::pin(journal.submit(event(&n.to_string(), n).into()))).collect();
    assert!(sent.iter_mut().all(|answer| ask(answer).is_none()));
    let operations = fixture.store.operations();
    assert_eq!(stepper.waiting(), 5);
    for most in [2, ALL] {
        assert_eq!(stepper.step(most), Stepped::Worked);
    }
    assert_eq!(sent.iter_mut().map(|answer| seq(ask(answer))).collect::<Vec<_>>(), [2, 3, 4, 5, 6].map(Some));
    assert!(fixture.store.operations() > operations);
    assert_eq!(stepper.step(ALL), Stepped::Idle);
    assert_eq!(contents(&journal).len(), 5);
}

#[test]
fn a_full_tail_is_sealed_in_place() {
    let fixture = Fixture::new();
    let (journal, mut stepper) = fixture.open_stepped();
    for n in 0..600 {
        let mut answer = Box::pin(journal.submit(event(&n.to_string(), n).into()));
        assert!(ask(&mut answer).is_none());
        stepper.step(ALL);
        assert!(seq(ask(&mut answer)).is_some());
        assert_eq!(file_names(&fixture.store, "tail").len(), 1, "no tail waits for a thread");
    }
    assert!(!file_names(&fixture.store, "segment").is_empty());
    assert_eq!(contents(&journal).len(), 600);
}

#[test]
fn what_was_not_stepped_is_refused_and_gone_when_the_stepper_is() {
    let fixture = Fixture::new();
    let (journal, stepper) = fixture.open_stepped();
    let mut answer = Box::pin(journal.submit(event("lost", 0).into()));
    assert!(ask(&mut answer).is_none());
    drop(stepper);
    assert!(matches!(ask(&mut answer), Some(Err(Refusal::Closed { .. }))));
    drop(answer);
    drop(journal);
    assert_eq!(contents(&fixture.open_stepped().0), []);
}

#[test]
fn the_same_steps_leave_the_same_records_and_a_close_is_the_last() {
    let lives: Vec<_> = (0..2)
        .map(|_| {
            let fixture = Fixture::new();
            let (journal, mut stepper) = fixture.open_stepped();
            for n in 0..100 {
                let mut answer = Box::pin(journal.submit(event(&n.to_string(), n).into()));
                assert!(ask(&mut answer).is_none());
                if n % 3 == 0 {
                    stepper.step(2);
                }
            }
            let mut closed = Box::pin(journal.clone().close());
            assert!(ask(&mut closed).is_none());
            while stepper.step(7) == Stepped::Worked {}
            assert_eq!(ask(&mut closed), Some(Ok(())));
            assert_eq!(stepper.step(ALL), Stepped::Ended);
            contents(&journal)
        })
        .collect();
    assert!(lives[0].len() == 100 && lives[0] == lives[1]);
}
