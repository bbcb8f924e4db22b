//! A state that fails while the log does not: only from within can one be put in.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use event::{Expect, Name, Person, Record, Refusal, Role, Timestamp};
use tempfile::TempDir;
use testkit::ManualClock;

use super::*;
use crate::replay::catch_up;
use crate::state::tests::Disk;
use crate::writer::CHECKPOINT;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// On a state that some disk in memory holds.
fn open(folder: &TempDir, state: State) -> Result<Journal, OpenError> {
    open_at(folder, state, &ManualClock::at(NOW))
}

fn open_at(folder: &TempDir, state: State, clock: &ManualClock) -> Result<Journal, OpenError> {
    let (options, stores) = (Options::default(), Stores::on_disk(folder.path())?);
    let lock = stores.take()?;
    let found = recover(&stores.log, &options)?;
    let clock = Arc::new(clock.clone());
    catch_up(&state, &found.history, &*clock)?;
    let (journal, hand) = Journal::start(&options, clock, stores, Writing::Beside, lock, found, state)?;
    journal.write_beside(hand)
}

fn person(name: &str) -> Draft {
    let name = Name::new(name).unwrap();
    let value =
        Person { name, email: None, display_name: None, zone: None, role: Role::Member, created: NOW };
    Record::Person { expect: Expect::New, value }.into()
}

fn persons(journal: &Journal) -> usize {
    journal.view().unwrap().persons().unwrap().len()
}

/// Ends once the writer has tried to make the state durable as it stands.
///
/// An idle writer does so by itself after a second that no clock of ours holds back, so
/// on a busy machine before or behind any line of a test. After this it has no reason
/// to until the next record, unless the disk was full.
async fn checkpointed(journal: &Journal, clock: &ManualClock) {
    clock.advance_ms(CHECKPOINT.as_millis() as i64);
    // The writer looks at the clock after the first, and takes the second only then.
    for _ in 0..2 {
        journal.settle(NOW).await.unwrap();
    }
}

#[tokio::test]
async fn a_state_without_room_refuses_and_goes_on_with_all_that_was_acknowledged() {
    let (folder, disk) = (tempfile::tempdir().unwrap(), Disk::default());
    let clock = ManualClock::at(NOW);
    let journal = open_at(&folder, disk.state().unwrap(), &clock).unwrap();
    checkpointed(&journal, &clock).await;
    // What need not be durable needs no room yet.
    disk.full.store(true, Ordering::Relaxed);
    journal.submit(person("alice")).await.unwrap();
    // A durable commit fails for want of room, and redb takes no more from then on.
    checkpointed(&journal, &clock).await;
    assert!(journal.state().begin().is_err());
    let refused = journal.submit(person("bob")).await;
    assert!(matches!(refused, Err(Refusal::Full { .. })), "{refused:?}");

    disk.full.store(false, Ordering::Relaxed);
    journal.submit(person("bob")).await.unwrap();
    assert_eq!(persons(&journal), 2, "alice too, whom no durable commit held");
    journal.close().await.unwrap();
    assert_eq!(persons(&open(&folder, disk.state().unwrap()).unwrap()), 2);
}

#[tokio::test]
async fn what_is_synced_is_acknowledged_once_the_state_has_room_for_it() {
    let (folder, disk) = (tempfile::tempdir().unwrap(), Disk::default());
    let clock = ManualClock::at(NOW);
    let journal = open_at(&folder, disk.state().unwrap(), &clock).unwrap();
    journal.submit(person("alice")).await.unwrap();
    // A checkpoint of alice on the full disk would have bob refused before he is synced.
    checkpointed(&journal, &clock).await;
    disk.full.store(true, Ordering::Relaxed);
    let mut large = person("bob");
    if let Record::Person { value, .. } = &mut large.records[0] {
        // The state's file must grow for it, in whichever commit.
        value.zone = Some("b".repeat(4 << 20));
    }
    let (sender, before) = (journal.clone(), journal.head());
    let answer = tokio::spawn(async move { sender.submit(large).await });
    while journal.view().is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(journal.head(), before, "not visible, so not acknowledged");
    assert!(!answer.is_finished());
    disk.full.store(false, Ordering::Relaxed);
    answer.await.unwrap().unwrap();
    assert_eq!((journal.head(), persons(&journal)), (before.next(), 2));
}

#[test]
fn a_state_that_knows_more_than_the_log_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let stores = Stores::on_disk(folder.path()).unwrap();
    let state = State::open(&stores.state, "state.redb").unwrap();
    let mut batch = state.begin().unwrap();
    batch.replay(Seq(1), NOW, &person("alice")).unwrap();
    batch.commit(true).unwrap();
    drop(state);
    let mut options = Options::default();
    let found = recover(&stores.log, &options).unwrap();
    let open = |options: &Options, head| {
        let clock = ManualClock::at(NOW);
        open_state(&Sources { options, stores: &stores, history: &found.history, head, clock: &clock })
    };
    assert!(matches!(open(&options, Seq(0)), Err(OpenError::Damaged(_))));
    assert_eq!(open(&options, Seq(1)).unwrap().applied(), Seq(1));
    options.accept_loss = true;
    assert_eq!(open(&options, Seq(0)).unwrap().applied(), Seq(0), "folded again");
}

/// A bit that flips while nobody looks: the row is read by somebody, the journal ends with
/// a word, and the next start has a state as it was.
#[tokio::test]
async fn a_damaged_row_of_the_state_ends_the_journal_and_the_next_start_folds_it_again() {
    let (folder, disk) = (tempfile::tempdir().unwrap(), Disk::default());
    let journal = open(&folder, disk.state().unwrap()).unwrap();
    journal.submit(person("alice")).await.unwrap();
    journal.close().await.unwrap();
    {
        let mut bytes = disk.bytes.lock().unwrap();
        let (was, is) = (br#""role":"member""#, br#""role":"nember""#);
        let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(was)).collect();
        assert!(!places.is_empty());
        places.into_iter().for_each(|place| bytes[place..place + is.len()].copy_from_slice(is));
    }

    // No page is looked at here, as none is that was sound when the state was opened.
    let journal = open(&folder, disk.state().unwrap()).unwrap();
    let alice = Name::new("alice").unwrap();
    let read = journal.view().unwrap().person(&alice);
    assert!(matches!(read, Err(StateError::Damaged { .. })), "{read:?}");
    let Ended::StateDamaged(what) = journal.ended().await else { panic!("it ends for another reason") };
    assert!(what.contains("alice"), "{what}");
    drop(journal);

    let (stores, clock) = (Stores::on_disk(folder.path()).unwrap(), Arc::new(ManualClock::at(NOW)));
    let marked = || folder.path().join("state.damaged").exists();
    assert!(marked());
    let journal = Journal::open(Options::default(), clock, stores).unwrap();
    assert_eq!(journal.view().unwrap().person(&alice).unwrap().unwrap().name, alice);
    assert!(!marked(), "it is mended");
}
