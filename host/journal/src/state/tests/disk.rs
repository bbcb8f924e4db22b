//! What is on the disk: damage, a newer format, no space, commits that were not synced.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use event::{Draft, Seq};
use testkit::records::*;

use super::world::{World, lines};
use crate::rebuild::fill_from;
use crate::snapshot::{self, SnapshotError};
use crate::state::key::one;
use crate::state::tables::{FORMAT, META, META_FORMAT};
use crate::state::{State, StateError};
use crate::{DiskStore, Journal, Options, Store, Stores};

#[test]
fn a_flipped_byte_in_a_value_is_reported_and_not_served() {
    let World { state, disk, .. } = World::with(vec![person("alice"), person("bob")]);
    drop(state);
    // A closed file holds the pages of older commits too: damage every copy.
    let mut bytes = disk.bytes.lock().unwrap();
    let alice = br#""name":"alice","email""#;
    let places: Vec<usize> =
        bytes.windows(alice.len()).enumerate().filter(|(_, w)| w == alice).map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at] ^= 1;
    }
    drop(bytes);

    let state = disk.state().unwrap();
    let view = state.view().unwrap();
    let damaged = |result: Result<(), StateError>| match result {
        Err(StateError::Damaged { table: "persons", key, .. }) => assert_eq!(key, "alice\\x00"),
        other => panic!("served, or another error: {other:?}"),
    };
    damaged(view.person(&name("alice")).map(|_| ()));
    damaged(view.persons().map(|_| ()));
    damaged(view.dump().collect::<Result<Vec<_>, _>>().map(|_| ()));
    assert!(view.person(&name("bob")).unwrap().is_some());
    // Nor does any snapshot come to hold it.
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    assert!(matches!(snapshot::write(&store, &view, BEGIN), Err(SnapshotError::State(_))));
    assert_eq!(store.list().unwrap(), [""; 0]);

    let mut batch = state.begin().unwrap();
    let draft = Draft::from(address("alice", "home"));
    let next = state.applied().next();
    damaged(batch.replay(next, BEGIN, &draft));
}

#[test]
fn a_good_value_in_another_rows_place_is_reported_too() {
    let world = World::with(vec![person("alice")]);
    let mut batch = world.state.begin().unwrap();
    let view = &mut batch.view;
    let (table, (key, value)) =
        (1, view.rows.scan_raw(1, super::super::rows::Span::all()).unwrap().next().unwrap().unwrap());
    assert_eq!(key, one("alice").bytes());
    view.rows.pending().write(table, one("bob").bytes(), Some(value));
    assert!(matches!(view.person(&name("bob")), Err(StateError::Damaged { .. })));
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let World { state, disk, .. } = World::with(vec![person("alice")]);
    let mut batch = state.begin().unwrap();
    batch.view.rows.put(META, &one(META_FORMAT), &(FORMAT + 1));
    batch.commit(true).unwrap();
    drop(state);
    for _ in 0..2 {
        match disk.state().map(|_| ()) {
            Err(StateError::Newer { found, known }) => assert_eq!((found, known), (FORMAT + 1, FORMAT)),
            other => panic!("{other:?}"),
        }
    }
}

/// Its rows would be misread: what it was taken of is folded from the log instead.
#[test]
fn a_snapshot_of_a_state_of_another_format_is_passed_over() {
    for (format, is_older) in [(FORMAT - 1, true), (FORMAT + 1, false)] {
        let folder = tempfile::tempdir().unwrap();
        let stores = Stores::on_disk(folder.path()).unwrap();
        let open = || {
            let clock = Arc::new(testkit::ManualClock::at(BEGIN));
            Journal::open(Options::default(), clock, stores.clone()).unwrap()
        };
        drop(open());
        let other = State::open(&stores.state, "state.redb").unwrap();
        let mut batch = other.begin().unwrap();
        batch.view.rows.put(META, &one(META_FORMAT), &format);
        batch.commit(true).unwrap();
        let taken = snapshot::write(&*stores.log, &other.view().unwrap(), BEGIN).unwrap();
        drop(other);

        let filled = fill_from(&*stores.log, taken.seq, &*stores.state, "filled");
        match filled {
            Err(SnapshotError::State(StateError::Older { found, .. })) if is_older => {
                assert_eq!(found, format)
            }
            Err(SnapshotError::State(StateError::Newer { found, .. })) => assert_eq!(found, format),
            other => panic!("{other:?}"),
        }
        stores.state.remove("state.redb").unwrap();
        assert_eq!(open().head(), Seq(2));
    }
}

#[test]
fn a_state_that_is_opened_again_is_the_same() {
    let world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    let before = lines(&world.view());
    let World { state, disk, .. } = world;
    drop(state);
    let state = disk.state().unwrap();
    assert_eq!(state.applied(), Seq(2));
    assert_eq!(lines(&state.view().unwrap()), before);
}

#[test]
fn after_a_crash_the_last_durable_commit_stands() {
    let mut world = World::with(vec![person("alice")]);
    let mut batch = world.state.begin().unwrap();
    batch.replay(Seq(2), BEGIN, &Draft::from(person("bob"))).unwrap();
    batch.commit(true).unwrap();
    world.take(person("carol"));
    assert_eq!(world.state.applied(), Seq(3));

    let crashed = super::world::Disk::default();
    crashed.bytes.lock().unwrap().clone_from(&world.disk.bytes.lock().unwrap());
    let state = crashed.state().unwrap();
    assert_eq!(state.applied(), Seq(2));
    assert_eq!(state.view().unwrap().persons().unwrap().len(), 2);
}

#[test]
fn a_full_disk_is_told_apart_and_reopening_tells_from_where_to_replay() {
    let mut world = World::with(vec![person("alice")]);
    world.state.begin().unwrap().commit(true).unwrap();
    world.take(person("bob"));
    world.disk.full.store(true, Ordering::Relaxed);
    let batch = world.state.begin().unwrap();
    assert!(matches!(batch.commit(true), Err(StateError::Full(_))));
    assert!(world.state.begin().is_err(), "redb takes no more after a failed write");
    assert!(matches!(world.state.reopen(), Err(StateError::Full(_))));
    assert!(matches!(world.state.view(), Err(StateError::Closed)));

    world.disk.full.store(false, Ordering::Relaxed);
    assert_eq!(world.state.reopen().unwrap(), Seq(1), "the commit that was not synced is gone");
    let mut batch = world.state.begin().unwrap();
    let (first, received, draft) = &world.groups[1];
    batch.replay(*first, *received, draft).unwrap();
    batch.commit(true).unwrap();
    assert_eq!(world.view().persons().unwrap().len(), 2);
}

#[test]
fn a_batch_that_is_dropped_leaves_no_trace() {
    let world = World::with(vec![person("alice")]);
    let before = lines(&world.view());
    let mut batch = world.state.begin().unwrap();
    batch.replay(Seq(2), BEGIN, &Draft::from(person("bob"))).unwrap();
    drop(batch);
    assert_eq!((lines(&world.view()), world.state.applied()), (before, Seq(1)));
}

#[test]
fn a_view_stays_as_it_was_begun() {
    let mut world = World::with(vec![person("alice")]);
    let view = world.view();
    world.take(person("bob"));
    assert_eq!((view.persons().unwrap().len(), world.view().persons().unwrap().len()), (1, 2));
}

#[test]
fn a_file_is_created_under_its_name_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(DiskStore::open(folder.path()).unwrap());
    let state = State::open(&store, "state.redb").unwrap();
    let mut batch = state.begin().unwrap();
    batch.replay(Seq(1), BEGIN, &Draft::from(person("alice"))).unwrap();
    batch.commit(true).unwrap();
    assert_eq!(state.reopen().unwrap(), Seq(1));
    drop(state);
    assert!(folder.path().join("state.redb").exists());
    assert_eq!(State::open(&store, "state.redb").unwrap().applied(), Seq(1));
}
