//! What the journal counts of itself, and how it stands.

use std::time::Duration;

use event::Refusal;
use meter::{Counter, Durations, Family, Pulse};

/// What the writer has done since the process began.
#[derive(Debug)]
pub struct Meters {
    /// Whether the writer gets on.
    pub pulse: Pulse,
    /// Whether the sealer does, while it has something to do.
    pub sealing: Pulse,
    /// A batch, from its first group to its answers.
    pub batches: Durations,
    /// A frame, written and synced.
    pub syncs: Durations,
    /// The state, made durable.
    pub checkpoints: Durations,
    /// Groups by what became of them.
    pub groups: Family<Counter, 1>,
    pub records: Counter,
}

/// How the journal stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Groups that wait for their answer.
    pub waiting: usize,
    /// For how long the first of them has.
    pub oldest: Duration,
    /// What they take of the queue, and all that there is to take.
    pub queue_bytes: usize,
    pub queue_bytes_max: usize,
    pub segments: usize,
    /// Of them, those that are open now, and as many as there may be.
    pub open_segments: usize,
    pub open_segments_max: usize,
    /// Of their files.
    pub segment_bytes: u64,
    /// Of the records that are not sealed yet.
    pub tail_bytes: u64,
    /// What may still be written, and what of it stays free of new events.
    pub free_bytes: u64,
    pub keep_free_bytes: u64,
}

impl Default for Meters {
    fn default() -> Meters {
        Meters {
            pulse: Pulse::default(),
            sealing: Pulse::default(),
            batches: Durations::default(),
            syncs: Durations::default(),
            checkpoints: Durations::default(),
            groups: Family::new(["verdict"]),
            records: Counter::default(),
        }
    }
}

impl Meters {
    pub(crate) fn answered<T>(&self, verdict: &Result<T, Refusal>) {
        self.groups.of([verdict.as_ref().map_or_else(word, |_| "stored")]).add(1);
    }
}

fn word(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Conflict { .. } => "conflict",
        Refusal::Missing { .. } => "missing",
        Refusal::Stale { .. } => "stale",
        Refusal::TooLarge { .. } => "too-large",
        Refusal::Busy => "busy",
        Refusal::Full { .. } => "full",
        Refusal::Unread { .. } => "unread",
        Refusal::Closed { .. } => "closed",
    }
}
