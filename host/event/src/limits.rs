//! How large an event may be. Each bound is configurable and has its reason.

use serde::{Deserialize, Serialize};

/// Bounds on what senders and plugins may hand in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventLimits {
    /// One event, as JSON, in bytes: four of them fill a megabyte, so a reader can always hold a page.
    pub event_bytes: usize,
    /// Nesting of objects and arrays: deeper than any format we know, and far from the stack's end.
    pub depth: usize,
    /// Fields of one event, at all depths together: the matcher looks at each of them.
    pub fields: usize,
    /// Tags of one event.
    pub tags: usize,
    /// One tag, in bytes.
    pub tag_bytes: usize,
    /// Events in one request, which are one group of the journal.
    pub batch_events: usize,
    /// One request, in bytes, after decompression.
    pub batch_bytes: usize,
    /// How far ahead of our clock an event's time may lie, in seconds: clocks differ, but not by days.
    pub future_s: i64,
}

impl Default for EventLimits {
    fn default() -> EventLimits {
        EventLimits {
            event_bytes: 256 << 10,
            depth: 32,
            fields: 1024,
            tags: 64,
            tag_bytes: 256,
            batch_events: 10_000,
            batch_bytes: 8 << 20,
            future_s: 24 * 3600,
        }
    }
}
