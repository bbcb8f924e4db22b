//! What is posted to a webhook.

use event::{AlertId, AlertState, ChangeKind, DigestId, Name, Seq, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Time, schema};

/// The body of a webhook. Keys may be added to it at any time; what is changed or taken
/// away raises `version`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookMessage {
    #[serde(rename = "type")]
    pub kind: WebhookKind,
    pub version: u32,
    /// When the digest was sealed; each attempt has a time of its own in `webhook-timestamp`.
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: Time,
    pub data: WebhookDigest,
}

impl WebhookMessage {
    pub const VERSION: u32 = 1;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum WebhookKind {
    #[serde(rename = "tellify.digest")]
    Digest,
    /// A trial message, which tells of nothing.
    #[serde(rename = "tellify.test")]
    Test,
}

/// Alerts sealed together for one person and one address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookDigest {
    /// The same in every attempt, and as `webhook-id`: who has seen it has seen all of it.
    #[schema(value_type = String)]
    pub id: DigestId,
    #[schema(value_type = String)]
    pub user: Name,
    #[schema(value_type = String)]
    pub address: Name,
    /// The worst of its alerts.
    #[schema(value_type = schema::Severity)]
    pub severity: Severity,
    pub subject: String,
    /// The whole digest in one line.
    pub line: String,
    /// The digest as people read it, in several lines of plain text.
    pub text: String,
    /// The worst come first, and of these the latest.
    pub items: Vec<WebhookItem>,
    /// Alerts that are not among the items, because the body would become too large.
    pub more: usize,
    /// Where the API shows the digest whole; absent in a trial message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One alert as the digest tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookItem {
    /// One life of the alert, from firing to resolved.
    #[schema(value_type = String)]
    pub id: AlertId,
    /// Its subscription's name for it, the same in each life.
    pub key: String,
    #[schema(value_type = schema::AlertState)]
    pub state: AlertState,
    /// What happened to it.
    #[schema(value_type = schema::ChangeKind)]
    pub change: ChangeKind,
    #[schema(value_type = schema::Severity)]
    pub severity: Severity,
    pub title: String,
    /// What the handler says besides; absent when it is nothing, or too much.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// How often it was raised in this life.
    pub count: u32,
    #[schema(inline)]
    pub since: Time,
    #[schema(inline)]
    pub latest: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub ended: Option<Time>,
    #[schema(value_type = String)]
    pub subscription: Name,
    #[schema(value_type = String)]
    pub handler: Name,
    /// The rule of the person's style that put it here.
    pub reason: String,
    pub links: WebhookLinks,
}

/// Where the API tells more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookLinks {
    pub alert: String,
    /// The event that raised it last; absent when a wake-up did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

impl WebhookLinks {
    /// `base` is where the daemon is reached, without a slash at its end.
    pub fn new(base: &str, alert: &AlertId, event: Option<Seq>) -> WebhookLinks {
        WebhookLinks {
            alert: format!("{base}/api/v1/alerts/{alert}"),
            event: event.map(|seq| format!("{base}/api/v1/events/{seq}")),
        }
    }
}
