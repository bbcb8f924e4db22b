//! What a handler is called for: events, calls that were set aside, wake-ups.

use std::sync::Arc;

use event::{Event, Seq, Timestamp, Trigger};
use journal::{FailureRow, StateError, StoredEvent, View};
use plugins::EventRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call of a handler.
#[derive(Clone)]
pub(crate) enum Call {
    Entry(Entry),
    Wake(Timestamp),
}

/// A record that a subscription is called for, in its turn.
#[derive(Clone)]
pub(crate) enum Entry {
    Event(Arc<StoredEvent>),
    Replay(Arc<Replay>),
}

/// A call that was set aside, and is made again in the turn of a later record.
///
/// Its time is that of the record: for a handler time never goes back, and moments that
/// have passed since the call was first made are not lived through once more.
pub(crate) struct Replay {
    seq: Seq,
    received: Timestamp,
    failure: Seq,
    hops: u8,
    reason: Reason,
}

/// Why the call was first made, with all that the handler was told.
enum Reason {
    Event { seq: Seq, received: Timestamp, event: Event },
    Wake(Timestamp),
    Cleared(String),
}

/// What a failed call was made with, as its author sees it.
#[derive(Serialize, Deserialize)]
pub(crate) struct CallInput {
    config: Value,
    now: Timestamp,
    /// When the event was received, if that was not `now`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    received: Option<Timestamp>,
    event: Option<Event>,
}

impl Call {
    /// Journal time of the call.
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Call::Entry(entry) => entry.received(),
            Call::Wake(due) => *due,
        }
    }

    /// What the handler is told.
    pub(crate) fn told(&self) -> plugins::Trigger<'_> {
        match self {
            Call::Entry(entry) => entry.told(),
            Call::Wake(due) => plugins::Trigger::Wake(*due),
        }
    }

    /// The same, for a record.
    pub(crate) fn trigger(&self) -> Trigger {
        match self.told() {
            plugins::Trigger::Event(stored) => Trigger::Event(stored.seq),
            plugins::Trigger::Wake(due) => Trigger::Wake(due),
            plugins::Trigger::Cleared(key) => Trigger::Cleared(key.to_owned()),
        }
    }

    pub(crate) fn event(&self) -> Option<EventRef<'_>> {
        match self.told() {
            plugins::Trigger::Event(stored) => Some(stored),
            plugins::Trigger::Wake(_) | plugins::Trigger::Cleared(_) => None,
        }
    }

    /// For the record of its failure.
    pub(crate) fn input(&self, config: &Value) -> CallInput {
        let (now, stored) = (self.now(), self.event());
        CallInput {
            config: config.clone(),
            now,
            received: stored.map(|stored| stored.received).filter(|received| *received != now),
            event: stored.map(|stored| stored.event.clone()),
        }
    }
}

impl Entry {
    pub(crate) fn seq(&self) -> Seq {
        match self {
            Entry::Event(stored) => stored.seq,
            Entry::Replay(replay) => replay.seq,
        }
    }

    /// The journal's time at its turn.
    pub(crate) fn received(&self) -> Timestamp {
        match self {
            Entry::Event(stored) => stored.received,
            Entry::Replay(replay) => replay.received,
        }
    }

    /// How many handlers stand between the first cause and this call.
    pub(crate) fn hops(&self) -> u8 {
        match self {
            Entry::Event(stored) => stored.record.hops,
            Entry::Replay(replay) => replay.hops,
        }
    }

    /// The failure whose replay this is.
    pub(crate) fn failure(&self) -> Option<Seq> {
        match self {
            Entry::Event(_) => None,
            Entry::Replay(replay) => Some(replay.failure),
        }
    }

    fn told(&self) -> plugins::Trigger<'_> {
        match self {
            Entry::Event(stored) => plugins::Trigger::Event(EventRef {
                seq: stored.seq,
                received: stored.received,
                event: &stored.record.event,
            }),
            Entry::Replay(replay) => replay.reason.told(),
        }
    }
}

impl Replay {
    /// What a record asks for; none when there is nothing left of it.
    pub(crate) fn find(
        view: &View,
        seq: Seq,
        received: Timestamp,
        failure: Seq,
    ) -> Result<Option<Entry>, StateError> {
        let row = view.failure(failure)?;
        let replay = row.and_then(|row| {
            let (hops, reason) = (row.failure.hops, Reason::of(&row)?);
            Some(Replay { seq, received, failure, hops, reason })
        });
        Ok(replay.map(|replay| Entry::Replay(Arc::new(replay))))
    }

    /// Whether a failure tells enough for its call to be made again.
    pub(crate) fn is_possible(row: &FailureRow) -> bool {
        Reason::of(row).is_some()
    }
}

impl Reason {
    fn of(row: &FailureRow) -> Option<Reason> {
        match row.failure.trigger.as_ref()? {
            Trigger::Event(seq) => {
                let CallInput { now, received, event, .. } =
                    CallInput::deserialize(&row.failure.input).ok()?;
                Some(Reason::Event { seq: *seq, received: received.unwrap_or(now), event: event? })
            }
            Trigger::Wake(due) => Some(Reason::Wake(*due)),
            Trigger::Cleared(key) => Some(Reason::Cleared(key.clone())),
        }
    }

    fn told(&self) -> plugins::Trigger<'_> {
        match self {
            Reason::Event { seq, received, event } => {
                plugins::Trigger::Event(EventRef { seq: *seq, received: *received, event })
            }
            Reason::Wake(due) => plugins::Trigger::Wake(*due),
            Reason::Cleared(key) => plugins::Trigger::Cleared(key),
        }
    }
}
