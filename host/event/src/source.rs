//! Sources: connections that monitors may query.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Forgettable, Name, Timestamp};

/// A named connection that an administrator configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub name: Name,
    /// `graphite`, `prometheus`, `sql` or `http`, or a plugin of the kind source.
    pub kind: Name,
    /// As the kind's schema wants it, without what that marks as secret.
    pub config: Value,
    /// What it marks as secret, under a key of this source's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Forgettable<SourceSecrets>>,
    pub created: Timestamp,
}

/// The secret parts of a configuration by the names that they have in it.
pub type SourceSecrets = BTreeMap<String, Value>;
