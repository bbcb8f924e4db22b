//! What ages out, and what does not.

use event::{Record, Recorded, Seq, Timestamp};
use journal::{EventQuery, Journal, Order, Retention};

use crate::fixture::{Fixture, NOW, STATE, contents, event, file_names, person, store};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Days with a person and some events each, sealed each day.
async fn live(fixture: &Fixture, journal: &Journal, days: i64) -> Vec<Recorded> {
    let mut all = Vec::new();
    for day in 0..days {
        all.extend(store(journal, person(&format!("p{day}")).into()).await);
        for n in 0..10 {
            all.extend(store(journal, event(&format!("{day}.{n}"), day * 86400 + n).into()).await);
        }
        journal.seal().await.unwrap();
        let upto = journal.head();
        store(journal, Record::Dispatched { upto }.into()).await;
        fixture.clock.advance_ms(DAY_MS);
    }
    all
}

fn keeping(days: Option<i64>, bytes: Option<u64>) -> Fixture {
    let mut fixture = Fixture::new();
    // Sealed by hand only.
    fixture.options.seal_after_ms = i64::MAX;
    fixture.options.retention = Retention { keep_ms: days.map(|days| days * DAY_MS), keep_bytes: bytes };
    fixture
}

fn segment_bytes(fixture: &Fixture) -> u64 {
    let mut bytes = 0;
    for name in file_names(&fixture.store, "segment") {
        fixture.store.tamper(&name, |file| bytes += file.len() as u64);
    }
    bytes
}

#[tokio::test]
async fn history_goes_by_age() {
    let fixture = keeping(Some(10), None);
    let journal = fixture.open();
    let all = live(&fixture, &journal, 16).await;
    let now = fixture.clock_now();
    let aged = journal.keeper().age(now).unwrap();
    assert_eq!(aged.first, journal.first());
    assert_eq!(aged.records, journal.first().0 - 1);
    let left = events(contents(&journal));
    let expected: Vec<_> = events(all).into_iter().filter(|r| r.seq >= journal.first()).collect();
    assert_eq!(left, expected);
    let oldest = left[0].received;
    assert!(now.since(oldest) < 12 * DAY_MS, "a step is a part of the time that is kept");
    assert!(now.since(left.last().unwrap().received) <= DAY_MS);
    // A snapshot holds what went, and the rest is due later.
    assert!(journal.keeper().newest_snapshot().unwrap().unwrap().seq >= Seq(aged.first.0 - 1));
    assert!(aged.next.unwrap() > now);
    assert_eq!(journal.keeper().age(now).unwrap().records, 0);
    assert!(journal.keeper().age(aged.next.unwrap()).unwrap().records > 0);
    journal.close().await.unwrap();
    let journal = fixture.open();
    assert_eq!(journal.view().unwrap().persons().unwrap().len(), 16, "the state knows of all");
    drop(journal);
    journal::Store::remove(&fixture.state, STATE).unwrap();
    assert_eq!(fixture.open().view().unwrap().persons().unwrap().len(), 16, "also when folded again");
}

#[tokio::test]
async fn history_goes_by_size() {
    let fixture = keeping(None, Some(3 << 20));
    let journal = fixture.open();
    live(&fixture, &journal, 16).await;
    assert!(segment_bytes(&fixture) > 3 << 20);
    let aged = journal.keeper().age(fixture.clock_now()).unwrap();
    assert!(aged.records > 0 && aged.next.is_none() && !aged.over_bytes);
    // Files go when nobody reads them any more: the writer looks at each batch.
    store(&journal, event("next", 0).into()).await;
    assert!(segment_bytes(&fixture) <= 3 << 20, "{}", segment_bytes(&fixture));
}

#[tokio::test]
async fn what_duplicates_are_found_by_stays_for_three_days_whatever_its_size() {
    let fixture = keeping(None, Some(1));
    let journal = fixture.open();
    live(&fixture, &journal, 16).await;
    let aged = journal.keeper().age(fixture.clock_now()).unwrap();
    assert!(aged.records > 0 && aged.over_bytes);
    let first = contents(&journal).into_iter().find(|r| matches!(r.record, Record::Event(_))).unwrap();
    let age = fixture.clock_now().since(first.received);
    assert!((3 * DAY_MS..6 * DAY_MS).contains(&age), "{age}");
    for day in 13..16 {
        let receipt = journal.submit(event(&format!("{day}.7"), day * 86400 + 7).into()).await.unwrap();
        assert!(matches!(receipt.stored[..], [event::Stored::Duplicate(_)]), "day {day}");
    }
}

#[tokio::test]
async fn what_the_dispatch_cursor_has_not_passed_stays() {
    let fixture = keeping(Some(3), None);
    let journal = fixture.open();
    store(&journal, event("old", 0).into()).await;
    journal.seal().await.unwrap();
    fixture.clock.advance_ms(30 * DAY_MS);
    store(&journal, event("new", 0).into()).await;
    journal.seal().await.unwrap();
    assert_eq!(journal.keeper().age(fixture.clock_now()).unwrap().records, 0);
    store(&journal, Record::Dispatched { upto: journal.head() }.into()).await;
    assert_eq!(journal.keeper().age(fixture.clock_now()).unwrap().first, Seq(3));
}

#[tokio::test]
async fn nothing_goes_unless_somebody_wants_it_to() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let all = live(&fixture, &journal, 16).await;
    let aged = journal.keeper().age(Timestamp(i64::MAX / 2)).unwrap();
    assert_eq!((aged.records, aged.first, aged.next), (0, Seq(1), None));
    assert_eq!(events(contents(&journal)), events(all));
}

#[tokio::test]
async fn pages_and_reads_go_on_over_what_is_left() {
    let fixture = keeping(Some(10), None);
    let journal = fixture.open();
    live(&fixture, &journal, 16).await;
    let before = page(&journal, None, 30);
    journal.keeper().age(fixture.clock_now()).unwrap();
    assert_eq!(journal.event(Seq(5)).unwrap(), None, "it has aged out");
    assert!(Seq(5) < journal.first());
    let records = journal.read(Seq(0), 3).unwrap();
    assert_eq!(records[0].seq, journal.first(), "reading begins where history does");
    assert_eq!(page(&journal, None, 30), before);
    let oldest = page(&journal, Some(before.last().copied().unwrap()), usize::MAX);
    assert!(oldest.iter().all(|(_, seq)| *seq >= journal.first()) && !oldest.is_empty());
}

/// A power cut at each moment of ageing: all of it is there, or what was to stay is.
#[tokio::test]
async fn ageing_that_was_cut_off_leaves_one_or_the_other() {
    let fixture = keeping(Some(4), None);
    let journal = fixture.open();
    let all = events(live(&fixture, &journal, 7).await);
    let before = fixture.store.operations();
    let first = journal.keeper().age(fixture.clock_now()).unwrap().first;
    store(&journal, event("next", 0).into()).await;
    let mut seen = [0, 0];
    for cut in before..=fixture.store.operations() {
        for seed in 0..3 {
            let mut after = Fixture::on(fixture.store.crash(cut, seed));
            after.options = fixture.options.clone();
            after.clock.advance_to(fixture.clock_now());
            let journal = after.open();
            let begins = journal.first();
            assert!(begins == Seq(1) || begins == first, "cut {cut}, seed {seed}: {begins}");
            seen[usize::from(begins == first)] += 1;
            let mut left = events(contents(&journal));
            left.retain(|r| !matches!(&r.record, Record::Event(e) if e.event.id == "next"));
            assert!(left.iter().eq(all.iter().filter(|r| r.seq >= begins)), "cut {cut}, seed {seed}");
            assert_eq!(journal.view().unwrap().persons().unwrap().len(), 7);
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

#[tokio::test]
async fn a_reader_keeps_what_it_reads_while_history_goes() {
    let fixture = keeping(Some(10), None);
    let journal = fixture.open();
    live(&fixture, &journal, 16).await;
    let (reader, now) = (journal.clone(), fixture.clock_now());
    let (begun, has_begun) = std::sync::mpsc::channel();
    let reading = std::thread::spawn(move || {
        while reader.first() == Seq(1) || events(contents(&reader))[0].seq == Seq(3) {
            let events = contents(&reader);
            assert!(events.windows(2).all(|w| w[0].seq < w[1].seq));
            // Nobody waits for the later ones.
            let _ = begun.send(());
        }
    });
    has_begun.recv().unwrap();
    journal.keeper().age(now).unwrap();
    reading.join().unwrap();
}

#[tokio::test]
async fn small_neighbours_are_merged_but_not_over_too_long_a_time() {
    for (days, most) in [(Some(16), 2), (None, 12)] {
        let fixture = keeping(days, None);
        let journal = fixture.open();
        for _ in 0..12 {
            store(&journal, event(&fixture.clock_now().0.to_string(), 0).into()).await;
            journal.seal().await.unwrap();
            fixture.clock.advance_ms(DAY_MS);
        }
        journal.close().await.unwrap();
        let segments = file_names(&fixture.store, "segment");
        let longest = segments.iter().map(|name| records_of(name)).max().unwrap();
        assert!(longest <= most + 1 && longest > 1, "{segments:?}");
    }
}

fn records_of(name: &str) -> u64 {
    let (first, last) =
        name.strip_prefix("segment-").unwrap().strip_suffix(".redb").unwrap().split_once('-').unwrap();
    last.parse::<u64>().unwrap() - first.parse::<u64>().unwrap() + 1
}

fn events(records: Vec<Recorded>) -> Vec<Recorded> {
    records.into_iter().filter(|r| matches!(r.record, Record::Event(_))).collect()
}

fn page(journal: &Journal, cursor: Option<(Timestamp, Seq)>, limit: usize) -> Vec<(Timestamp, Seq)> {
    let (order, keep) = (Order::NewestFirst, &|_: &journal::StoredEvent| true);
    let query = EventQuery { order, cursor, from: None, until: None, limit, keep };
    journal.events(&query).unwrap().events.iter().map(|e| (e.record.event.time, e.seq)).collect()
}

#[test]
fn the_clock_of_these_tests_begins_where_events_do() {
    assert_eq!(Fixture::new().clock_now(), NOW);
}
