//! Calls that were given up, and what becomes of them.

use event::*;
use testkit::records::*;

use super::world::{World, refusals};
use crate::state::{FailureQuery, FailuresOf};

fn world() -> World {
    World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")])
}

/// A world in which the cursor stands at 1, and the call for record 2 was set aside.
fn set_aside() -> (World, Seq) {
    let mut world = world();
    world.take(dispatched(1));
    let failure = world.take(failure(FailureOf::Subscription(id("s1")), Some(2)));
    (world, failure)
}

fn replay(failure: Seq) -> Record {
    Record::Replay { failure, subscription: id("s1") }
}

fn replayed(upto: Seq, failure: Seq) -> Record {
    outcome("s1", upto.0, |outcome| outcome.replayed = vec![failure])
}

fn again(failure: Seq, of: FailureOf, upto: Option<Seq>) -> Record {
    match testkit::records::failure(of, upto.map(|upto| upto.0)) {
        Record::SetAside { failure: call, upto } => {
            Record::SetAside { failure: Failure { replay_of: Some(failure), ..call }, upto }
        }
        other => panic!("{other:?}"),
    }
}

fn state(world: &World, failure: Seq) -> Option<ReplayState> {
    world.view().failure(failure).unwrap().unwrap().replay
}

#[test]
fn what_was_set_aside_is_kept_and_passed() {
    let mut world = world();
    world.take(dispatched(5));
    world.take(Record::Lagging(lag("s1", 5, 4)));
    let first = world.take(failure(FailureOf::Subscription(id("s1")), Some(6)));
    assert_eq!(world.view().lag(&id("s1")).unwrap(), Some(lag("s1", 6, 0)));
    let second = world.take(failure(FailureOf::Door(name("puppet")), None));
    let again = failure(FailureOf::Subscription(id("s1")), Some(6));
    assert_eq!(world.refused(vec![again]), "stale: subscription `s1` stands at 6, past 6");

    let list = |of, before, limit| {
        let found = world.view().failures(&FailureQuery { of, before, limit }).unwrap();
        found.into_iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(list(FailuresOf::Anything, None, 9), [second, first]);
    assert_eq!(list(FailuresOf::Anything, Some(second), 9), [first]);
    assert_eq!(list(FailuresOf::Plugin(name("threshold")), None, 1), [second]);
    assert_eq!(list(FailuresOf::Plugin(name("threshold")), Some(second), 9), [first]);
    assert_eq!(list(FailuresOf::Subscription(id("s1")), None, 9), [first]);
    assert_eq!(list(FailuresOf::Door(name("puppet")), None, 9), [second]);
    assert_eq!(list(FailuresOf::Door(name("other")), None, 9), []);
}

#[test]
fn a_call_that_was_set_aside_is_made_again_once() {
    let (mut world, failure) = set_aside();
    let asked = world.take(replay(failure));
    assert_eq!(state(&world, failure), Some(ReplayState::Waiting(asked)));
    let waits = format!("conflict 0: failure {failure} waits for its replay already");
    assert_eq!(world.refused(vec![replay(failure)]), waits);

    let stale = outcome("s1", asked.0, |outcome| {
        (outcome.after, outcome.replayed) = (Some(Seq(1)), vec![failure]);
    });
    assert!(world.refused(vec![stale]).starts_with("stale"), "a run that was overtaken ends nothing");
    let done = world.take(replayed(asked, failure));
    assert_eq!(state(&world, failure), Some(ReplayState::Done(done)));
    let ended = format!("conflict 0: failure {failure} was replayed already");
    assert_eq!(world.refused(vec![replay(failure)]), ended);
}

#[test]
fn a_replay_that_fails_again_is_a_failure_of_its_own() {
    let (mut world, first) = set_aside();
    let asked = world.take(replay(first));
    let second = world.take(again(first, FailureOf::Subscription(id("s1")), Some(asked)));
    assert_eq!(state(&world, first), Some(ReplayState::Failed(second)));
    assert_eq!(state(&world, second), None);
    assert_eq!(
        world.refused(vec![replay(first)]),
        format!(
            "conflict 0: failure {first} was replayed already, and failed again as {second}: replay that one"
        )
    );
    let asked = world.take(replay(second));
    world.take(replayed(asked, second));
    assert_eq!(world.view().position(&id("s1")).unwrap(), asked);
}

#[test]
fn a_replay_that_was_passed_by_may_be_asked_for_again() {
    let (mut world, failure) = set_aside();
    let asked = world.take(replay(failure));
    // It was switched off when it was its turn, so nobody made the call.
    world.take(dispatched(asked.0));
    let again = world.take(replay(failure));
    assert_eq!(state(&world, failure), Some(ReplayState::Waiting(again)));
}

#[test]
fn only_what_is_there_and_was_set_aside_is_replayed() {
    let (given, subscription) = (vec![person("alice"), new_subscription("s1", "alice", "disks")], "s1");
    let with = |more: Vec<Record>| given.iter().cloned().chain(more).collect::<Vec<_>>();
    let door = failure(FailureOf::Door(name("puppet")), None);
    let theirs = failure(FailureOf::Subscription(id("s2")), None);
    let own = failure(FailureOf::Subscription(id(subscription)), None);
    let other = "conflict 0: failure 3 is not of subscription `s1`";
    refusals(&given, vec![(vec![replay(Seq(9))], "missing 0: there is no failure 9")]);
    refusals(&with(vec![door]), vec![(vec![replay(Seq(3))], other)]);
    refusals(&with(vec![theirs]), vec![(vec![replay(Seq(3))], other)]);
    let read = Record::Replayed { failure: Seq(3) };
    refusals(&with(vec![own.clone()]), vec![(vec![read], "conflict 0: failure 3 is of no door")]);
    let removed = Record::SubscriptionRemoved { id: id(subscription) };
    let gone = "missing 0: there is no subscription `s1`";
    refusals(&with(vec![own, removed]), vec![(vec![replay(Seq(3))], gone)]);
}

#[test]
fn a_request_at_a_door_is_read_again_once() {
    let of = || FailureOf::Door(name("puppet"));
    let mut world = world();
    let first = world.take(failure(of(), None));
    let second = world.take(again(first, of(), None));
    assert_eq!(state(&world, first), Some(ReplayState::Failed(second)));
    let twice = format!(
        "conflict 0: failure {first} was replayed already, and failed again as {second}: replay that one"
    );
    assert_eq!(world.refused(vec![again(first, of(), None)]), twice);
    let done = world.take(Record::Replayed { failure: second });
    assert_eq!(state(&world, second), Some(ReplayState::Done(done)));
    let twice = format!("conflict 0: failure {second} was replayed already");
    assert_eq!(world.refused(vec![Record::Replayed { failure: second }]), twice);
}

#[test]
fn what_waits_for_its_replay_is_not_swept() {
    let (mut world, waiting) = set_aside();
    let over = world.take(failure(FailureOf::Door(name("puppet")), None));
    let asked = world.take(replay(waiting));
    let swept = || Record::Swept { before: BEGIN.plus_s(1_000), most: 1 };
    world.take(swept());
    assert_eq!(world.view().failure(over).unwrap(), None);
    assert!(world.refused(vec![swept()]).starts_with("stale"), "nothing else is over");
    world.take(replayed(asked, waiting));
    world.take(swept());
    assert_eq!(world.view().failure(waiting).unwrap(), None);
}
