//! The event itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::Xxh3;

use crate::{Effect, Origin, Realm, Seq, Severity, SubscriptionId, Timestamp};

/// Something that happened: a CloudEvents 1.0 envelope, with severity, tags and
/// text for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub source: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened, as the sender says; when it came in is [`crate::Recorded::received`].
    pub time: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Plain text or Markdown, possibly many lines, possibly empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Any JSON; an object wherever the event came in the native form.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

/// What tells a second sending of the same event from a new event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Hash of source and id, or of everything when it came without an id.
    pub key: u128,
    /// Hash of the content as it was sent; the same key with another content is a conflict.
    pub content: u128,
}

impl Identity {
    /// The identity of an event that its maker names by a key of its own: a second
    /// one with the same key is the same event, whatever it says.
    pub fn once(maker: &str, key: &str) -> Identity {
        let mut hash = Xxh3::new();
        // The maker's length keeps ("ab", "c") apart from ("a", "bc").
        hash.update(&(maker.len() as u64).to_le_bytes());
        hash.update(maker.as_bytes());
        hash.update(key.as_bytes());
        Identity { key: hash.digest128(), content: 0 }
    }
}

/// An event with what the daemon stamps on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    pub event: Event,
    #[serde(default, skip_serializing_if = "Realm::is_everyone")]
    pub realm: Realm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The event whose handling brought this one forth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Seq>,
    /// How many handlers stand between the first cause and this event.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hops: u8,
    /// A failure event never matches the subscriptions that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<SubscriptionId>,
}

impl EventRecord {
    /// Past this many hops an event is stored but not matched.
    pub const HOPS_MAX: u8 = 16;
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}
