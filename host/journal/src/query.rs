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
use crate::history::{History, Run, Unreadable};

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
    /// What was passed since it cannot be read, in order: some of it may belong to this page,
    /// or to one nearby.
    pub damaged: Vec<Unreadable>,
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
    damaged: Vec<Unreadable>,
}

/// Finds a page of events. What is damaged is passed.
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
        damaged: Vec::new(),
    };
    let mut waiting = Vec::new();
    for run in history.runs().all() {
        let Some(times) = search.passing(run.span(), run.times())? else { continue };
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
        let blocks = run.blocks(may_hold);
        let Some(blocks) = self.passing(run.span(), blocks)? else { return Ok(()) };
        let candidate = |block: Block| self.candidate(Candidate::Block(run.clone(), block), block.times);
        // Together, since a heap takes many at once faster than one by one.
        let waiting: Vec<Waiting> = blocks.into_iter().filter_map(candidate).collect();
        self.queue.extend(waiting);
        Ok(())
    }

    fn look_into_block(&mut self, run: &Run, block: &Block) -> Result<(), ReadError> {
        let span = Some((block.first, block.last));
        let Some(bytes) = self.passing(span, run.load(block))? else { return Ok(()) };
        // Each record has its turn, also one that cannot be read.
        for (number, entry) in (block.first.0..).zip(Entries::new(&bytes, block.first, block.last)) {
            let considered = entry.and_then(|entry| self.consider(&entry));
            let considered = considered.map_err(|problem| damaged(run.name(), problem));
            self.passing(Some((Seq(number), Seq(number))), considered)?;
        }
        Ok(())
    }

    /// What was read; none when these records are damaged, which is noted.
    fn passing<T>(
        &mut self,
        span: Option<(Seq, Seq)>,
        read: Result<T, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(ReadError::Damaged(damage)) => {
                self.damaged.extend(span.map(|(first, last)| Unreadable { damage, first, last }));
                Ok(None)
            }
            Err(error) => Err(error),
        }
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
        EventPage { next: last.filter(|_| self.more), events, damaged: joined(self.damaged) }
    }
}

/// In order, and records that follow each other as one.
fn joined(mut damaged: Vec<Unreadable>) -> Vec<Unreadable> {
    damaged.sort_by_key(|unreadable| unreadable.first);
    let mut joined: Vec<Unreadable> = Vec::new();
    for next in damaged {
        match joined.last_mut().filter(|before| before.last.next() >= next.first) {
            Some(before) => before.last = before.last.max(next.last),
            None => joined.push(next),
        }
    }
    joined
}
