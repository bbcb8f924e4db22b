//! Plugins as the registry knows them, and the calls that they failed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::is_zero;
use crate::severity::UnknownWord;
use crate::severity::words;
use crate::{ChannelTraits, Granted, Name, Seq, SubscriptionId, Timestamp, Trigger, Wanted};
use std::fmt;
use std::str::FromStr;

words! {
    /// The five worlds of the plugin interface.
    PluginKind, "kind of plugin",
    Handler = "handler", Monitor = "monitor", Source = "source", Channel = "channel", Ingest = "ingest"
}

/// An installed plugin in one of its versions. Its component lies beside the journal under
/// its hash.
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
    /// What a person installed is theirs alone, until an administrator shares it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared: bool,
    /// What this version asks for.
    #[serde(default, skip_serializing_if = "Wanted::is_empty")]
    pub wants: Wanted,
    /// What an administrator granted, whatever the version.
    #[serde(default, skip_serializing_if = "Granted::is_empty")]
    pub granted: Granted,
    /// A channel's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelTraits>,
    /// Since when it serves, or waits to.
    pub installed: Timestamp,
}

impl Plugin {
    /// Whether a person may use it, and see it: an administrator decides for everybody, a
    /// person for themselves.
    pub fn is_open_to(&self, person: Option<&Name>) -> bool {
        self.shared || self.installed_by.as_ref().is_none_or(|by| Some(by) == person)
    }

    /// This version where another one served: what was decided of the plugin stays decided.
    pub fn in_place_of(self, old: &Plugin) -> Plugin {
        let Plugin { installed_by, shared, granted, .. } = old.clone();
        Plugin { installed_by, shared, granted, ..self }
    }

    /// Of the versions that are kept, the one that served before this one; none when this
    /// is the oldest.
    pub fn way_back<'v>(serving: &Plugin, versions: &'v [Plugin]) -> Option<&'v Plugin> {
        let older = versions.iter().filter(|version| version.installed < serving.installed);
        older.max_by_key(|version| (version.installed, &version.sha256))
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// How often calls of the version that serves have broken off or run out of time in its
/// first hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginFaults {
    pub name: Name,
    pub sha256: String,
    pub count: u32,
}

impl PluginFaults {
    /// A version is on trial for this long, in milliseconds.
    pub const TRIAL_MS: i64 = 3600 * 1000;
    /// With so many it goes back to the one before: one may be bad luck, and a call that
    /// always breaks off is tried that often within ten seconds.
    pub const MAX: u32 = 3;
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
