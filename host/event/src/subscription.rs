//! A person's saved configuration of a handler.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::name::identifier;
use crate::{Name, Requirement, Timestamp};

identifier! {
    /// A subscription's identifier; it stays when the name changes.
    SubscriptionId
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub owner: Name,
    /// Unique among its owner's.
    pub name: Name,
    pub handler: Name,
    /// The version of its handler that it was saved with, and stays with until it is saved
    /// anew or a newer one takes it as it is; none: the one that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler_sha256: Option<String>,
    /// Filter language; empty lets everything through.
    pub filter: String,
    pub config: Value,
    /// What the handler demands of an event with this configuration, asked when it
    /// was saved, so that the matcher starts without calling any plugin.
    pub requirements: Vec<Requirement>,
    /// None: the owner's default style.
    pub style: Option<Name>,
    /// What it emits is everyone's, not only its owner's.
    pub publish: bool,
    pub status: SubscriptionStatus,
    /// Counts up with each save.
    pub revision: u32,
    pub created: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "reason")]
pub enum SubscriptionStatus {
    Active,
    /// Its calls kept failing: it stands where it stopped, until somebody resumes it.
    Quarantined(String),
    /// Its configuration can never work, or its owner switched it off.
    Disabled(String),
}
