//! Digest → attempt: carries what is in the outbox to its addresses.
//!
//! Mails go side by side, a few at once; webhooks and plugins beside them, of which each
//! address has a few at once: so nobody waits for another's receiver that hangs. An inbox
//! waits for none of them. What is under way when the daemon dies is tried again with the
//! same bytes and id.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use event::{AttemptResult, Channel, Clock, DigestId, Draft, Timestamp, Watch};
use futures_util::FutureExt;
use journal::Journal;
use tokio::task::JoinSet;

use crate::attempt::{Carried, Hand, Load, records_of};
use crate::meters::Meters;
use crate::rooms::{Room, Rooms};
use crate::stage::{self, Stage, StageError, Step};

/// How long what found no room may be overlooked among others that did not either.
const OVERLOOKED_MS: i64 = 1000;
/// Digests that need no slot, taken in one step.
const AT_ONCE: usize = 64;
/// How long a stop waits for what is under way, in seconds.
const FINISH_S: i64 = 10;

pub(crate) struct Carry {
    journal: Journal,
    clock: Arc<dyn Clock>,
    hand: Hand,
    /// Begun, and not recorded yet: none of these is begun again.
    under_way: HashSet<DigestId>,
    rooms: Rooms,
    attempts: JoinSet<Carried>,
    /// Ended, and not recorded yet: a full disk must not send a mail twice.
    ended: VecDeque<Carried>,
    looked: Option<Looked>,
    meters: Arc<Meters>,
}

/// The last look through all of the outbox.
struct Looked {
    /// As long as it was then. While it stays so, nothing new has come.
    len: u64,
    /// Something that was due found no room; until this moment it is looked for among the
    /// first rows only.
    overlooked_until: Option<Timestamp>,
}

impl Carry {
    pub(crate) fn new(journal: Journal, hand: Hand, meters: Arc<Meters>) -> Carry {
        Carry {
            journal,
            clock: hand.clock.clone(),
            hand,
            under_way: HashSet::new(),
            rooms: Rooms::default(),
            attempts: JoinSet::new(),
            ended: VecDeque::new(),
            looked: None,
            meters,
        }
    }

    /// Starts what is due, and says whether there was anything.
    fn start(&mut self, now: Timestamp) -> Result<bool, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let len = view.outbox_len().map_err(StageError::damaged)?;
        let all = self.looks_through_all(len, now);
        // As a rule the first rows fill the rooms.
        let limit = if all { usize::MAX } else { self.under_way.len() + 2 * Rooms::MAILS };
        let due = view.outbox_due(now, limit).map_err(StageError::damaged)?;
        let (mut started, mut at_once, mut full) = (false, 0, false);
        for outbox in due {
            if self.under_way.contains(&outbox.digest) {
                continue;
            }
            if at_once == AT_ONCE {
                return Ok(true);
            }
            let mut load = Load::look(&view, outbox, &self.hand.keys).map_err(StageError::damaged)?;
            let room = load.room();
            if room.as_ref().is_some_and(|room| !self.rooms.enter(room)) {
                full = true;
                continue;
            }
            at_once += usize::from(room.is_none());
            load.fill(&view).map_err(StageError::damaged)?;
            self.begin(load, room);
            started = true;
        }
        let overlooked_until = full.then(|| now.plus_ms(OVERLOOKED_MS));
        match &mut self.looked {
            Some(looked) if !all => {
                looked.overlooked_until = looked.overlooked_until.or(overlooked_until);
            }
            looked => *looked = Some(Looked { len, overlooked_until }),
        }
        Ok(started)
    }

    /// Whether the first rows of the outbox do not tell enough.
    fn looks_through_all(&self, len: u64, now: Timestamp) -> bool {
        let Some(looked) = &self.looked else { return true };
        let overlooked = |until: Timestamp| until <= now || self.attempts.is_empty();
        looked.len != len || looked.overlooked_until.is_some_and(overlooked)
    }

    fn begin(&mut self, load: Load, room: Option<Room>) {
        self.under_way.insert(load.outbox.digest.clone());
        let is_at_once = room.is_none();
        let attempt = self.hand.clone().attempt(load, room);
        if is_at_once {
            // It ends at once: there is nobody to wait for.
            self.ended.extend(attempt.now_or_never());
        } else {
            self.attempts.spawn(attempt);
        }
    }

    /// Records what has ended. What cannot be recorded stays.
    async fn record_ended(&mut self) -> Result<bool, StageError> {
        let any = !self.ended.is_empty();
        while let Some(carried) = self.ended.front() {
            let (records, over) = records_of(carried);
            stage::submit(&self.journal, Draft { records }).await?;
            if let Some(carried) = self.ended.pop_front() {
                self.count(&carried, over);
                self.under_way.remove(&carried.outbox.digest);
            }
            if let Some(looked) = self.looked.as_mut().filter(|_| over) {
                looked.len = looked.len.saturating_sub(1);
            }
        }
        Ok(any)
    }

    fn count(&self, carried: &Carried, over: bool) {
        if Watch::is(&carried.outbox.person) {
            return self.meters.pinged(&carried.result, carried.at);
        }
        let channel = carried.channel.as_ref().map_or("none", Channel::as_str);
        let outcome = match carried.result {
            AttemptResult::Delivered { .. } => "delivered",
            AttemptResult::Transient { .. } => "transient",
            AttemptResult::Permanent { .. } => "permanent",
            AttemptResult::Gone { .. } => "gone",
        };
        self.meters.attempts.of([channel, outcome]).add(1);
        self.meters.attempt_time.of([channel]).add(carried.took);
        if over && outcome != "delivered" {
            self.meters.given_up.of([channel]).add(1);
        }
    }

    /// The next moment at which something can begin; what waits for a room begins when
    /// somebody leaves it.
    fn next(&self, now: Timestamp) -> Result<Option<Timestamp>, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let due = view.next_outbox_due(now).map_err(StageError::damaged)?;
        let overlooked = self.looked.as_ref().and_then(|looked| looked.overlooked_until);
        Ok(due.into_iter().chain(overlooked).min())
    }

    fn keep(&mut self, ended: Result<Carried, tokio::task::JoinError>) {
        match ended {
            Ok(carried) => {
                if let Some(room) = &carried.room {
                    self.rooms.leave(room);
                }
                self.ended.push_back(carried);
            }
            // A panic ends as an attempt, so this one was torn down with the runtime.
            Err(error) => tracing::error!(%error, "an attempt broke off"),
        }
    }
}

impl Stage for Carry {
    const NAME: &'static str = "carry";

    async fn step(&mut self) -> Result<Step, StageError> {
        while let Some(ended) = self.attempts.try_join_next() {
            self.keep(ended);
        }
        let now = self.clock.now();
        let worked = self.record_ended().await? || self.start(now)?;
        self.meters.mails.set(self.rooms.mails() as u64);
        self.meters.webhooks.set(self.rooms.webhooks() as u64);
        self.meters.channels.set(self.rooms.plugins() as u64);
        if worked {
            return Ok(Step::Worked);
        }
        let next = self.next(now)?;
        Ok(if self.attempts.is_empty() { Step::Idle { next } } else { Step::Waiting { next } })
    }

    async fn called(&mut self) {
        match self.attempts.join_next().await {
            Some(ended) => self.keep(ended),
            None => std::future::pending().await,
        }
    }

    /// A digest that has been handed over is recorded, so that the next start does not
    /// send it again.
    async fn finish(&mut self) {
        let mut late = self.clock.sleep_until(self.clock.now().plus_s(FINISH_S));
        while !self.attempts.is_empty() {
            tokio::select! {
                biased;
                () = self.called() => {}
                () = &mut late => break,
            }
        }
        if let Err(error) = self.record_ended().await {
            tracing::warn!(%error, "attempts could not be recorded; they are made again");
        }
    }
}
