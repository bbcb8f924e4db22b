//! The scrub gets round, and says once what it finds.

use event::Record;
use journal::Journal;

use crate::fixture::{Fixture, event_with, file_names, store};

const WEEK_MS: i64 = 7 * 24 * 3600 * 1000;

/// Segments that are too different in size to be merged.
async fn segments(fixture: &Fixture, journal: &Journal) -> Vec<String> {
    for size in [60, 12, 3] {
        for n in 0..size {
            let text = format!("{size} number {n}. {}", "x".repeat(100));
            store(journal, Record::Event(event_with(&format!("{size}.{n}"), n, &text)).into()).await;
        }
        journal.seal().await.unwrap();
    }
    let names = file_names(&fixture.store, "segment");
    assert!(names.len() >= 3, "{names:?}");
    names
}

#[tokio::test]
async fn a_round_takes_a_week_and_goes_on_after_a_restart() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    assert_eq!(journal.keeper().scrub(fixture.clock_now()).unwrap().next, None, "there is nothing yet");
    let mut names = segments(&fixture, &journal).await;
    let pause = WEEK_MS / names.len() as i64;
    let mut seen = Vec::new();
    for _ in 0..names.len() {
        let scrubbed = journal.keeper().scrub(fixture.clock_now()).unwrap();
        assert_eq!(scrubbed.damage, []);
        seen.extend(scrubbed.segment);
        assert_eq!(scrubbed.next, Some(fixture.clock_now().plus_ms(pause)));
        let early = journal.keeper().scrub(fixture.clock_now()).unwrap();
        assert_eq!((early.segment, early.next), (None, scrubbed.next), "not before its time");
        fixture.clock.advance_ms(pause);
    }
    assert_eq!(seen, names);
    drop(journal);
    let journal = fixture.open();
    names.truncate(1);
    let next = journal.keeper().scrub(fixture.clock_now()).unwrap().segment;
    assert_eq!(next.as_slice(), names, "the next round");
}

#[tokio::test]
async fn damage_is_said_until_somebody_was_told() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let names = segments(&fixture, &journal).await;
    let mut hit = Vec::new();
    for name in &names {
        fixture.store.tamper(name, |bytes| {
            // A page that redb wrote anew leaves an old copy behind: all of them are hit.
            while let Some(at) = bytes.windows(12).position(|w| w == b"12 number 5.") {
                bytes[at] ^= 0x10;
                hit.push(name);
            }
        });
    }
    hit.dedup();
    let [hit] = hit[..] else { panic!("{hit:?}") };
    let round = |journal: &Journal| {
        let mut found = Vec::new();
        for _ in 0..names.len() {
            found.extend(journal.keeper().scrub(fixture.clock_now()).unwrap().damage);
            fixture.clock.advance_ms(WEEK_MS);
        }
        found
    };
    let found = round(&journal);
    let [(damage, first, last), ..] = found.as_slice() else { panic!("{found:?}") };
    drop(journal);
    // Whoever was to be told may not have been when the daemon died.
    let journal = fixture.open();
    fixture.clock.advance_ms(-WEEK_MS);
    let again = journal.keeper().scrub(fixture.clock_now()).unwrap();
    assert_eq!((again.segment, again.damage), (None, vec![(damage.clone(), *first, *last)]));
    journal.keeper().damage_told(&damage.file).unwrap();
    fixture.clock.advance_ms(WEEK_MS);
    assert_eq!([round(&journal), round(&journal)], [[], []]);
    assert_eq!(damage.file, *hit);
    assert!(damage.problem.contains("fails its checksum"), "{damage}");
    assert!(hit.contains(&first.to_string()) && hit.contains(&last.to_string()));
}
