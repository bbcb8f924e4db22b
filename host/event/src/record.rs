//! Records: all that changes durable state, and the answers of the journal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    AddressRecord, AlertUpdate, Attempt, DigestRecord, Door, EventRecord, Failure, Name, Person, Planned,
    Plugin, SecretRecord, Source, Style, Subscription, SubscriptionId, SubscriptionStatus, Timestamp, Token,
};

/// The place of a record in the journal, from 1. Zero stands before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Anything that changes durable state. A record never contains its own sequence
/// number: the journal assigns it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// The daemon began to listen, after a silence since the last record.
    Started {
        silent_since: Option<Timestamp>,
        version: String,
    },
    Event(EventRecord),

    Person {
        expect: Expect,
        value: Person,
    },
    PersonRemoved {
        name: Name,
    },
    Address {
        expect: Expect,
        value: AddressRecord,
    },
    AddressRemoved {
        person: Name,
        name: Name,
    },
    /// What is known of an address's past failures is past: it is used again.
    AddressRestored {
        person: Name,
        name: Name,
    },
    Style {
        expect: Expect,
        value: Style,
    },
    StyleRemoved {
        person: Name,
        name: Name,
    },
    Subscription {
        expect: Expect,
        value: Subscription,
    },
    SubscriptionRemoved {
        id: SubscriptionId,
    },
    /// It changes hands, with what its handler keeps and what it found: from now on it is
    /// `to`'s, under this name and in their default style.
    SubscriptionTransferred {
        id: SubscriptionId,
        to: Name,
        name: Name,
    },
    SubscriptionStatus {
        id: SubscriptionId,
        status: SubscriptionStatus,
    },
    /// The version that serves under this name from now on; what served before is kept
    /// while something stays with it, and as the way back.
    Plugin {
        expect: Expect,
        value: Plugin,
    },
    /// A version that asks for more than the one that serves: it waits until an
    /// administrator consents. None: it is wanted no more.
    PluginWaiting {
        name: Name,
        value: Option<Plugin>,
    },
    /// A call of this version broke off, or ran out of time.
    PluginFaulted {
        name: Name,
        sha256: String,
    },
    PluginRemoved {
        name: Name,
    },
    Secret {
        value: SecretRecord,
    },
    SecretRemoved {
        name: Name,
    },
    Token {
        expect: Expect,
        value: Token,
    },
    TokenRevoked {
        id: String,
    },
    Door {
        expect: Expect,
        value: Door,
    },
    DoorRemoved {
        name: Name,
    },
    Source {
        expect: Expect,
        value: Source,
    },
    SourceRemoved {
        name: Name,
    },

    /// Every event up to here was matched, and handled or left to a lagging subscription.
    Dispatched {
        upto: Seq,
    },
    /// From here on the subscription reads for itself.
    Lagging(Lag),
    /// It stands where the dispatch cursor stands, and follows it again.
    CaughtUp {
        subscription: SubscriptionId,
    },
    Outcome(Outcome),
    /// A call failed and will be tried again.
    CallFailed(CallFailed),
    /// A call was given up. `upto` passes its event.
    SetAside {
        failure: Failure,
        upto: Option<Seq>,
    },
    /// The call of a subscription that was set aside is made again, in the turn of this record.
    Replay {
        failure: Seq,
        subscription: SubscriptionId,
    },
    /// A request that a door had set aside was read after all; what it says is in this group.
    Replayed {
        failure: Seq,
    },

    /// Drops up to `most` things that were over before this moment: closed alerts, digests
    /// that wait for nothing with their attempts, failures; and what belongs to nobody.
    Swept {
        before: Timestamp,
        most: u32,
    },

    Planned(Planned),
    /// Takes the items of a digest out of their buckets, into the outbox.
    Sealed(DigestRecord),
    Attempt(Attempt),
}

/// What must be true of a thing for its record to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// Nothing of that name exists.
    New,
    /// It exists; a subscription's revision is one more than what stands.
    Present,
    Any,
}

/// Where a lagging subscription stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lag {
    pub subscription: SubscriptionId,
    /// The last record that it has behind it.
    pub position: Seq,
    /// Failed tries of the call that comes next.
    pub attempts: u32,
    /// Not before this moment.
    pub retry: Timestamp,
    pub reason: String,
}

/// What one run of one subscription brought forth. It is applied once, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub subscription: SubscriptionId,
    /// Where the subscription stood when the run began. If it stands elsewhere by now,
    /// somebody else has run it, and this run does not count; none: anywhere before `upto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seq>,
    /// The last record that the subscription has behind it with this run: no earlier
    /// event is handled any more, even when only a wake-up ran.
    pub upto: Option<Seq>,
    /// The wake-up that fired in the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertUpdate>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<StateWrite>,
    #[serde(default)]
    pub wake: WakeChange,
    /// Of a wake-up that is asked for: how many handlers stand between the first cause
    /// and whoever asks, as in [`EventRecord::hops`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wake_hops: u8,
    /// Failures whose calls went well in this run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replayed: Vec<Seq>,
}

pub(crate) fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateWrite {
    pub key: String,
    /// None removes it.
    #[serde(default, with = "crate::bytes")]
    pub value: Option<Vec<u8>>,
    /// Gone from this moment of journal time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// What becomes of the one pending wake-up of a subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WakeChange {
    #[default]
    Keep,
    Clear,
    At(Timestamp),
}

/// Why a handler is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    Event(Seq),
    Wake(Timestamp),
    Cleared(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFailed {
    pub lag: Lag,
    pub trigger: Trigger,
    pub message: String,
}

/// Records of one cause, on their way to the journal: taken whole or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub records: Vec<Record>,
}

impl From<Record> for Draft {
    fn from(record: Record) -> Draft {
        Draft { records: vec![record] }
    }
}

/// A record as the journal holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub seq: Seq,
    /// The journal's time; it never decreases from one record to the next.
    pub received: Timestamp,
    pub record: Record,
}

/// The journal's yes: the group is synced, and its effect visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub received: Timestamp,
    /// One for each record of the draft, in order.
    pub stored: Vec<Stored>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    New(Seq),
    /// The same event was taken before, as this one.
    Duplicate(Seq),
}

impl Stored {
    pub fn seq(self) -> Seq {
        match self {
            Stored::New(seq) | Stored::Duplicate(seq) => seq,
        }
    }
}

/// The journal's no: nothing of the group was stored. A variant for each reaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same identity with another content, or a name that is taken: 409.
    #[error("{message}")]
    Conflict { index: usize, message: String },
    /// It speaks of something that does not exist: 404.
    #[error("{message}")]
    Missing { index: usize, message: String },
    /// It answers a state of things that is past: drop it and look again.
    #[error("overtaken: {message}")]
    Stale { message: String },
    /// Too large for one group: 413.
    #[error("the group takes {bytes} bytes, and {limit} are allowed")]
    TooLarge { bytes: usize, limit: usize },
    /// Too much is waiting: 429 or 503, come back later.
    #[error("too many requests are waiting to be stored")]
    Busy,
    /// No space on the disk: 503, until there is.
    #[error("the disk is full: {message}")]
    Full { message: String },
    /// What it has to be held against cannot be read, for once or for longer: 503, come back
    /// later. The journal goes on.
    #[error("what is stored cannot be read: {message}")]
    Unread { message: String },
    /// The journal has ended, after a failed sync or at a stop.
    #[error("the journal is closed: {message}")]
    Closed { message: String },
}
