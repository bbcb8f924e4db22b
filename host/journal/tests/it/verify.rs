//! Verifying a folder: beside a daemon, after a kill, and with every kind of damage.

use std::sync::Arc;

use event::Seq;
use journal::{Journal, Report, Store, verify_in};
use testkit::SimStore;

use crate::fixture::{Fixture, STATE, bytes_of, event, file_names, group, person, store};

fn check(fixture: &Fixture) -> Report {
    let mut last = journal::Progress::default();
    let report = verify_in(&fixture.stores(), Arc::new(SimStore::new()), &mut |progress| {
        assert!(progress.done >= last.done && progress.done <= progress.total);
        last = progress.clone();
    });
    assert_eq!(last.done, last.total);
    report.unwrap_or_else(|error| panic!("{error}"))
}

/// People and events in segments, two snapshots, and a tail.
async fn live(fixture: &Fixture) -> Journal {
    let journal = fixture.open();
    for round in 0..3 {
        for n in 0..40 {
            let name = format!("{round}-{n}");
            store(&journal, group([person(&format!("p{name}")), event(&name, n)])).await;
        }
        journal.seal().await.unwrap();
        journal.keeper().take_snapshot(fixture.clock_now()).unwrap();
    }
    store(&journal, person("late").into()).await;
    journal
}

#[tokio::test]
async fn a_good_folder_is_good_beside_a_daemon_and_without_one() {
    let fixture = Fixture::new();
    let journal = live(&fixture).await;
    let beside = check(&fixture);
    assert_eq!(beside.problems, []);
    assert_eq!((beside.first, beside.last), (Seq(1), journal.head()));
    assert_eq!((beside.process, beside.state_rows), (Some(std::process::id()), None));
    assert_eq!(beside.snapshots, 2);
    let operations = fixture.store.operations();
    assert_eq!(check(&fixture), beside, "it changes nothing");
    assert_eq!(fixture.store.operations(), operations);

    drop(journal);
    let killed = check(&fixture);
    assert_eq!((killed.problems.as_slice(), killed.last, killed.process), ([].as_slice(), beside.last, None));
    assert!(killed.state_rows.is_some_and(|rows| rows > 100));

    fixture.open().close().await.unwrap();
    let stopped = check(&fixture);
    assert_eq!((stopped.problems.as_slice(), stopped.last), ([].as_slice(), beside.last.next()));
}

#[tokio::test]
async fn each_kind_of_damage_is_named_by_file_and_records() {
    let fixture = Fixture::new();
    drop(live(&fixture).await);
    let names = |prefix: &str| file_names(&fixture.store, prefix);
    let (segment, snapshot, tail) =
        (names("segment").remove(0), names("snapshot").remove(1), names("tail").remove(0));
    for (file, text) in [(&segment, "\"0-7\""), (&snapshot, "p0-7"), (&tail, "late")] {
        let copy = Fixture::on(fixture.store.crash(fixture.store.operations(), 1));
        Store::create(&copy.state, STATE).unwrap().write_at(0, &bytes_of(&fixture.state, STATE)).unwrap();
        copy.store.tamper(file, |bytes| {
            let at = bytes.windows(text.len()).position(|w| w == text.as_bytes()).unwrap();
            bytes[at + 1] ^= 1;
        });
        let report = check(&copy);
        if *file == tail {
            // A last frame that nobody can read is a torn end to the log; the state knows better.
            assert!(report.notes.iter().any(|note| note.contains("torn")), "{report:?}");
            continue;
        }
        assert_eq!(report.problems.len(), 1, "{report:?}");
        assert_eq!(report.problems[0].file, *file);
        assert_eq!(report.problems[0].first.is_some(), *file == segment);
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let fixture = Fixture::new();
    drop(live(&fixture).await);
    let segments = file_names(&fixture.store, "segment");
    assert!(segments.len() > 2);
    Store::remove(&fixture.store, &segments[1]).unwrap();
    let report = check(&fixture);
    let [problem] = report.problems.as_slice() else { panic!("{report:?}") };
    assert_eq!(problem.file, segments[2]);
    assert!(problem.problem.contains("are missing before it"));
    assert!(segments[1].contains(&problem.first.unwrap().to_string()));
    assert!(segments[1].contains(&problem.last.unwrap().to_string()));
}

/// A snapshot whose checksums all hold, and that is of another life.
#[tokio::test]
async fn a_snapshot_that_is_not_what_the_log_says_is_found() {
    let fixture = Fixture::new();
    drop(live(&fixture).await);
    let other = Fixture::new();
    let journal = other.open();
    let wanted = file_names(&fixture.store, "snapshot").remove(1);
    let seq: u64 = wanted.strip_prefix("snapshot-").unwrap().parse().unwrap();
    while journal.head() < Seq(seq) {
        store(&journal, person(&format!("q{}", journal.head())).into()).await;
    }
    let taken = journal.keeper().take_snapshot(other.clock_now()).unwrap();
    assert_eq!(taken.name, wanted);
    let bytes = bytes_of(&other.store, &wanted);
    fixture.store.tamper(&wanted, |found| *found = bytes);
    let report = check(&fixture);
    let [problem] = report.problems.as_slice() else { panic!("{report:?}") };
    assert_eq!(problem.file, wanted);
    assert!(problem.problem.contains("table `persons` at key"), "{}", problem.problem);
}

#[tokio::test]
async fn a_state_that_is_not_what_the_log_says_is_found() {
    let fixture = Fixture::new();
    drop(live(&fixture).await);
    fixture.state.tamper(STATE, |bytes| *bytes = b"no database".to_vec());
    let report = check(&fixture);
    let [problem] = report.problems.as_slice() else { panic!("{report:?}") };
    assert_eq!(problem.file, "state.redb");
}

/// Whatever a daemon does meanwhile is no damage.
#[tokio::test]
async fn a_busy_daemon_does_not_look_damaged() {
    let fixture = Fixture::new();
    let journal = live(&fixture).await;
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (stores, until) = (fixture.stores(), Arc::clone(&done));
    let checking = std::thread::spawn(move || {
        let mut checked = 0;
        while !until.load(std::sync::atomic::Ordering::Relaxed) || checked == 0 {
            let report = verify_in(&stores, Arc::new(SimStore::new()), &mut |_| {}).unwrap();
            assert_eq!(report.problems, [], "after {checked}");
            checked += 1;
        }
    });
    for n in 0..300 {
        store(&journal, event(&format!("busy {n}"), n).into()).await;
        if n % 50 == 0 {
            journal.keeper().take_snapshot(fixture.clock_now()).unwrap();
        }
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    checking.join().unwrap();
}

#[tokio::test]
async fn a_newer_format_is_no_damage() {
    let fixture = Fixture::new();
    drop(fixture.open());
    fixture.store.tamper("about.json", |bytes| *bytes = br#"{"format": 7}"#.to_vec());
    let refused = verify_in(&fixture.stores(), Arc::new(SimStore::new()), &mut |_| {});
    assert!(matches!(refused, Err(journal::ReadError::Newer(_))), "{refused:?}");
}
