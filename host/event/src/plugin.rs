//! Plugins as the registry knows them, and the calls that they failed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::is_zero;
use crate::severity::UnknownWord;
use crate::severity::words;
use crate::{Name, Seq, SubscriptionId, Timestamp, Trigger};
use std::fmt;
use std::str::FromStr;

words! {
    /// The five worlds of the plugin interface.
    PluginKind, "kind of plugin",
    Handler = "handler", Monitor = "monitor", Source = "source", Channel = "channel", Ingest = "ingest"
}

/// An installed plugin. Its component lies beside the journal under its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    pub name: Name,
    pub kind: PluginKind,
    pub version: String,
    pub title: String,
    pub description: String,
    /// Lower-case hexadecimal.
    pub sha256: String,
    pub bytes: u64,
    /// JSON Schema 2020-12 of a configuration.
    pub config_schema: Value,
    /// Form hints, keyed by JSON pointer.
    pub ui_hints: Value,
    /// Came with the daemon: replaced by the next one's, never removed by hand.
    pub bundled: bool,
    /// The person who installed it; none: the administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_by: Option<Name>,
    pub installed: Timestamp,
}

/// Whose call it was that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureOf {
    Subscription(SubscriptionId),
    Door(Name),
}

/// A call that was given up, kept with its input so that the author can see it and
/// somebody can replay it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub of: FailureOf,
    pub plugin: Name,
    /// None for a door, which has no event yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// What the plugin was called with, without credentials and signatures.
    pub input: Value,
    pub message: String,
    /// The guest's own words: its standard error, its stack.
    pub stack: String,
    pub attempts: u32,
    /// How many handlers stand between the first cause and this call, as in
    /// [`EventRecord::hops`](crate::EventRecord::hops).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hops: u8,
    /// The failure whose replay this is; none: the call was made for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<Seq>,
}

/// What became of a failure whose call somebody wants made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplayState {
    /// This record asked for it, and is the call's place in the order of things.
    Waiting(Seq),
    /// It went well; this is the record that says so.
    Done(Seq),
    /// It failed again, as this later failure.
    Failed(Seq),
}
