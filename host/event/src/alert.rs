//! Alerts: keyed conditions of one subscription.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::name::identifier;
use crate::severity::{UnknownWord, words};
use crate::{Name, Seq, Severity, SubscriptionId, Timestamp};

identifier! {
    /// One life of an alert, from firing to resolved. Made from the sequence number
    /// of the outcome that began it, so a replay makes the same.
    AlertId
}

words! {
    /// `note` is a one-off: told once and never resolved.
    AlertState, "alert state", Firing = "firing", Resolved = "resolved", Note = "note"
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    pub id: AlertId,
    pub subscription: SubscriptionId,
    pub owner: Name,
    pub handler: Name,
    pub key: String,
    pub state: AlertState,
    pub severity: Severity,
    pub title: String,
    pub data: Value,
    /// How often it was raised in this life.
    pub count: u32,
    pub since: Timestamp,
    pub latest: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// The event that raised it last; none when a wake-up did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Seq>,
}

/// What a handler said of one of its alerts, in an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertUpdate {
    pub key: String,
    pub state: AlertState,
    pub severity: Severity,
    pub title: String,
    pub data: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Seq>,
    /// The handler's `now`.
    pub at: Timestamp,
}

/// A turn in an alert's life that people may have to hear of. It waits in the
/// state until the planner has decided who, where and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertChange {
    pub alert: AlertId,
    pub kind: ChangeKind,
    pub severity: Severity,
    pub at: Timestamp,
}

words! {
    /// Being raised again without a change of severity is no change: it only counts.
    ChangeKind, "change", Fired = "fired", Worsened = "worsened", Eased = "eased",
    Resolved = "resolved", Noted = "noted"
}
