//! Tails become segments, and small segments one.

use event::Record;
use testkit::SimStore;

use crate::fixture::{Fixture, contents, event, file_names, store, until};

#[tokio::test]
async fn a_full_tail_is_sealed_beside_the_writer() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut expected = Vec::new();
    for n in 0..600 {
        expected.extend(store(&journal, event(&n.to_string(), n).into()).await);
        assert!(file_names(&fixture.store, "tail").len() <= 2);
    }
    until(|| file_names(&fixture.store, "tail").len() == 1).await;
    assert!(!file_names(&fixture.store, "segment").is_empty());
    assert_eq!(contents(&journal), expected);
}

#[tokio::test]
async fn a_tail_is_sealed_after_a_day() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    store(&journal, event("old", 0).into()).await;
    fixture.clock.advance_ms(25 * 3600 * 1000);
    store(&journal, event("next day", 0).into()).await;
    until(|| file_names(&fixture.store, "segment").len() == 1).await;
    assert_eq!(contents(&journal).len(), 2);
}

#[tokio::test]
async fn small_neighbours_are_merged_and_their_files_go() {
    let fixture = Fixture::new();
    let mut expected = Vec::new();
    for n in 0..40 {
        let journal = fixture.open();
        expected.extend(store(&journal, event(&n.to_string(), n).into()).await);
        assert_eq!(contents(&journal), expected);
        journal.close().await.unwrap();
        let segments = file_names(&fixture.store, "segment").len();
        assert!(segments <= 8, "{segments} segments after {} stops", n + 1);
    }
    assert_eq!(contents(&fixture.open()), expected);
}

#[tokio::test]
async fn a_reader_keeps_what_it_reads_while_segments_are_merged() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let reader = journal.clone();
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let until_done = std::sync::Arc::clone(&done);
    let reading = std::thread::spawn(move || {
        let mut reads = 0;
        while !until_done.load(std::sync::atomic::Ordering::Relaxed) {
            let events = contents(&reader);
            assert!(events.windows(2).all(|w| w[0].seq < w[1].seq));
            reads += 1;
        }
        reads
    });
    for n in 0..1500 {
        store(&journal, event(&n.to_string(), n).into()).await;
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(reading.join().unwrap() > 0);
}

#[tokio::test]
async fn remains_of_an_unfinished_segment_are_removed() {
    let fixture = Fixture::new();
    drop(fixture.open());
    journal::Store::create(&fixture.store, "segment-1-2.redb.tmp").unwrap();
    drop(fixture.open());
    assert!(!fixture.store.names().iter().any(|name| name.ends_with(".tmp")));
}

#[tokio::test]
async fn a_tail_that_is_sealed_already_is_removed() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let expected = store(&journal, event("e", 0).into()).await;
    let before_seal = fixture.store.operations();
    journal.close().await.unwrap();
    // Everything lasted but the removal of the tail, which is the last change of names.
    let resurrected = (before_seal..=fixture.store.operations())
        .flat_map(|at| (0..24).map(move |seed| (at, seed)))
        .map(|(at, seed)| fixture.store.crash(at, seed))
        .find(has_both)
        .expect("some power cut leaves both");
    let again = Fixture::on(resurrected);
    assert_eq!(contents(&again.open()), expected);
    assert_eq!(file_names(&again.store, "tail").len(), 1, "the new one");
}

#[tokio::test]
async fn a_sealed_tail_that_cannot_be_removed_stays_until_it_can() {
    let fixture = Fixture::new();
    let mut expected = Vec::new();
    fixture.store.refuse_removals(true);
    for life in 0..4 {
        let journal = fixture.open();
        assert_eq!(contents(&journal), expected, "life {life}");
        expected.extend(store(&journal, event(&format!("{life}"), 0).into()).await);
        journal.close().await.unwrap();
    }
    assert_eq!(file_names(&fixture.store, "tail").len(), 4);
    fixture.store.refuse_removals(false);
    assert_eq!(contents(&fixture.open()), expected);
    assert_eq!(file_names(&fixture.store, "tail").len(), 1, "the new one");
}

fn has_both(disk: &SimStore) -> bool {
    !file_names(disk, "tail").is_empty() && !file_names(disk, "segment").iter().all(|n| n.ends_with(".tmp"))
}

#[tokio::test]
async fn each_life_begins_with_a_record_of_the_silence_before() {
    let fixture = Fixture::new();
    fixture.open().close().await.unwrap();
    fixture.clock.advance_ms(5000);
    let journal = fixture.open();
    let starts: Vec<_> = journal
        .read(event::Seq(0), 10)
        .unwrap()
        .into_iter()
        .map(|r| match r.record {
            Record::Started { silent_since, .. } => (silent_since, r.received),
            other => panic!("{other:?}"),
        })
        .collect();
    let now = crate::fixture::NOW;
    assert_eq!(starts, [(None, now), (Some(now), now.plus_ms(5000))]);
}
