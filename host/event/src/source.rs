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
    /// The version of the plugin that has taken the configuration; none: the kind is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_sha256: Option<String>,
    /// As the kind's schema wants it, without what that marks as secret.
    pub config: Value,
    /// What it marks as secret, under a key of this source's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Forgettable<SourceSecrets>>,
    pub created: Timestamp,
}

/// The secret parts of a configuration by the names that they have in it.
pub type SourceSecrets = BTreeMap<String, Value>;

impl Source {
    /// The plugin that is its kind, unless that is built in.
    pub fn plugin(&self) -> Option<&Name> {
        self.plugin_sha256.as_ref().map(|_| &self.kind)
    }
}

/// The parts of a configuration that its schema calls secret, with `"x-secret": true`.
pub fn secret_parts(schema: &Value) -> Vec<String> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let secret = properties.filter(|(_, schema)| schema["x-secret"] == Value::Bool(true));
    secret.map(|(name, _)| name.clone()).collect()
}

/// Why a source has no answer: a variant for each reaction of whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is no such source, or it has no such method.
    #[error("{0}")]
    Unknown(String),
    /// Nobody granted it, it would change something, or it leads to where nothing may lead.
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    BadArguments(String),
    #[error("the source did not answer in time")]
    Timeout,
    /// It cannot be reached, does not let us in, or answers nonsense or too much.
    #[error("{0}")]
    Failed(String),
}
