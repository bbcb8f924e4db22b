//! Events, as they are read, and the answer to those that were sent.

use event::{Effect, EventRecord, Origin, Seq, Severity, SubscriptionId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Time, schema};

/// An event with what the daemon stamped on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    pub id: String,
    /// Its place in the journal, from 1.
    #[schema(value_type = u64)]
    pub seq: Seq,
    pub source: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened, as the sender says.
    #[schema(inline)]
    pub time: Time,
    /// When it came in; never before that of an earlier `seq`.
    #[schema(inline)]
    pub received: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Severity>)]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Effect>)]
    pub effect: Option<Effect>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Origin>)]
    pub origin: Option<Origin>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Plain text or Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Any JSON; absent when there is none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// Who may see it: absent for everyone signed in, else a project, or `~person`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub realm: String,
    /// The event whose handling brought this one forth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub cause: Option<Seq>,
    /// How many handlers stand between the first cause and this event.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hops: u8,
    /// The subscriptions whose trouble it reports, and which it never matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub about: Vec<SubscriptionId>,
}

impl Event {
    pub fn new(seq: Seq, received: Timestamp, record: EventRecord) -> Event {
        let EventRecord { event, realm, cause, hops, about, identity: _ } = record;
        Event {
            id: event.id,
            seq,
            source: event.source,
            kind: event.kind,
            subject: event.subject,
            time: event.time.into(),
            received: received.into(),
            severity: event.severity,
            effect: event.effect,
            origin: event.origin,
            tags: event.tags,
            text: event.text,
            data: event.data,
            realm: realm.as_str().to_owned(),
            cause,
            hops,
            about,
        }
    }
}

/// What became of the events of one request, all of which are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub shape: TakenShape,
    /// In the order in which they were sent.
    pub events: Vec<TakenEvent>,
}

/// One event is answered with an object, an array or NDJSON with an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenShape {
    One,
    Many,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TakenEvent {
    pub id: String,
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// The same event was taken before, as this `seq`.
    pub duplicate: bool,
}

/// Events that a follower asked for and that are gone for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    /// The first that is missing.
    #[schema(value_type = u64)]
    pub from: Seq,
    /// The last that is missing.
    #[schema(value_type = u64)]
    pub upto: Seq,
    pub reason: String,
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}
