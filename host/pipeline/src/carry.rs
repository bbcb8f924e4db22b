//! Digest → attempt: carries what is in the outbox to its addresses.
//!
//! Mails go side by side, a few at once; an inbox waits for none of them. What is
//! under way when the daemon dies is tried again with the same bytes and id.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use deliver::Deliverer;
use event::{
    Address, Attempt, AttemptResult, Channel, Clock, Digest, DigestId, Draft, Outbox, Record, Timestamp,
};
use futures_util::FutureExt;
use journal::{Journal, StateError, View};
use tokio::task::JoinSet;

use crate::stage::{self, Stage, StageError, Step};
use crate::{notice, people};

/// Mails under way at once.
const SLOTS: usize = 32;
/// Digests that need no slot, taken in one step.
const AT_ONCE: usize = 64;
/// How long a stop waits for what is under way, in seconds.
const FINISH_S: i64 = 10;

pub(crate) struct Carry {
    journal: Journal,
    clock: Arc<dyn Clock>,
    deliverer: Arc<Deliverer>,
    /// Begun, and not recorded yet: none of these is begun again.
    under_way: HashSet<DigestId>,
    mails: JoinSet<Carried>,
    /// Ended, and not recorded yet: a full disk must not send a mail twice.
    ended: VecDeque<Carried>,
    /// As long as the outbox was when all of it was last looked through. While it stays
    /// so, nothing has come for which no slot is needed.
    looked_through: Option<u64>,
}

/// What is due, with all that an attempt needs to know.
struct Load {
    outbox: Outbox,
    digest: Option<Digest>,
    address: Option<Address>,
}

/// An attempt that ended.
struct Carried {
    outbox: Outbox,
    digest: Option<Digest>,
    at: Timestamp,
    result: AttemptResult,
}

impl Carry {
    pub(crate) fn new(journal: Journal, clock: Arc<dyn Clock>, deliverer: Arc<Deliverer>) -> Carry {
        Carry {
            journal,
            clock,
            deliverer,
            under_way: HashSet::new(),
            mails: JoinSet::new(),
            ended: VecDeque::new(),
            looked_through: None,
        }
    }

    /// Starts what is due, and says whether there was anything.
    fn start(&mut self) -> Result<bool, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let len = view.outbox_len().map_err(StageError::damaged)?;
        let all = self.looked_through != Some(len);
        // The first rows fill the slots; only what is new can be an inbox's behind them.
        let limit = if all { usize::MAX } else { 2 * SLOTS };
        let due = view.outbox_due(self.clock.now(), limit).map_err(StageError::damaged)?;
        let (mut started, mut at_once) = (false, 0);
        for outbox in due {
            if self.under_way.contains(&outbox.digest) {
                continue;
            }
            let address = address_of(&view, &outbox).map_err(StageError::damaged)?;
            let is_mail = address.as_ref().is_some_and(|address| address.channel == Channel::Mail);
            if is_mail && self.mails.len() >= SLOTS {
                continue;
            }
            if !is_mail && at_once == AT_ONCE {
                return Ok(true);
            }
            let digest = view.digest(&outbox.digest).map_err(StageError::damaged)?;
            self.under_way.insert(outbox.digest.clone());
            let attempt =
                attempt(self.clock.clone(), self.deliverer.clone(), Load { outbox, digest, address });
            if is_mail {
                self.mails.spawn(attempt);
            } else {
                // It ends at once: there is nobody to wait for.
                self.ended.extend(attempt.now_or_never());
                at_once += 1;
            }
            started = true;
        }
        self.looked_through = Some(len);
        Ok(started)
    }

    /// Records what has ended. What cannot be recorded stays.
    async fn record_ended(&mut self) -> Result<bool, StageError> {
        let any = !self.ended.is_empty();
        while let Some(carried) = self.ended.front() {
            let (records, over) = records_of(carried);
            stage::submit(&self.journal, Draft { records }).await?;
            if let Some(carried) = self.ended.pop_front() {
                self.under_way.remove(&carried.outbox.digest);
            }
            if over {
                self.looked_through = self.looked_through.map(|len| len.saturating_sub(1));
            }
        }
        Ok(any)
    }

    /// The next moment at which something can begin; what waits for a slot begins when
    /// a mail ends.
    fn next(&self) -> Result<Option<Timestamp>, StageError> {
        if self.mails.len() >= SLOTS {
            return Ok(None);
        }
        let view = self.journal.view().map_err(StageError::damaged)?;
        let first = view.outbox_due(Timestamp::MAX, self.under_way.len() + 1).map_err(StageError::damaged)?;
        Ok(first.into_iter().find(|row| !self.under_way.contains(&row.digest)).map(|row| row.due))
    }

    fn keep(&mut self, ended: Result<Carried, tokio::task::JoinError>) {
        match ended {
            Ok(carried) => self.ended.push_back(carried),
            // A panic ends as an attempt, so this one was torn down with the runtime.
            Err(error) => tracing::error!(%error, "an attempt broke off"),
        }
    }
}

impl Stage for Carry {
    const NAME: &'static str = "carry";

    async fn step(&mut self) -> Result<Step, StageError> {
        while let Some(ended) = self.mails.try_join_next() {
            self.keep(ended);
        }
        if self.record_ended().await? || self.start()? {
            return Ok(Step::Worked);
        }
        let next = self.next()?;
        Ok(if self.mails.is_empty() { Step::Idle { next } } else { Step::Waiting { next } })
    }

    async fn called(&mut self) {
        match self.mails.join_next().await {
            Some(ended) => self.keep(ended),
            None => std::future::pending().await,
        }
    }

    /// A mail that has been handed over is recorded, so that the next start does not
    /// send it again.
    async fn finish(&mut self) {
        let mut late = self.clock.sleep_until(self.clock.now().plus_s(FINISH_S));
        while !self.mails.is_empty() {
            tokio::select! {
                () = self.called() => {}
                () = &mut late => break,
            }
        }
        if let Err(error) = self.record_ended().await {
            tracing::warn!(%error, "attempts could not be recorded; they are made again");
        }
    }
}

/// None when it was removed, or its person was.
fn address_of(view: &View, outbox: &Outbox) -> Result<Option<Address>, StateError> {
    let Some(person) = view.person(&outbox.person)? else { return Ok(None) };
    let all = people::addresses(view, &person)?;
    Ok(all.into_iter().find(|address| address.name == outbox.address))
}

/// One try, which ends in any case.
async fn attempt(clock: Arc<dyn Clock>, deliverer: Arc<Deliverer>, load: Load) -> Carried {
    let Load { outbox, digest, address } = load;
    let result = match (&digest, &address) {
        (Some(digest), Some(address)) => {
            let delivery = AssertUnwindSafe(deliverer.deliver(digest, address));
            delivery.catch_unwind().await.unwrap_or_else(|_| AttemptResult::Transient {
                reason: "the attempt broke off: a fault of this program, see its log".into(),
            })
        }
        _ => AttemptResult::Permanent { reason: "the address no longer exists".into() },
    };
    Carried { outbox, digest, at: clock.now(), result }
}

/// The attempt, and when the next one is due. One that was the last and brought
/// nothing becomes an event. Says also whether it was the last.
fn records_of(carried: &Carried) -> (Vec<Record>, bool) {
    let Carried { outbox, digest, at, result } = carried;
    let number = outbox.attempts + 1;
    let next = digest::retry(&outbox.digest, number, outbox.sealed, *at, result);
    let attempt = Attempt { digest: outbox.digest.clone(), number, at: *at, result: result.clone(), next };
    let mut records = vec![Record::Attempt(attempt)];
    let failed = match result {
        AttemptResult::Delivered { .. } => None,
        AttemptResult::Transient { reason } | AttemptResult::Permanent { reason } => Some(reason),
    };
    if let (Some(reason), Some(digest), None) = (failed, digest, next) {
        tracing::warn!(person = %digest.person, address = %digest.address, number, reason, "a digest is given up");
        records.push(notice::undeliverable(digest, number, reason, *at));
    }
    (records, next.is_none())
}
