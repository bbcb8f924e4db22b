//! What was acknowledged is read back, from wherever it lies.

use event::{Record, Refusal, Seq, Stored};
use journal::{OpenError, Options};

use crate::fixture::{Fixture, contents, event, event_with, file_names, group, person, store};

#[tokio::test]
async fn groups_come_back_through_tail_seal_and_reopening() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut expected = Vec::new();
    for n in 0..20 {
        let records = [event(&format!("a{n}"), n), person(&format!("p{n}")), event(&format!("b{n}"), -n)];
        expected.extend(store(&journal, group(records)).await);
        assert_eq!(journal.head(), expected.last().unwrap().seq);
    }
    assert_eq!(contents(&journal), expected, "from the tail");

    journal.close().await.unwrap();
    assert!(file_names(&fixture.store, "tail").is_empty(), "a clean stop leaves no tail");
    let journal = fixture.open();
    assert_eq!(contents(&journal), expected, "from the segment");

    expected.extend(store(&journal, event("after", 0).into()).await);
    assert_eq!(contents(&journal), expected, "from both");
    drop(journal);
    let journal = fixture.open();
    assert_eq!(contents(&journal), expected, "after a stop that was none");
    assert_eq!(journal.view().unwrap().persons().unwrap().len(), 20, "the state has followed");
}

#[tokio::test]
async fn reading_begins_behind_a_record_and_ends_at_the_limit() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    for n in 0..300 {
        store(&journal, event(&n.to_string(), 0).into()).await;
    }
    let seqs = |after, limit| -> Vec<u64> {
        journal.read(Seq(after), limit).unwrap().iter().map(|r| r.seq.0).collect()
    };
    assert_eq!(seqs(0, 2), [1, 2], "the first is the start");
    assert_eq!(seqs(150, 100), (151..=250).collect::<Vec<_>>());
    assert_eq!(seqs(300, 10), [301]);
    assert_eq!(seqs(301, 10), [0; 0]);
    assert_eq!(seqs(7, 0), [0; 0]);
}

#[tokio::test]
async fn one_event_is_found_by_its_number() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut expected = Vec::new();
    for n in 0..400 {
        expected.extend(store(&journal, event(&n.to_string(), n).into()).await);
    }
    for recorded in &expected {
        let found = journal.event(recorded.seq).unwrap().unwrap();
        assert_eq!(
            (found.received, Record::Event(found.record)),
            (recorded.received, recorded.record.clone())
        );
    }
    assert_eq!(journal.event(Seq(0)).unwrap(), None, "before the first");
    assert_eq!(journal.event(Seq(1)).unwrap(), None, "the start is no event");
    assert_eq!(journal.event(Seq(402)).unwrap(), None, "behind the last");
}

#[tokio::test]
async fn records_of_all_sizes_come_back() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut expected = Vec::new();
    for bytes in [0, 1, 400, 511, 512, 513, 60_000, 65_000, 65_536, 70_000, 300_000, 5] {
        let record = Record::Event(event_with(&bytes.to_string(), 0, &"é".repeat(bytes / 2)));
        expected.extend(store(&journal, group([record, event(&format!("{bytes} small"), 1)])).await);
    }
    assert_eq!(contents(&journal), expected);
    journal.close().await.unwrap();
    assert_eq!(contents(&fixture.open()), expected);
}

#[tokio::test]
async fn a_refused_group_leaves_nothing() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let taken = store(&journal, person("alice").into()).await;
    let refused = journal.submit(group([event("e", 0), person("alice")])).await;
    assert!(matches!(refused, Err(Refusal::Conflict { index: 1, .. })), "{refused:?}");
    assert_eq!(contents(&journal), taken);
    // The event was in no group that was taken, so it is new.
    let receipt = journal.submit(event("e", 0).into()).await.unwrap();
    assert_eq!(receipt.stored, [Stored::New(journal.head())]);
}

#[tokio::test]
async fn what_could_not_be_read_back_is_not_taken() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut deep = event_with("deep", 0, "");
    for _ in 0..125 {
        deep.event.data = serde_json::json!([deep.event.data]);
    }
    let refused = journal.submit(Record::Event(deep).into()).await;
    assert!(matches!(refused, Err(Refusal::Conflict { index: 0, .. })), "{refused:?}");

    let mut brackets = event_with("brackets", 0, "");
    brackets.event.text = "\\\"[{".repeat(500);
    store(&journal, Record::Event(brackets).into()).await;
    drop(journal);
    assert_eq!(contents(&fixture.open()).len(), 1);
}

#[tokio::test]
async fn a_group_over_the_limit_is_refused_with_both_figures() {
    let mut fixture = Fixture::new();
    fixture.options.group_bytes = 2000;
    let journal = fixture.open();
    let refused = journal.submit(Record::Event(event_with("big", 0, &"x".repeat(2000))).into()).await;
    assert!(matches!(refused, Err(Refusal::TooLarge { bytes: 2001.., limit: 2000 })), "{refused:?}");
    store(&journal, event("small", 0).into()).await;
}

#[tokio::test]
async fn a_second_daemon_is_refused_with_the_first_ones_process() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    match fixture.try_open() {
        Err(OpenError::Locked { pid }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{:?}", other.err()),
    }
    journal.close().await.unwrap();
    fixture.open();
}

#[tokio::test]
async fn a_closed_journal_refuses_every_handle() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let other = journal.clone();
    journal.close().await.unwrap();
    assert!(matches!(other.submit(event("e", 0).into()).await, Err(Refusal::Closed { .. })));
    assert!(matches!(other.offer(event("e", 0).into()).await, Err(Refusal::Closed { .. })));
    assert!(matches!(other.settle(crate::fixture::NOW).await, Err(Refusal::Closed { .. })));
}

#[tokio::test]
async fn the_real_disk_keeps_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let stores = journal::Stores::on_disk(folder.path()).unwrap();
        let options = Options { segment_bytes: 32 << 10, ..Options::default() };
        let clock = testkit::ManualClock::at(crate::fixture::NOW);
        journal::Journal::open(options, std::sync::Arc::new(clock), stores).unwrap()
    };
    let journal = open();
    let mut expected = Vec::new();
    for n in 0..200 {
        expected.extend(store(&journal, event(&n.to_string(), n).into()).await);
    }
    drop(journal);
    let journal = open();
    assert_eq!(contents(&journal), expected);
    journal.close().await.unwrap();
    assert_eq!(contents(&open()), expected);
}
