//! Events as they come in, one after the other.

use std::collections::VecDeque;

use api::{Caller, EventStream, Followed};
use event::{Record, Scope, Seq, Viewer};
use filter::Filter;
use futures_util::stream;
use journal::{Journal, StoredEvent};
use tokio::sync::watch;

use super::events::{parse_filter, wire};
use super::{Answer, Backend, answer, authority, viewer};

/// Records looked through at once.
const WINDOW: usize = 512;

impl Backend {
    pub(super) fn follow(
        &self,
        caller: &Caller,
        q: Option<String>,
        after: Option<Seq>,
    ) -> Answer<EventStream> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let growth = self.journal.watch();
        let after = after.unwrap_or_else(|| *growth.borrow());
        let follower = Follower {
            filter: parse_filter(q.as_deref())?,
            viewer: viewer(caller),
            after,
            told_where: false,
            found: VecDeque::new(),
            journal: self.journal.clone(),
            growth,
        };
        Ok(Box::pin(stream::unfold(follower, |mut follower| async move {
            let next = follower.next().await?;
            Some((next, follower))
        })))
    }
}

struct Follower {
    journal: Journal,
    growth: watch::Receiver<Seq>,
    filter: Filter,
    viewer: Viewer,
    after: Seq,
    /// Whoever follows knows where that began.
    told_where: bool,
    found: VecDeque<StoredEvent>,
}

impl Follower {
    /// None when the journal has ended.
    async fn next(&mut self) -> Option<Answer<Followed>> {
        if !std::mem::replace(&mut self.told_where, true) {
            return Some(Ok(Followed::From(self.after)));
        }
        loop {
            if let Some(event) = self.found.pop_front() {
                return Some(Ok(Followed::Event(wire(event))));
            }
            let after = self.after;
            self.growth.wait_for(|head| *head > after).await.ok()?;
            if let Err(problem) = self.look().await {
                return Some(Err(problem));
            }
        }
    }

    async fn look(&mut self) -> Answer<()> {
        let (journal, after) = (self.journal.clone(), self.after);
        let read = tokio::task::spawn_blocking(move || journal.read(after, WINDOW));
        for recorded in read.await.map_err(answer::internal)?.map_err(answer::internal)? {
            self.after = recorded.seq;
            if let Record::Event(record) = recorded.record
                && record.realm.visible_to(&self.viewer)
                && self.filter.matches(&record.event)
            {
                self.found.push_back(StoredEvent { seq: recorded.seq, received: recorded.received, record });
            }
        }
        Ok(())
    }
}
