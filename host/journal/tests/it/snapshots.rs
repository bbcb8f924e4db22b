//! Snapshots, and a state that is folded again from them.

use std::io::ErrorKind;

use event::Seq;
use journal::{Journal, KeepError, OpenError, SnapshotInfo, Store};
use testkit::SimStore;

use crate::fixture::{Fixture, NOW, STATE, bytes_of, event, file_names, group, person, store};

/// Some people and events, a snapshot after each five.
async fn live(fixture: &Fixture, journal: &Journal, from: usize, snapshots: usize) -> Vec<SnapshotInfo> {
    let mut taken = Vec::new();
    for n in from..from + 5 * snapshots {
        store(journal, group([person(&format!("p{n}")), event(&n.to_string(), 0)])).await;
        if n % 5 == 4 {
            fixture.clock.advance_ms(1000);
            taken.push(journal.keeper().take_snapshot(fixture.clock_now()).unwrap());
        }
    }
    taken
}

/// The state's rows, without what differs from start to start.
fn rows(journal: &Journal) -> Vec<String> {
    let view = journal.view().unwrap();
    view.dump().map(Result::unwrap).filter(|line| !line.starts_with("meta\tapplied")).collect()
}

#[tokio::test]
async fn the_two_newest_are_kept() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let taken = live(&fixture, &journal, 0, 4).await;
    let kept: Vec<_> = taken[2..].iter().map(|snapshot| snapshot.name.clone()).collect();
    assert_eq!(file_names(&fixture.store, "snapshot"), kept);
    assert_eq!(journal.keeper().newest_snapshot().unwrap().as_ref(), taken.last());
    assert_eq!(taken[3].taken, NOW.plus_ms(4000));
    // Nothing has changed since then, so there is nothing to write.
    let operations = fixture.store.operations();
    assert_eq!(journal.keeper().take_snapshot(NOW.plus_ms(9000)).unwrap(), taken[3]);
    assert_eq!(fixture.store.operations(), operations);
}

#[tokio::test]
async fn a_state_that_is_gone_or_unreadable_is_folded_again() {
    type Ruin = fn(&SimStore);
    let ruin: [(&str, Ruin); 4] = [
        ("gone", |disk| Store::remove(disk, STATE).unwrap()),
        ("cut short", |disk| disk.tamper(STATE, |bytes| bytes.truncate(5000))),
        ("something else", |disk| disk.tamper(STATE, |bytes| *bytes = b"no database at all".to_vec())),
        ("zeros", |disk| disk.tamper(STATE, |bytes| *bytes = vec![0; 100_000])),
    ];
    for snapshots in [0, 1, 3] {
        for (what, ruin) in ruin {
            let fixture = Fixture::new();
            let journal = fixture.open();
            live(&fixture, &journal, 0, snapshots).await;
            live(&fixture, &journal, 100, 1).await;
            store(&journal, person("late").into()).await;
            let expected = rows(&journal);
            journal.close().await.unwrap();
            ruin(&fixture.state);
            let journal = fixture.open();
            assert_eq!(rows(&journal), expected, "{what}, {snapshots} snapshots");
        }
    }
}

#[tokio::test]
async fn the_older_one_serves_when_the_newest_is_damaged() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let taken = live(&fixture, &journal, 0, 2).await;
    let expected = rows(&journal);
    journal.close().await.unwrap();
    let mut length = 0;
    fixture.store.tamper(&taken[1].name, |bytes| length = bytes.len());
    for at in (0..length).step_by(length / 60) {
        let copy = Fixture::on(fixture.store.crash(fixture.store.operations(), 1));
        copy.store.tamper(&taken[1].name, |bytes| bytes[at] ^= 1 << (at % 8));
        let journal = copy.open();
        assert_eq!(rows(&journal), expected, "byte {at}");
    }
    for length in (0..length).step_by(length / 20) {
        let copy = Fixture::on(fixture.store.crash(fixture.store.operations(), 1));
        copy.store.tamper(&taken[1].name, |bytes| bytes.truncate(length));
        assert_eq!(rows(&copy.open()), expected, "cut at {length}");
    }
}

#[tokio::test]
async fn a_state_with_a_damaged_value_is_folded_again_before_a_snapshot_holds_it() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    store(&journal, person("somebody-whose-name-is-seen-in-the-file").into()).await;
    let expected = rows(&journal);
    journal.close().await.unwrap();
    let wanted = b"\"name\":\"somebody-whose";
    fixture.state.tamper(STATE, |bytes| {
        for at in 0..bytes.len() - wanted.len() {
            if bytes[at..].starts_with(wanted) {
                bytes[at + 9] ^= 1;
            }
        }
    });
    let journal = fixture.open();
    assert_eq!(rows(&journal), expected);
    journal.keeper().take_snapshot(NOW).unwrap();
}

/// A power cut at each moment of taking one: the older ones still serve.
#[tokio::test]
async fn a_snapshot_that_was_cut_off_leaves_those_before() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    live(&fixture, &journal, 0, 2).await;
    store(&journal, person("late").into()).await;
    let expected = rows(&journal);
    let before = fixture.store.operations();
    journal.keeper().take_snapshot(NOW).unwrap();
    for cut in before..=fixture.store.operations() {
        for seed in 0..6 {
            let after = Fixture::on(fixture.store.crash(cut, seed));
            assert_eq!(rows(&after.open()), expected, "cut {cut}, seed {seed}");
            assert!(file_names(&after.store, "snapshot").len() >= 2);
        }
    }
}

#[tokio::test]
async fn a_snapshot_without_room_leaves_nothing() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    store(&journal, person("alice").into()).await;
    let names = fixture.store.names();
    fixture.store.set_capacity(Some(fixture.store.used_bytes() + 100));
    match journal.keeper().take_snapshot(NOW) {
        Err(KeepError::Read(journal::ReadError::Io(error))) => {
            assert_eq!(error.kind(), ErrorKind::StorageFull)
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fixture.store.names(), names);
}

/// A journal whose first days have aged out.
async fn aged() -> (Fixture, Seq) {
    let mut fixture = Fixture::new();
    fixture.options.retention.keep_ms = Some(4 * 24 * 3600 * 1000);
    let journal = fixture.open();
    for day in 0..8 {
        live(&fixture, &journal, 100 * day, 1).await;
        journal.seal().await.unwrap();
        store(&journal, event::Record::Dispatched { upto: journal.head() }.into()).await;
        fixture.clock.advance_ms(24 * 3600 * 1000);
    }
    let first = journal.keeper().age(fixture.clock_now()).unwrap().first;
    assert!(first > Seq(1));
    journal.close().await.unwrap();
    (fixture, first)
}

#[tokio::test]
async fn without_a_snapshot_and_without_the_beginning_there_is_no_state() {
    let (fixture, first) = aged().await;
    for name in file_names(&fixture.store, "snapshot") {
        Store::remove(&fixture.store, &name).unwrap();
    }
    Store::remove(&fixture.state, STATE).unwrap();
    match fixture.try_open() {
        Err(OpenError::Damaged(damage)) => {
            assert!(damage.problem.contains(&format!("the log begins with record {first} only")), "{damage}");
            assert!(damage.problem.contains("tellify restore"), "{damage}");
        }
        other => panic!("{:?}", other.err()),
    }
}

#[tokio::test]
async fn a_beginning_that_did_not_age_out_is_missed() {
    let (mut fixture, first) = aged().await;
    let segments = file_names(&fixture.store, "segment");
    assert!(segments.len() > 1, "{segments:?}");
    Store::remove(&fixture.store, &segments[0]).unwrap();
    match fixture.try_open() {
        Err(OpenError::Damaged(damage)) => {
            assert!(damage.problem.contains(&format!("records {first} to")), "{damage}");
        }
        other => panic!("{:?}", other.err()),
    }
    fixture.options.accept_loss = true;
    assert!(fixture.open().first() > first);
}

#[tokio::test]
async fn a_snapshot_of_records_that_were_lost_is_passed_over() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    live(&fixture, &journal, 0, 1).await;
    let earlier = fixture.store.crash(fixture.store.operations(), 1);
    live(&fixture, &journal, 5, 1).await;
    let name = file_names(&fixture.store, "snapshot").pop().unwrap();
    let bytes = bytes_of(&fixture.store, &name);
    drop(journal);
    let after = Fixture::on(SimStore::clone(&earlier));
    let file = Store::create(&after.store, &name).unwrap();
    file.write_at(0, &bytes).unwrap();
    let journal = after.open();
    assert_eq!(journal.view().unwrap().persons().unwrap().len(), 5);
    assert!(journal.head() < Seq(20));
    // Nor does it pass for a snapshot of the records that have its numbers next.
    assert!(!file_names(&after.store, "snapshot").contains(&name));
    assert_eq!(file_names(&after.store, "lost-snapshot"), [format!("lost-{name}")]);
}
