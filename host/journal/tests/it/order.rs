//! Numbers and times only rise.

use std::sync::{Arc, Mutex};

use event::Seq;

use crate::fixture::{Fixture, NOW, contents, event, store};

#[tokio::test]
async fn received_never_decreases_though_the_clock_does() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    store(&journal, event("a", 0).into()).await;
    fixture.clock.advance_ms(-60_000);
    store(&journal, event("b", 0).into()).await;
    drop(journal);
    let journal = fixture.open();
    store(&journal, event("c", 0).into()).await;
    let received: Vec<_> = contents(&journal).iter().map(|r| r.received).collect();
    assert_eq!(received, [NOW, NOW, NOW]);
}

/// What the log says while something is done on this thread.
fn logged(work: impl FnOnce()) -> String {
    let written = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&written);
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || Shared(Arc::clone(&writer))).finish();
    tracing::subscriber::with_default(subscriber, work);
    String::from_utf8(written.lock().unwrap().clone()).unwrap()
}

struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(data)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_clock_before_the_last_record_is_said_at_the_start_and_stops_nobody() {
    let fixture = Fixture::new();
    drop(fixture.open());
    for (step_ms, warns) in [(0, false), (-3_600_000, true), (3_600_001, false)] {
        fixture.clock.advance_ms(step_ms);
        let said = logged(|| drop(fixture.open()));
        assert_eq!(said.contains("the clock stands before the last record"), warns, "{step_ms}: {said}");
    }
}

#[tokio::test]
async fn after_settling_nothing_is_stamped_up_to_that_moment() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    store(&journal, event("a", 0).into()).await;
    let until = NOW.plus_ms(500);
    assert_eq!(journal.settle(until).await.unwrap(), Seq(2));
    assert_eq!(journal.settle(NOW).await.unwrap(), Seq(2), "settled already");
    let recorded = store(&journal, event("b", 0).into()).await;
    assert_eq!(recorded[0].received, until.plus_ms(1));
}

#[tokio::test]
async fn what_was_sent_before_settling_is_before_its_answer() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut sends = Vec::new();
    for n in 0..200 {
        let (sender, settler) = (journal.clone(), journal.clone());
        sends
            .push(tokio::spawn(async move { sender.submit(event(&n.to_string(), 0).into()).await.unwrap() }));
        let until = NOW.plus_ms(n);
        let head = settler.settle(until).await.unwrap();
        assert!(journal.head() >= head, "what it answers is synced");
        for recorded in contents(&journal) {
            assert!(recorded.seq <= head || recorded.received > until);
        }
    }
    for send in sends {
        send.await.unwrap();
    }
    let all = contents(&journal);
    assert!(all.windows(2).all(|w| w[0].seq < w[1].seq && w[0].received <= w[1].received));
}

#[tokio::test]
async fn the_effect_of_an_answer_is_visible_to_the_next_request() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let mut watch = journal.watch();
    for n in 0..100 {
        let recorded = store(&journal, crate::fixture::person(&format!("p{n}")).into()).await;
        assert_eq!(journal.head(), recorded[0].seq);
        assert_eq!(journal.state().applied(), recorded[0].seq);
        assert_eq!(journal.view().unwrap().persons().unwrap().len(), n + 1);
        assert_eq!(watch.see(), recorded[0].seq);
    }
}
