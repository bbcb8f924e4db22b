//! Failed syncs and full disks.

use std::io::ErrorKind;

use event::{Ciphertext, Name, Record, Refusal};
use journal::{Ended, OpenError};
use testkit::records::key_of;

use crate::fixture::{Fixture, contents, event, event_with, group, hash, person, store};

#[tokio::test]
async fn after_a_failed_sync_nothing_is_acknowledged() {
    for drops in 0..20 {
        let fixture = Fixture::new();
        let journal = fixture.open();
        let mut expected = Vec::new();
        fixture.store.fail_sync(drops, ErrorKind::Other, false);
        let refused = loop {
            let n = expected.len();
            match journal.submit(event(&n.to_string(), 0).into()).await {
                Ok(receipt) => {
                    expected.extend(crate::fixture::recorded(&event(&n.to_string(), 0).into(), &receipt));
                }
                Err(refusal) => break refusal,
            }
        };
        assert_eq!(expected.len() as u64, drops);
        assert!(matches!(refused, Refusal::Closed { .. }), "{refused:?}");
        assert!(matches!(journal.ended().await, Ended::SyncFailed(_)));
        // The disk works again, but what it holds is unknown.
        let later = journal.submit(event("later", 0).into()).await;
        assert!(matches!(later, Err(Refusal::Closed { .. })), "{later:?}");
        assert!(matches!(journal.close().await, Err(Ended::SyncFailed(_))));

        let after = Fixture::on(fixture.store.crash(fixture.store.operations(), drops));
        assert_eq!(contents(&after.open()), expected);
    }
}

/// A person with so much to be kept that five hundred of them do not fit into memory.
fn large(name: &str) -> Record {
    let mut record = person(name);
    if let Record::Person { value, .. } = &mut record {
        let cipher = (0..2000).map(|n| format!("{:032x}", hash(&format!("{name} {n}")))).collect();
        value.email = Some(Ciphertext { key: key_of(name), cipher }.into());
    }
    record
}

/// Whoever hears that the journal has ended stops for good.
#[tokio::test]
async fn what_cannot_be_held_against_the_state_is_refused_and_the_journal_goes_on() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let name = |n: usize| format!("p{n:03}");
    for n in 0..500 {
        store(&journal, large(&name(n)).into()).await;
    }
    let mut unread = 0;
    for n in (0..500).step_by(50) {
        fixture.state.fail_read(0, ErrorKind::Other, false);
        match journal.submit(person(&name(n)).into()).await {
            Err(Refusal::Conflict { .. }) => {}
            Err(Refusal::Unread { .. }) => unread += 1,
            other => panic!("{n}: {other:?}"),
        }
        fixture.state.heal();
        store(&journal, event(&name(n), 0).into()).await;
    }
    assert!(unread > 3, "most are not in memory any more: {unread}");
}

/// After a sync that failed, Linux goes on serving what it has dropped. A start finds it
/// there, and must not build on it as it is.
#[tokio::test]
async fn what_a_failed_sync_dropped_is_written_again_before_more_follows() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    store(&journal, event("first", 0).into()).await;
    fixture.store.fail_sync(0, ErrorKind::Other, false);
    let refused = journal.submit(event("dropped", 0).into()).await;
    assert!(matches!(refused, Err(Refusal::Closed { .. })), "{refused:?}");
    drop(journal);

    let journal = fixture.open();
    let mut expected = contents(&journal);
    assert_eq!(expected.len(), 2, "it is served, though nobody was promised it");
    expected.extend(store(&journal, event("second", 0).into()).await);
    drop(journal);
    let after = Fixture::on(fixture.store.crash(fixture.store.operations(), 1));
    assert_eq!(contents(&after.open()), expected);
}

#[tokio::test]
async fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut expected = Vec::new();
    fixture.store.set_capacity(Some(fixture.store.used_bytes() + 20_000));
    let mut full = 0;
    for n in 0..200 {
        match journal.submit(group([event(&format!("{n}a"), n), event(&format!("{n}b"), n)])).await {
            Ok(receipt) => {
                let draft = group([event(&format!("{n}a"), n), event(&format!("{n}b"), n)]);
                expected.extend(crate::fixture::recorded(&draft, &receipt));
            }
            Err(Refusal::Full { .. }) => full += 1,
            Err(other) => panic!("{other:?}"),
        }
        if n == 150 {
            fixture.store.set_capacity(None);
        }
        assert_eq!(contents(&journal), expected, "reading goes on");
    }
    assert!(full > 20 && expected.len() > 100, "{full} refused, {} stored", expected.len());
    // A refused event is not remembered as a duplicate of itself.
    drop(journal);
    let after = Fixture::on(fixture.store.crash(fixture.store.operations(), 3));
    assert_eq!(contents(&after.open()), expected);
}

#[tokio::test]
async fn new_events_are_refused_before_the_disk_is_full_and_what_follows_from_others_is_not() {
    let mut fixture = Fixture::new();
    fixture.options.keep_free_bytes = 100_000;
    let journal = fixture.open();
    let used = fixture.store.used_bytes();
    let offered = async |n: &str| journal.offer(event(n, 0).into()).await;
    let is_full = |answer: &Result<_, Refusal>| matches!(answer, Err(Refusal::Full { .. }));

    fixture.store.set_capacity(Some(used + 200_000));
    assert!(offered("room").await.is_ok());
    fixture.store.set_capacity(Some(used + 90_000));
    // Nobody has asked the disk since then.
    assert!(offered("unseen").await.is_ok());
    for _ in 0..3 {
        assert!(is_full(&offered("short").await));
    }
    let stats = journal.stats().unwrap();
    assert!(stats.free_bytes < stats.keep_free_bytes, "{stats:?}");
    journal.submit(event("what a handler emits", 0).into()).await.unwrap();
    let settings = Record::PluginRemoved { name: Name::new("none").unwrap() };
    let changed = journal.offer(settings.into()).await;
    assert!(matches!(changed, Err(Refusal::Missing { .. })), "what people set up is decided: {changed:?}");

    fixture.store.set_capacity(None);
    assert!(offered("room again").await.is_ok());
    assert_eq!(contents(&journal).len(), 4);
}

#[tokio::test]
async fn no_room_at_the_sync_unmakes_the_frame() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let first = store(&journal, event("first", 0).into()).await;
    fixture.store.fail_sync(0, ErrorKind::StorageFull, false);
    let refused = journal.submit(event("second", 0).into()).await;
    assert!(matches!(refused, Err(Refusal::Full { .. })), "{refused:?}");
    for seed in 0..30 {
        let after = Fixture::on(fixture.store.crash(fixture.store.operations(), seed));
        assert_eq!(contents(&after.open()), first, "what was refused does not come back");
    }
    store(&journal, event("second", 0).into()).await;
}

#[tokio::test]
async fn no_room_twice_at_the_sync_ends_the_journal() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    fixture.store.fail_sync(0, ErrorKind::StorageFull, true);
    let refused = journal.submit(event("e", 0).into()).await;
    assert!(matches!(refused, Err(Refusal::Closed { .. })), "{refused:?}");
    journal.ended().await;
}

#[tokio::test]
async fn a_journal_does_not_begin_on_a_full_disk() {
    let fixture = Fixture::new();
    fixture.store.set_capacity(Some(0));
    assert!(matches!(fixture.try_open(), Err(OpenError::Full(_))));
    fixture.store.set_capacity(None);
    fixture.open();
}

#[tokio::test]
async fn a_tail_that_cannot_be_sealed_for_want_of_room_is_kept() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let expected = store(&journal, event("e", 0).into()).await;
    fixture.store.set_capacity(Some(fixture.store.used_bytes()));
    journal.close().await.unwrap();
    fixture.store.set_capacity(None);
    let journal = fixture.open();
    assert_eq!(contents(&journal), expected);
}

#[tokio::test]
async fn a_batch_takes_one_sync() {
    let mut fixture = Fixture::new();
    fixture.options.segment_bytes = 64 << 20;
    let journal = fixture.open();
    for n in 0..50 {
        let before = fixture.store.syncs();
        let record = Record::Event(event_with(&n.to_string(), 0, &"x".repeat(5000)));
        store(&journal, record.into()).await;
        assert_eq!(fixture.store.syncs(), before + 1);
    }
}

#[tokio::test]
async fn offers_are_refused_at_once_when_too_much_waits() {
    let mut fixture = Fixture::new();
    fixture.options.queue_bytes = 3000;
    let journal = fixture.open();
    let offers: Vec<_> = (0..20)
        .map(|n| {
            let journal = journal.clone();
            let record = Record::Event(event_with(&n.to_string(), 0, &"x".repeat(1000)));
            tokio::spawn(async move { journal.offer(record.into()).await })
        })
        .collect();
    let (mut stored, mut busy) = (0, 0);
    for offer in offers {
        match offer.await.unwrap() {
            Ok(_) => stored += 1,
            Err(Refusal::Busy) => busy += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(stored + busy, 20);
    assert_eq!(contents(&journal).len(), stored);
    store(&journal, event("room again", 0).into()).await;
}
