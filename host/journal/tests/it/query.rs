//! Pages of events, against the plainest way to find them.

use event::{Record, Seq, Timestamp};
use journal::{EventPage, EventQuery, Journal, Order, StoredEvent};
use proptest::prelude::*;

use crate::fixture::{Fixture, NOW, event, event_with, group, store};

#[derive(Clone, Debug)]
struct Wanted {
    order: Order,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: usize,
    /// Keeps the events whose number it divides.
    every: u64,
}

impl Wanted {
    fn page(&self, journal: &Journal, cursor: Option<(Timestamp, Seq)>) -> EventPage {
        let keep = |event: &StoredEvent| event.seq.0.is_multiple_of(self.every);
        let query = EventQuery {
            order: self.order,
            cursor,
            from: self.from,
            until: self.until,
            limit: self.limit,
            keep: &keep,
        };
        journal.events(&query).unwrap()
    }

    /// All pages, one after the other.
    fn walk(&self, journal: &Journal) -> Vec<(Timestamp, Seq)> {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.page(journal, cursor);
            assert!(page.events.len() == self.limit || page.next.is_none(), "only the last page is short");
            found.extend(page.events.iter().map(|e| (e.record.event.time, e.seq)));
            if page.next.is_none() {
                return found;
            }
            assert_eq!(page.next, found.last().copied());
            cursor = page.next;
        }
    }

    fn model(&self, all: &[(Timestamp, Seq)]) -> Vec<(Timestamp, Seq)> {
        let within = |t: &Timestamp| {
            self.from.is_none_or(|from| *t >= from) && self.until.is_none_or(|until| *t < until)
        };
        let mut found: Vec<_> =
            all.iter().filter(|(t, s)| within(t) && s.0.is_multiple_of(self.every)).copied().collect();
        found.sort_unstable();
        if self.order == Order::NewestFirst {
            found.reverse();
        }
        found
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let bound = || proptest::option::of((-50..400_i64).prop_map(|s| NOW.plus_s(s)));
    let order = prop_oneof![Just(Order::NewestFirst), Just(Order::OldestFirst)];
    (order, bound(), bound(), 1..60_usize, prop_oneof![Just(1_u64), Just(3), Just(50)])
        .prop_map(|(order, from, until, limit, every)| Wanted { order, from, until, limit, every })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_hold_what_a_plain_search_finds(
        // Mostly in order, with stragglers, repeats and jumps.
        jitter in proptest::collection::vec(prop_oneof![8 => -2..3_i64, 1 => -200..200_i64], 1..400),
        stops in proptest::collection::vec(0..400_usize, 0..3),
        wanted in proptest::collection::vec(wanted(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let fixture = Fixture::new();
            let mut journal = fixture.open();
            let mut all = Vec::new();
            for (n, jitter) in jitter.iter().enumerate() {
                let seconds = n as i64 + jitter;
                let recorded = store(&journal, event(&n.to_string(), seconds).into()).await;
                all.push((NOW.plus_s(seconds), recorded[0].seq));
                if stops.contains(&n) {
                    journal.close().await.unwrap();
                    journal = fixture.open();
                }
            }
            for wanted in wanted {
                assert_eq!(wanted.walk(&journal), wanted.model(&all), "{wanted:?}");
            }
        });
    }
}

#[tokio::test]
async fn a_page_of_the_newest_looks_at_few_events() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    for n in 0..200 {
        let records = (0..20).map(|i| Record::Event(event_with(&format!("{n}.{i}"), n, &"x".repeat(500))));
        store(&journal, group(records)).await;
    }
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let looked_at = std::cell::Cell::new(0);
        let keep = |_: &StoredEvent| {
            looked_at.set(looked_at.get() + 1);
            true
        };
        let query = EventQuery { order, cursor: None, from: None, until: None, limit: 10, keep: &keep };
        assert_eq!(journal.events(&query).unwrap().events.len(), 10);
        assert!(looked_at.get() < 400, "{} of 4000 events", looked_at.get());
    }
}

#[tokio::test]
async fn an_empty_journal_has_an_empty_last_page() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let query = EventQuery {
        order: Order::NewestFirst,
        cursor: None,
        from: None,
        until: None,
        limit: 10,
        keep: &|_| true,
    };
    assert_eq!(journal.events(&query).unwrap(), EventPage::default());
}
