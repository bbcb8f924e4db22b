//! The same event twice is one event, wherever the first one lies.

use event::{Record, Refusal, Seq, Stored};
use journal::Journal;

use crate::fixture::{Fixture, event, event_with, group, store};

async fn again(journal: &Journal, first: Seq) {
    let head = journal.head();
    let receipt = journal.submit(event("e", 0).into()).await.unwrap();
    assert_eq!(receipt.stored, [Stored::Duplicate(first)]);
    assert_eq!(journal.head(), head, "a duplicate takes no number");
    let other = Record::Event(event_with("e", 0, "something else"));
    let refused = journal.submit(group([event("unrelated", 0), other])).await;
    assert!(matches!(refused, Err(Refusal::Conflict { index: 1, .. })), "{refused:?}");
}

#[tokio::test]
async fn duplicates_are_found_in_tail_and_segment_and_after_restarts() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let first = store(&journal, event("e", 0).into()).await[0].seq;
    again(&journal, first).await;
    drop(journal);
    let journal = fixture.open();
    again(&journal, first).await;
    journal.close().await.unwrap();
    let journal = fixture.open();
    again(&journal, first).await;
    for n in 0..1000 {
        store(&journal, event(&n.to_string(), 0).into()).await;
    }
    again(&journal, first).await;
    drop(journal);
    again(&fixture.open(), first).await;
}

#[tokio::test]
async fn duplicates_within_a_batch_and_within_a_group_are_found() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let receipt = journal.submit(group([event("e", 0), event("f", 0), event("e", 0)])).await.unwrap();
    assert_eq!(receipt.stored, [Stored::New(Seq(2)), Stored::New(Seq(3)), Stored::Duplicate(Seq(2))]);
    let all: Vec<_> = (0..50).map(|_| journal.submit(event("g", 0).into())).collect();
    let mut new = 0;
    for answer in join_all(all).await {
        new += usize::from(matches!(answer.unwrap().stored[..], [Stored::New(Seq(4))]));
    }
    assert_eq!((new, journal.head()), (1, Seq(4)));
}

#[tokio::test]
async fn identities_are_forgotten_after_three_days_of_journal_time() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    let first = store(&journal, event("e", 0).into()).await[0].seq;
    journal.close().await.unwrap();
    let journal = fixture.open();
    fixture.clock.advance_ms(2 * 24 * 3600 * 1000);
    store(&journal, event("two days later", 0).into()).await;
    journal.close().await.unwrap();
    let journal = fixture.open();
    again(&journal, first).await;
    fixture.clock.advance_ms(4 * 24 * 3600 * 1000);
    store(&journal, event("six days later", 0).into()).await;
    journal.close().await.unwrap();
    let journal = fixture.open();
    let receipt = journal.submit(event("e", 0).into()).await.unwrap();
    assert!(matches!(receipt.stored[..], [Stored::New(_)]));
}

/// Polls all of them, so that they wait in one queue.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut futures {
            if output.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(context)
            {
                *output = Some(done);
            }
        }
        match futures.iter().all(|(_, output)| output.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    futures.into_iter().map(|(_, output)| output.expect("all are done")).collect()
}
