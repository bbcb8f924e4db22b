//! How much waits, for whoever watches.

use event::Timestamp;

use super::View;
use crate::state::StateError;
use crate::state::tables::{BUCKETS, LAGS, OUTBOX, PENDING, WAKES};

/// What the state holds for the stages to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queues {
    /// Changes of alerts that wait for the planner, and when the first of them was.
    pub pending: u64,
    pub pending_since: Option<Timestamp>,
    /// Open buckets, and when the next of them falls due.
    pub buckets: u64,
    pub bucket_due: Option<Timestamp>,
    /// Sealed digests on their way, and when the next attempt falls due.
    pub outbox: u64,
    pub outbox_due: Option<Timestamp>,
    /// Pending wake-ups, and when the next of them falls due.
    pub wakes: u64,
    pub wake_due: Option<Timestamp>,
    /// Subscriptions that read for themselves.
    pub lagging: u64,
}

impl View {
    /// Costs the same however much waits.
    pub fn queues(&self) -> Result<Queues, StateError> {
        Ok(Queues {
            pending: self.rows.count(PENDING)?,
            pending_since: self.pending(1)?.pop().map(|(_, change)| change.at),
            buckets: self.rows.count(BUCKETS)?,
            bucket_due: self.next_bucket_due()?,
            outbox: self.rows.count(OUTBOX)?,
            outbox_due: self.outbox_due(Timestamp::MAX, 1)?.pop().map(|row| row.due),
            wakes: self.rows.count(WAKES)?,
            wake_due: self.next_wake()?,
            lagging: self.rows.count(LAGS)?,
        })
    }
}
