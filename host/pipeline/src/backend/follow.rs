//! Events as they come in, one after the other.

use std::collections::VecDeque;

use api::{Caller, EventStream, Followed, Gap, Who};
use event::{Record, Scope, Seq, Token};
use filter::Filter;
use futures_util::stream;
use journal::{Growth, Journal, StoredEvent};

use super::events::{parse_filter, wire};
use super::eyes::Eyes;
use super::{Answer, Backend, answer, authority};
use crate::blocking::aside;

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
        let after = after.unwrap_or_else(|| growth.head());
        let follower = Follower {
            filter: parse_filter(q.as_deref())?,
            eyes: self.eyes(caller)?,
            token: token_of(caller),
            after,
            told_where: false,
            revoked: false,
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
    growth: Growth,
    filter: Filter,
    eyes: Eyes,
    /// Whoever follows with a token does so as long as it holds.
    token: Option<Token>,
    revoked: bool,
    after: Seq,
    /// Whoever follows knows where that began.
    told_where: bool,
    found: VecDeque<Followed>,
}

impl Follower {
    /// None when the journal has ended, and when the token does not hold any more.
    async fn next(&mut self) -> Option<Answer<Followed>> {
        if !std::mem::replace(&mut self.told_where, true) {
            return Some(Ok(Followed::From(self.after)));
        }
        loop {
            if let Some(next) = self.found.pop_front() {
                return Some(Ok(next));
            }
            if self.revoked {
                return None;
            }
            let after = self.after;
            self.growth.past(after).await.ok()?;
            if let Err(problem) = self.look().await {
                return Some(Err(problem));
            }
        }
    }

    async fn look(&mut self) -> Answer<()> {
        let (journal, after) = (self.journal.clone(), self.after);
        let read = aside(move || journal.read(after, WINDOW));
        for recorded in read.await.map_err(answer::internal)?.map_err(answer::internal)? {
            if recorded.seq > self.after.next() {
                let (from, upto) = (self.after.next(), Seq(recorded.seq.0 - 1));
                let reason = "these records have aged out (see `journal.keep_days`)".to_owned();
                self.found.push_back(Followed::Gap(Gap { from, upto, reason }));
            }
            self.after = recorded.seq;
            if self.is_revoked_by(&recorded.record)? {
                self.revoked = true;
                break;
            }
            if let Record::Event(record) = recorded.record {
                let event = StoredEvent { seq: recorded.seq, received: recorded.received, record };
                if self.eyes.see(&event) && self.filter.matches(&event.record.event) {
                    self.found.push_back(Followed::Event(wire(event)));
                }
            }
        }
        Ok(())
    }

    /// Records that take tokens away may be old, and of a namesake: the state knows.
    fn is_revoked_by(&self, record: &Record) -> Answer<bool> {
        let Some(token) = &self.token else { return Ok(false) };
        if !matches!(record, Record::TokenRevoked { .. } | Record::PersonRemoved { .. }) {
            return Ok(false);
        }
        let view = self.journal.view().map_err(answer::internal)?;
        Ok(view.token_by_hash(&token.hash).map_err(answer::internal)?.is_none())
    }
}

fn token_of(caller: &Caller) -> Option<Token> {
    match &caller.who {
        Who::Token(token) => Some(token.clone()),
        Who::Admin | Who::Local => None,
    }
}
