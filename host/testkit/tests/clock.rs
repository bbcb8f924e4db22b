//! The clock that tests move by hand.
#![allow(clippy::unwrap_used)]

use event::{Clock, Timestamp};
use testkit::ManualClock;

#[tokio::test]
async fn a_sleeper_wakes_when_its_moment_comes_and_not_before() {
    let clock = ManualClock::at(Timestamp(1000));
    let [early, late] = [2000, 3000].map(|t| tokio::spawn(clock.sleep_until(Timestamp(t))));
    assert_eq!(clock.sleepers(), [Timestamp(2000), Timestamp(3000)]);
    clock.advance_to(Timestamp(1999));
    assert_eq!(clock.sleepers().len(), 2);
    clock.advance_to(Timestamp(2000));
    early.await.unwrap();
    assert_eq!(clock.sleepers(), [Timestamp(3000)]);
    clock.advance_ms(5000);
    late.await.unwrap();
    assert_eq!(clock.now(), Timestamp(7000));
}

#[tokio::test]
async fn a_moment_that_has_passed_is_no_sleep() {
    let clock = ManualClock::at(Timestamp(1000));
    clock.sleep_until(Timestamp(1000)).await;
    assert!(clock.sleepers().is_empty());
}

#[tokio::test]
async fn a_test_can_wait_until_somebody_sleeps() {
    let clock = ManualClock::at(Timestamp(0));
    let sleeper = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(Timestamp(10)).await }
    });
    clock.until_sleeping_at(Timestamp(10)).await;
    clock.advance_to(Timestamp(10));
    sleeper.await.unwrap();
}

#[tokio::test]
async fn who_gives_up_sleeping_is_forgotten() {
    let clock = ManualClock::at(Timestamp(0));
    drop(clock.sleep_until(Timestamp(10)));
    assert!(clock.sleepers().is_empty());
}
