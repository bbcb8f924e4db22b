//! Damage is reported and refused, never served and never cut.

use event::{Record, Seq};
use journal::{EventQuery, OpenError, Order, ReadError};

use crate::fixture::{Fixture, contents, event, event_with, file_names, store};

/// Where the text of an event lies in a file.
fn place_of(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|w| w == text.as_bytes()).expect("the text is there")
}

/// A journal whose tail holds ten events, stopped without a close.
async fn ten_events() -> (Fixture, String) {
    let fixture = Fixture::new();
    let journal = fixture.open();
    for n in 0..10 {
        let record = Record::Event(event_with(&n.to_string(), n, &format!("event number {n}.")));
        store(&journal, record.into()).await;
    }
    drop(journal);
    let tail = file_names(&fixture.store, "tail").remove(0);
    (fixture, tail)
}

fn flip(fixture: &Fixture, file: &str, text: &str) {
    fixture.store.tamper(file, |bytes| {
        let place = place_of(bytes, text);
        bytes[place] ^= 0x20;
    });
}

#[tokio::test]
async fn damage_in_the_middle_of_the_tail_refuses_the_start_and_changes_nothing() {
    let (fixture, tail) = ten_events().await;
    flip(&fixture, &tail, "event number 4.");
    let changes = fixture.store.changes();
    for _ in 0..2 {
        match fixture.try_open() {
            Err(OpenError::Damaged(damage)) => assert_eq!(damage.file, tail),
            other => panic!("{:?}", other.err()),
        }
    }
    assert_eq!(fixture.store.changes(), changes, "nothing was written");
}

#[tokio::test]
async fn accepted_loss_keeps_what_stands_before_the_damage_and_a_copy() {
    let (mut fixture, tail) = ten_events().await;
    flip(&fixture, &tail, "event number 4.");
    fixture.options.accept_loss = true;
    let journal = fixture.open();
    assert_eq!(contents(&journal).len(), 4);
    assert_eq!(file_names(&fixture.store, "damaged").len(), 1);
    store(&journal, event("on we go", 0).into()).await;
    drop(journal);
    fixture.options.accept_loss = false;
    assert_eq!(contents(&fixture.open()).len(), 5);
}

/// One bit there makes history begin later, and what is older would be removed.
#[tokio::test]
async fn what_the_log_says_of_itself_is_believed_only_with_its_checksum() {
    for (was, is) in [("\"first\": 1", "\"first\": 9"), ("{", "["), ("\"journal\": \"0", "\"journal\": \"1")]
    {
        let mut fixture = Fixture::new();
        let journal = fixture.open();
        for n in 0..10 {
            store(&journal, event(&format!("event number {n}"), n).into()).await;
        }
        journal.close().await.unwrap();
        fixture.store.tamper("about.json", |bytes| {
            let text = String::from_utf8(std::mem::take(bytes)).unwrap();
            assert!(text.contains(was), "{text}");
            *bytes = text.replacen(was, is, 1).into_bytes();
        });
        match fixture.try_open() {
            Err(OpenError::Damaged(damage)) => assert_eq!(damage.file, "about.json"),
            other => panic!("{is}: {:?}", other.err()),
        }
        fixture.options.accept_loss = true;
        assert_eq!(contents(&fixture.open()).len(), 10, "{is}: the files themselves are whole");
        fixture.options.accept_loss = false;
        assert_eq!(contents(&fixture.open()).len(), 10, "{is}: it was written anew");
    }
}

/// So did the release before.
#[tokio::test]
async fn what_the_log_said_of_itself_without_a_checksum_gets_one() {
    let fixture = Fixture::new();
    drop(fixture.open());
    let about = |fixture: &Fixture| {
        let mut text = String::new();
        fixture.store.tamper("about.json", |bytes| text = String::from_utf8(bytes.clone()).unwrap());
        text
    };
    let whole = about(&fixture);
    fixture.store.tamper("about.json", |bytes| {
        let mut value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        value.as_object_mut().unwrap().remove("checksum").unwrap();
        *bytes = serde_json::to_vec(&value).unwrap();
    });
    drop(fixture.open());
    assert_eq!(about(&fixture), whole);
}

#[tokio::test]
async fn a_last_frame_that_the_state_has_seen_is_no_torn_end() {
    let (fixture, tail) = ten_events().await;
    flip(&fixture, &tail, "event number 9.");
    assert!(matches!(fixture.try_open(), Err(OpenError::Damaged(_))));
}

#[tokio::test]
async fn remains_of_an_unfinished_frame_are_cut() {
    let (fixture, tail) = ten_events().await;
    fixture.store.tamper(&tail, |bytes| {
        let end = bytes.iter().rposition(|b| *b != 0).unwrap().next_multiple_of(512);
        bytes.resize(end + 2048, 0);
        bytes[end..end + 1500].fill(0xEE);
    });
    let journal = fixture.open();
    assert_eq!(contents(&journal).len(), 10);
    store(&journal, event("on we go", 0).into()).await;
    drop(journal);
    assert_eq!(contents(&fixture.open()).len(), 11);
}

/// Where the length of the record stands in whose JSON `place` lies: in front of it.
fn length_of(bytes: &[u8], place: usize) -> usize {
    let frames_json = |begin: &usize| {
        let length = u32::from_le_bytes(bytes[begin - 4..*begin].try_into().unwrap()) as usize;
        bytes[*begin] == b'{' && bytes.get(begin + length - 1) == Some(&b'}')
    };
    (4..place).rev().find(frames_json).expect("it has one") - 4
}

/// Then nobody knows where the next one begins, and must not take the next block's for it.
#[tokio::test]
async fn behind_a_record_whose_length_is_damaged_none_of_its_block_is_passed_in_silence() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    for n in 0..1000 {
        let text = format!("event number {n}. {}", "x".repeat(300));
        let record = Record::Event(event_with(&n.to_string(), n, &text));
        store(&journal, record.into()).await;
    }
    journal.close().await.unwrap();
    let segment = file_names(&fixture.store, "segment").remove(0);
    fixture.store.tamper(&segment, |bytes| {
        let place = length_of(bytes, place_of(bytes, "event number 10."));
        bytes[place + 1] ^= 0x40;
    });
    let journal = fixture.open();
    let mut refused = 0;
    for seq in 1..=journal.head().0 {
        match journal.read(Seq(seq - 1), 1) {
            Ok(records) => assert_eq!(records.first().map(|r| r.seq), Some(Seq(seq))),
            Err(ReadError::Damaged(_)) => refused += 1,
            Err(other) => panic!("{seq}: {other}"),
        }
    }
    assert!((2..500).contains(&refused), "the rest of its block, and no other: {refused}");
}

#[tokio::test]
async fn a_damaged_record_is_refused_and_its_neighbours_blocks_are_served() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    for n in 0..2000 {
        let text = format!("event number {n}. {}", "x".repeat(300));
        let record = Record::Event(event_with(&n.to_string(), n, &text));
        store(&journal, record.into()).await;
    }
    journal.close().await.unwrap();
    let segment = file_names(&fixture.store, "segment").remove(0);
    flip(&fixture, &segment, "event number 10.");
    let journal = fixture.open();
    assert!(matches!(journal.event(Seq(12)), Err(ReadError::Damaged(_))), "the record itself");
    assert!(matches!(journal.read(Seq(0), 100), Err(ReadError::Damaged(_))), "a page with it");
    assert_eq!(journal.read(Seq(1000), 1000).unwrap().len(), 1000, "a page elsewhere");
    let query = EventQuery {
        order: Order::NewestFirst,
        cursor: None,
        from: None,
        until: None,
        limit: 100,
        keep: &|_| true,
    };
    assert_eq!(journal.events(&query).unwrap().events.len(), 100, "the newest");
    let oldest = EventQuery { order: Order::OldestFirst, ..query };
    let page = journal.events(&oldest).unwrap();
    let passed: Vec<(Seq, Seq)> = page.damaged.iter().map(|passed| (passed.first, passed.last)).collect();
    assert_eq!((page.events.len(), passed), (100, vec![(Seq(12), Seq(12))]), "the oldest");
    let texts: Vec<&str> = page.events.iter().map(|event| &event.record.event.text[..16]).collect();
    assert_eq!((texts[9], texts[10]), ("event number 9. ", "event number 11."));
}

/// Every byte of a small segment, one at a time: what is served is right, or refused.
#[tokio::test]
async fn no_flipped_bit_of_a_segment_is_ever_served() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut expected = Vec::new();
    for n in 0..30 {
        expected.extend(store(&journal, event(&n.to_string(), n).into()).await);
    }
    journal.close().await.unwrap();
    let segment = file_names(&fixture.store, "segment").remove(0);
    let disk = fixture.store.crash(fixture.store.operations(), 1);
    let mut length = 0;
    disk.tamper(&segment, |bytes| length = bytes.len());
    let mut refused = 0;
    for at in (0..length).step_by(length / 400) {
        let copy = Fixture::on(disk.crash(0, 0));
        copy.store.tamper(&segment, |bytes| bytes[at] ^= 1 << (at % 8));
        let Ok(journal) = copy.try_open() else {
            refused += 1;
            continue;
        };
        match journal.read(Seq(0), usize::MAX) {
            Ok(mut found) => {
                found.retain(|r| matches!(r.record, Record::Event(_)));
                assert_eq!(found, expected, "byte {at}");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0, "some of them lie in what is read");
}

#[tokio::test]
async fn a_missing_segment_is_reported() {
    let fixture = Fixture::new();
    for size in [40, 4, 1] {
        let journal = fixture.open();
        for n in 0..size {
            store(&journal, event(&format!("{size}.{n}"), 0).into()).await;
        }
        journal.close().await.unwrap();
    }
    let segments = file_names(&fixture.store, "segment");
    assert!(segments.len() > 2, "{segments:?}");
    journal::Store::remove(&fixture.store, &segments[1]).unwrap();
    assert!(matches!(fixture.try_open(), Err(OpenError::Damaged(_))));
}

#[tokio::test]
async fn a_newer_format_is_refused_by_name() {
    let (fixture, tail) = ten_events().await;
    fixture.store.tamper(&tail, |bytes| bytes[7] = 200);
    match fixture.try_open() {
        Err(OpenError::Newer(newer)) => assert_eq!((newer.found, newer.known), (200, 2)),
        other => panic!("{:?}", other.err()),
    }
}
