//! Digest → attempt: carries what is in the outbox to its addresses.
//!
//! Mails go side by side, a few at once, and webhooks beside them, of which each address
//! has a few at once: so nobody waits for another's receiver that hangs. An inbox waits
//! for none of them. What is under way when the daemon dies is tried again with the same
//! bytes and id.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use accounts::Unreadable;
use deliver::Deliverer;
use event::{
    Address, Attempt, AttemptResult, Channel, Clock, Digest, DigestId, DigestRecord, Draft, Outbox, Record,
    Timestamp, Watch,
};
use futures_util::FutureExt;
use journal::{Journal, StateError, View};
use meter::Timer;
use tokio::task::JoinSet;

use crate::keys::Keys;
use crate::meters::Meters;
use crate::people::{self, Place};
use crate::rooms::{Room, Rooms};
use crate::stage::{self, Stage, StageError, Step};
use crate::{notice, scrub};

/// How long what found no room may be overlooked among others that did not either.
const OVERLOOKED_MS: i64 = 1000;
/// Digests that need no slot, taken in one step.
const AT_ONCE: usize = 64;
/// How long a stop waits for what is under way, in seconds.
const FINISH_S: i64 = 10;

pub(crate) struct Carry {
    journal: Journal,
    clock: Arc<dyn Clock>,
    deliverer: Arc<Deliverer>,
    keys: Keys,
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

/// What is due, with all that an attempt needs to know.
struct Load {
    outbox: Outbox,
    digest: Option<DigestRecord>,
    place: Option<Place>,
    /// Since then the address is switched off.
    gone: Option<Timestamp>,
}

impl Load {
    /// None: its attempt ends at once.
    fn room(&self) -> Option<Room> {
        let place = self.place.as_ref().filter(|place| place.address.is_ok());
        place.filter(|_| self.gone.is_none()).and_then(Room::of)
    }
}

/// An attempt that ended.
struct Carried {
    outbox: Outbox,
    digest: Option<DigestRecord>,
    room: Option<Room>,
    /// None when the address is gone: nothing was tried.
    channel: Option<Channel>,
    at: Timestamp,
    took: Duration,
    result: AttemptResult,
}

impl Carry {
    pub(crate) fn new(
        journal: Journal,
        clock: Arc<dyn Clock>,
        deliverer: Arc<Deliverer>,
        keys: Keys,
        meters: Arc<Meters>,
    ) -> Carry {
        Carry {
            journal,
            clock,
            deliverer,
            keys,
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
            let mut load = load(&view, outbox, &self.keys).map_err(StageError::damaged)?;
            let room = load.room();
            if room.as_ref().is_some_and(|room| !self.rooms.enter(room)) {
                full = true;
                continue;
            }
            at_once += usize::from(room.is_none());
            load.digest = view.digest(&load.outbox.digest).map_err(StageError::damaged)?;
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
        let hand =
            Hand { clock: self.clock.clone(), deliverer: self.deliverer.clone(), keys: self.keys.clone() };
        let attempt = hand.attempt(load, room);
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
        let channel = carried.channel.map_or("none", Channel::as_str);
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

/// What an attempt at this row would need, but the digest, which may be large and is read
/// once there is room. The place is none when it was removed, or its person was.
fn load(view: &View, outbox: Outbox, keys: &Keys) -> Result<Load, StateError> {
    let place = match view.person(&outbox.person)? {
        Some(person) => {
            people::places(view, &person, keys)?.into_iter().find(|place| place.name == outbox.address)
        }
        None => None,
    };
    let gone = view.address_health(&outbox.person, &outbox.address)?.and_then(|health| health.gone);
    Ok(Load { outbox, digest: None, place, gone })
}

/// What makes attempts.
struct Hand {
    clock: Arc<dyn Clock>,
    deliverer: Arc<Deliverer>,
    keys: Keys,
}

impl Hand {
    /// One try, which ends in any case.
    async fn attempt(self, load: Load, room: Option<Room>) -> Carried {
        let Load { outbox, digest, place, gone } = load;
        let (timer, channel) = (Timer::start(), place.as_ref().map(|place| place.channel));
        let result = match (&digest, place.map(|place| place.address), gone) {
            (Some(_), Some(Ok(address)), Some(since)) => switched_off(&address, since),
            (Some(record), Some(Ok(address)), None) => match self.keys.read_digest(record) {
                Ok(digest) if Watch::is(&digest.person) => self.ping(&digest).await,
                Ok(digest) => self.deliver(&digest, &address).await,
                Err(why) => unreadable("digest", why),
            },
            (_, Some(Err(why)), _) => unreadable("address", why),
            _ => AttemptResult::permanent("the address no longer exists"),
        };
        Carried { outbox, digest, room, channel, at: self.clock.now(), took: timer.elapsed(), result }
    }

    async fn ping(&self, digest: &Digest) -> AttemptResult {
        let seen = digest.items.iter().map(|item| item.last).max().unwrap_or(digest.sealed);
        self.deliverer.ping(seen, self.clock.now()).await
    }

    async fn deliver(&self, digest: &Digest, address: &Address) -> AttemptResult {
        let delivery = AssertUnwindSafe(self.deliverer.deliver(digest, address, self.clock.now()));
        let result = delivery.catch_unwind().await.unwrap_or_else(|_| {
            AttemptResult::transient("the attempt broke off: a fault of this program, see its log")
        });
        scrub::attempt(result, address)
    }
}

fn switched_off(address: &Address, since: Timestamp) -> AttemptResult {
    let Address { person, name, .. } = address;
    AttemptResult::permanent(format!(
        "nothing is sent to {name} since {since}, when its receiver called it gone: `tellify address test --user \
         {person} {name}` takes it into use again"
    ))
}

fn unreadable(what: &str, why: Unreadable) -> AttemptResult {
    if why == Unreadable::Unavailable {
        return AttemptResult::transient(format!("the {what} is unreadable: {why}"));
    }
    AttemptResult::permanent(format!(
        "the {what} is unreadable: {why}. Restore the folder of keys, or set the profile or address again"
    ))
}

/// The attempt, and when the next one is due. One that was the last and brought
/// nothing becomes an event, as does the end of an address. Says also whether it was the last.
fn records_of(carried: &Carried) -> (Vec<Record>, bool) {
    let Carried { outbox, digest, at, result, .. } = carried;
    let number = outbox.attempts + 1;
    let next = digest::retry(&outbox.digest, number, outbox.sealed, *at, result);
    let attempt = Attempt { digest: outbox.digest.clone(), number, at: *at, result: result.clone(), next };
    if Watch::is(&outbox.person) {
        // Whoever waits for it outside is the one who tells.
        return (vec![Record::Attempt(Attempt { next: None, ..attempt })], true);
    }
    let mut records = vec![Record::Attempt(attempt)];
    if let AttemptResult::Gone { reason } = result {
        records.push(notice::address_gone(outbox, reason, *at));
    }
    if let (Some(reason), Some(digest), None) = (result.failure(), digest, next) {
        tracing::warn!(person = %digest.person, address = %digest.address, number, reason, "a digest is given up");
        records.push(notice::undeliverable(digest, number, reason, *at));
    }
    (records, next.is_none())
}
