//! What a call is made with.

use event::{Event, Name, Seq, Timestamp};
use serde_json::Value;

/// One saved configuration of a plugin. `id` and `revision` together name its
/// content, so that a guest may keep what it parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub id: String,
    pub revision: u32,
    pub owner: Name,
    pub data: Value,
}

/// An event as the journal holds it, lent to a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventRef<'a> {
    pub seq: Seq,
    pub received: Timestamp,
    pub event: &'a Event,
}

/// Why a handler is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trigger<'a> {
    Event(EventRef<'a>),
    /// A wake-up that this configuration asked for, with its due time.
    Wake(Timestamp),
    /// Somebody cleared the alert with this key.
    Cleared(&'a str),
}
