//! Events by the time at which they happened, newest or oldest first.
//!
//! A best-first search: files and blocks stand in one queue by the best time that
//! they can still contribute, and only those are opened that may hold one of the
//! wanted events. Journal order and event time mostly agree, so a page of the newest
//! takes a block or two, while a late report from last year still is where it belongs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use event::{EventRecord, Record, Seq, Timestamp};

use crate::ReadError;
use crate::block::{Block, Times};
use crate::entry::{Entries, Entry};
use crate::error::damaged;
use crate::history::{History, Run};

/// An event, with its place in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    pub seq: Seq,
    pub received: Timestamp,
    pub record: EventRecord,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    NewestFirst,
    OldestFirst,
}

/// Which events, and in which order: by time, then by sequence number.
pub struct EventQuery<'a> {
    pub order: Order,
    /// Only what comes behind this one, in the query's order.
    pub cursor: Option<(Timestamp, Seq)>,
    /// The earliest time that counts.
    pub from: Option<Timestamp>,
    /// The first time that no longer counts.
    pub until: Option<Timestamp>,
    /// At most so many; nothing is found with zero.
    pub limit: usize,
    /// Called once for each event that may be in the answer, in no order.
    pub keep: &'a dyn Fn(&StoredEvent) -> bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventPage {
    pub events: Vec<StoredEvent>,
    /// The cursor of the next page; none when nothing more can follow.
    pub next: Option<(Timestamp, Seq)>,
}

/// The place of an event in the query's order: what comes sooner is smaller.
type Rank = (i64, u64);

/// A file or a block that is still to be looked into.
enum Candidate {
    Run(Run),
    Block(Run, Block),
}

/// The earliest possible rank in a candidate, and where the candidate is kept.
type Waiting = Reverse<(Rank, usize)>;

struct Search<'q, 'k> {
    query: &'q EventQuery<'k>,
    candidates: Vec<Option<Candidate>>,
    queue: BinaryHeap<Waiting>,
    found: BTreeMap<Rank, StoredEvent>,
    /// Something was found and left out, for want of room.
    more: bool,
}

/// Finds a page of events.
pub(crate) fn events(history: &History, query: &EventQuery<'_>) -> Result<EventPage, ReadError> {
    if query.limit == 0 {
        return Ok(EventPage::default());
    }
    let mut search = Search {
        query,
        candidates: Vec::new(),
        queue: BinaryHeap::new(),
        found: BTreeMap::new(),
        more: false,
    };
    let mut waiting = Vec::new();
    for run in history.runs().all() {
        let times = run.times()?;
        waiting.extend(search.candidate(Candidate::Run(run), times));
    }
    search.queue.extend(waiting);
    while let Some(Reverse((rank, at))) = search.queue.pop() {
        if search.is_full() && search.worst().is_some_and(|worst| rank > worst) {
            search.more = true;
            break;
        }
        match search.candidates[at].take() {
            Some(Candidate::Run(run)) => search.look_into_run(&run)?,
            Some(Candidate::Block(run, block)) => search.look_into_block(&run, &block)?,
            None => unreachable!("a candidate is queued once"),
        }
    }
    Ok(search.page())
}

impl Search<'_, '_> {
    /// Keeps a candidate; none when nothing in it can be wanted.
    fn candidate(&mut self, candidate: Candidate, times: Times) -> Option<Waiting> {
        let (earliest, latest) = times.0.filter(|(a, b)| self.may_hold(*a, *b))?;
        // The sequence numbers within are not looked at: the best possible stands for them.
        let rank = match self.query.order {
            Order::NewestFirst => (!latest.0, 0),
            Order::OldestFirst => (earliest.0, 0),
        };
        self.candidates.push(Some(candidate));
        Some(Reverse((rank, self.candidates.len() - 1)))
    }

    fn may_hold(&self, earliest: Timestamp, latest: Timestamp) -> bool {
        let within = self.query.from.is_none_or(|from| latest >= from)
            && self.query.until.is_none_or(|until| earliest < until);
        within
            && match (self.query.cursor, self.query.order) {
                (None, _) => true,
                (Some((time, _)), Order::NewestFirst) => earliest <= time,
                (Some((time, _)), Order::OldestFirst) => latest >= time,
            }
    }

    fn look_into_run(&mut self, run: &Run) -> Result<(), ReadError> {
        let may_hold = |block: &Block| block.times.0.is_some_and(|(a, b)| self.may_hold(a, b));
        let blocks = run.blocks(may_hold)?;
        let candidate = |block: Block| self.candidate(Candidate::Block(run.clone(), block), block.times);
        // Together, since a heap takes many at once faster than one by one.
        let waiting: Vec<Waiting> = blocks.into_iter().filter_map(candidate).collect();
        self.queue.extend(waiting);
        Ok(())
    }

    fn look_into_block(&mut self, run: &Run, block: &Block) -> Result<(), ReadError> {
        let bytes = run.load(block)?;
        for entry in Entries::new(&bytes, block.first, block.last) {
            let fail = |problem| damaged(run.name(), problem);
            self.consider(&entry.map_err(fail)?).map_err(fail)?;
        }
        Ok(())
    }

    fn consider(&mut self, entry: &Entry<'_>) -> Result<(), String> {
        let Some(time) = entry.time else { return Ok(()) };
        let rank = self.rank(time, entry.seq);
        let behind_cursor = self.query.cursor.is_none_or(|(time, seq)| rank > self.rank(time, seq));
        if !behind_cursor || !self.may_hold(time, time) {
            return Ok(());
        }
        if self.is_full() && self.worst().is_some_and(|worst| rank > worst) {
            self.more = true;
            return Ok(());
        }
        let Record::Event(record) = entry.record()? else {
            return Err(format!("record {} is no event, and has an event's time", entry.seq));
        };
        let event = StoredEvent { seq: entry.seq, received: entry.received, record };
        if (self.query.keep)(&event) {
            self.found.insert(rank, event);
        }
        if self.found.len() > self.query.limit {
            self.found.pop_last();
            self.more = true;
        }
        Ok(())
    }

    fn rank(&self, time: Timestamp, seq: Seq) -> Rank {
        match self.query.order {
            Order::NewestFirst => (!time.0, !seq.0),
            Order::OldestFirst => (time.0, seq.0),
        }
    }

    fn is_full(&self) -> bool {
        self.found.len() == self.query.limit
    }

    fn worst(&self) -> Option<Rank> {
        self.found.last_key_value().map(|(rank, _)| *rank)
    }

    fn page(self) -> EventPage {
        let events: Vec<StoredEvent> = self.found.into_values().collect();
        let last = events.last().map(|e| (e.record.event.time, e.seq));
        EventPage { next: last.filter(|_| self.more), events }
    }
}
