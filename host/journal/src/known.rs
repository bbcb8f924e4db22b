//! The identities of the events of the last days, for finding duplicates.
//!
//! What is in a tail is in memory. Each segment has a sorted table of its own and a
//! filter over it, so a new event costs a few bits in memory for each segment, and
//! no table of random keys is ever updated.

use std::sync::Arc;

use event::{Seq, Timestamp};

use crate::ReadError;
use crate::history::History;
use crate::segment::{Filter, Segment};
use crate::state;
use crate::tail::{Identities, Tail};

/// How long identities are remembered at least, in journal time: three days.
pub(crate) const REMEMBERED_MS: i64 = 3 * 24 * 3600 * 1000;

/// The writer's memory; nobody else asks.
pub(crate) struct Known {
    history: Arc<History>,
    generation: u64,
    tails: Vec<Arc<Tail>>,
    /// Newest first.
    segments: Vec<Remembered>,
    /// Of the batch that is being taken.
    fresh: Identities,
}

struct Remembered {
    segment: Arc<Segment>,
    last_received: Timestamp,
    filter: Filter,
}

impl Known {
    pub(crate) fn new(history: Arc<History>) -> Known {
        Known { history, generation: 0, tails: Vec::new(), segments: Vec::new(), fresh: Identities::new() }
    }

    /// Before a batch: forgets what the last one noted, which its tail has now, and
    /// follows what the sealer did.
    pub(crate) fn refresh(&mut self, now: Timestamp) {
        self.fresh.clear();
        let generation = self.history.generation();
        if generation == self.generation {
            return;
        }
        let runs = self.history.runs();
        self.tails = runs.tails;
        let mut old = std::mem::take(&mut self.segments);
        for segment in runs.segments.iter().rev() {
            let known = old.iter().position(|r| Arc::ptr_eq(&r.segment, segment));
            let remembered = known.map(|at| old.swap_remove(at)).map_or_else(|| remember(segment), Ok);
            match remembered {
                Ok(r) if r.last_received < now.plus_ms(-REMEMBERED_MS) => break,
                Ok(r) => self.segments.push(r),
                // Better one event twice than none from here on.
                Err(error) => {
                    tracing::error!(%error, segment = segment.name, "duplicates may pass unnoticed")
                }
            }
        }
        self.generation = generation;
    }

    /// Remembers an event of the batch at hand.
    pub(crate) fn note(&mut self, key: u128, seq: Seq, content: u128) {
        self.fresh.insert(key, (seq, content));
    }

    /// Hands the batch's identities over to the tail.
    pub(crate) fn take_fresh(&mut self) -> Identities {
        std::mem::take(&mut self.fresh)
    }
}

impl state::Identities for Known {
    fn find(&self, key: u128) -> Option<(Seq, u128)> {
        let in_tail = |tail: &Arc<Tail>| tail.contents().identities.get(&key).copied();
        let fresh = self.fresh.get(&key).copied();
        fresh
            .or_else(|| self.tails.iter().rev().find_map(in_tail))
            .or_else(|| self.segments.iter().find_map(|remembered| remembered.find(key)))
    }
}

impl Remembered {
    fn find(&self, key: u128) -> Option<(Seq, u128)> {
        if !self.filter.may_hold(key) {
            return None;
        }
        self.segment.identity(key).unwrap_or_else(|error| {
            // To refuse the event would be to lose it: its sender has nobody else to tell.
            tracing::error!(%error, segment = self.segment.name, "a duplicate may pass unnoticed");
            None
        })
    }
}

fn remember(segment: &Arc<Segment>) -> Result<Remembered, ReadError> {
    let last_received = segment.summary()?.received.1;
    Ok(Remembered { segment: Arc::clone(segment), last_received, filter: segment.filter()? })
}
