//! What is over goes after its time, and what still matters stays.

use event::AlertState::{Firing, Note, Resolved};
use event::*;
use testkit::records::*;

use super::world::{World, rows};
use crate::state::key::one;
use crate::state::tables::{FORMAT, HANDLER_SIZES, HANDLER_VALUES, HandlerValue, META, META_FORMAT};
use crate::state::{StateError, Swept};

/// Later than anything in these worlds.
const LATER: Timestamp = Timestamp(BEGIN.0 + 1_000_000);

fn swept(before: Timestamp, most: u32) -> Record {
    Record::Swept { before, most }
}

/// Alerts 0 firing, 1 resolved, 2 a note, 3 resolved and in a bucket; nothing is pending.
/// Digest d1 is delivered, d2 waits for its next attempt.
fn world() -> (World, [AlertId; 4]) {
    let mut world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    let fired = ["open", "closed", "placed"].map(|key| (key, Firing, Severity::Warning));
    let begun =
        world.take(alerts("s1", 1, &[fired[0], fired[1], ("note", Note, Severity::Notice), fired[2]]));
    let ids = [0, 1, 2, 3].map(|n| AlertId(format!("a{begun}-{n}")));
    let bucket = bucket("alice", "mail");
    for n in 0..4 {
        let placements = match n {
            0 => vec![],
            _ => vec![place(&bucket, &ids[n as usize], ChangeKind::Fired, BEGIN)],
        };
        world.take(planned((begun.0, n), placements, vec![]));
    }
    world.take(digest("d1", &bucket, &[ids[1].clone()], BEGIN.plus_s(10)));
    world.take(attempt("d1", 1, delivered(), None));
    world.take(digest("d2", &bucket, &[ids[2].clone()], BEGIN.plus_s(11)));
    world.take(attempt("d2", 1, transient(), Some(LATER)));
    let ended = ["closed", "placed"].map(|key| (key, Resolved, Severity::Warning));
    let ending = world.take(alerts("s1", 2, &ended));
    for n in 0..2 {
        world.take(planned((ending.0, n), vec![], vec![]));
    }
    world.take(failure(FailureOf::Subscription(id("s1")), None));
    (world, ids)
}

#[test]
fn what_is_over_goes_and_what_still_matters_stays() {
    let (mut world, ids) = world();
    assert!(world.view().has_over(LATER).unwrap());
    world.take(swept(LATER, 100));
    let view = world.view();
    let left = ids.each_ref().map(|id| view.alert(id).unwrap().is_some());
    assert_eq!(left, [true, false, false, true], "firing, closed, a note, closed but about to be told");
    assert!(view.digest(&DigestId("d1".to_owned())).unwrap().is_none());
    assert!(view.attempts(&DigestId("d1".to_owned())).unwrap().is_empty());
    assert!(view.digest(&DigestId("d2".to_owned())).unwrap().is_some(), "it waits for an attempt");
    assert_eq!(rows(&view, &["failure", "person-digests", "last-sealed", "told"]).len(), 1, "of d2 only");
    assert_eq!(view.swept().unwrap(), Swept { over: 4, orphans: 0 });
    assert!(!view.has_over(LATER).unwrap());
    assert_eq!(
        world.refused(vec![swept(LATER, 100)]),
        format!("stale: nothing that ended before {LATER} is left")
    );
}

#[test]
fn what_ended_at_the_moment_or_later_stays() {
    let (mut world, _) = world();
    assert!(!world.view().has_over(BEGIN).unwrap());
    assert!(world.refused(vec![swept(BEGIN, 100)]).starts_with("stale"));
}

#[test]
fn a_sweep_takes_no_more_than_it_may() {
    let (mut world, _) = world();
    for (most, over) in [(1, 1), (2, 3), (5, 4)] {
        world.take(swept(LATER, most));
        assert_eq!(world.view().swept().unwrap().over, over);
    }
}

#[test]
fn what_belongs_to_nobody_goes_and_is_counted() {
    let mut world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    world.take(writes("s1", 1, &[("k", Some(b"mine"), None)]));
    // Nothing that `apply` does leaves such rows: they are what a fault would leave.
    let mut batch = world.state.begin().unwrap();
    let value = HandlerValue { key: "k".to_owned(), value: b"nobody's".as_slice().into(), expires: None };
    batch.view.rows.put(HANDLER_VALUES, &one("gone").text("k"), &value);
    batch.view.rows.put(HANDLER_SIZES, &one("gone"), &9);
    batch.commit(false).unwrap();
    world.take(swept(LATER, 100));
    assert_eq!(world.view().swept().unwrap(), Swept { over: 0, orphans: 1 });
    assert_eq!(rows(&world.view(), &["handler"]).len(), 2, "the value and the size of s1");
}

#[test]
fn a_state_of_an_older_format_is_to_be_folded_again() {
    let World { state, disk, .. } = World::with(vec![person("alice")]);
    let mut batch = state.begin().unwrap();
    batch.view.rows.put(META, &one(META_FORMAT), &1);
    batch.commit(true).unwrap();
    drop(state);
    match disk.state().map(drop) {
        Err(StateError::Older { found, known }) => assert_eq!((found, known), (1, FORMAT)),
        other => panic!("{other:?}"),
    }
}
