//! Plugins, and the calls that they failed.

use bytes::Bytes;
use event::{
    FailureOf, Granted, Name, PluginKind, ReplayState, Seq, SubscriptionId, Timestamp, Trigger, Wanted,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Time, schema};

/// A component to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallPlugin {
    pub component: Bytes,
    /// A plugin of the same name gives way; otherwise it is a conflict.
    pub replace: bool,
    /// What this version does not take stays with the one that it was saved with; otherwise
    /// it is a conflict.
    pub side_by_side: bool,
    /// All that it asks for is granted.
    pub grant_all: bool,
}

/// A plugin in the version that serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plugin {
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = schema::PluginKind)]
    pub kind: PluginKind,
    pub version: String,
    pub title: String,
    pub description: String,
    /// Of the component, in lower-case hexadecimal.
    pub sha256: String,
    /// Size of the component.
    pub bytes: u64,
    /// JSON Schema 2020-12 of a configuration.
    #[schema(value_type = Object)]
    pub config_schema: Value,
    /// Form hints, keyed by JSON pointer.
    pub ui_hints: Value,
    /// Came with the daemon, and is replaced by the next one's.
    pub bundled: bool,
    /// Absent: the administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub installed_by: Option<Name>,
    /// Everybody may use it, and not only whoever installed it.
    pub shared: bool,
    /// What it asks for; `sources` are kinds of them, `*` is any.
    pub wants: Capabilities,
    /// What an administrator granted; `sources` are names of them.
    pub granted: Capabilities,
    /// What it asks for, and nothing of which is granted.
    pub missing: Capabilities,
    /// A version that asks for more, and waits for an administrator's consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingVersion>,
    /// Versions that serve beside this one what was saved with them, and the way back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptVersion>,
    /// Since when this version serves.
    #[schema(inline)]
    pub installed: Time,
}

/// What leads out of a plugin's sandbox, by kind. In a request, what is left out is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Capabilities {
    /// Patterns of URLs, such as `https://api.example.com/repos/*`.
    #[serde(default)]
    pub http: Vec<String>,
    /// Names of secrets.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Names of sources, or kinds of them.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// A version that waits for consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingVersion {
    pub version: String,
    pub sha256: String,
    /// What it asks for beyond what the version that serves asks for.
    pub more: Capabilities,
    /// Absent: the administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub installed_by: Option<Name>,
    #[schema(inline)]
    pub since: Time,
}

/// A version beside the one that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptVersion {
    pub version: String,
    pub sha256: String,
    /// How many subscriptions, doors and sources stay with it.
    pub used_by: usize,
    #[schema(inline)]
    pub installed: Time,
}

/// What installing a component would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginPlan {
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = schema::PluginKind)]
    pub kind: PluginKind,
    pub version: String,
    pub sha256: String,
    /// The version that serves now; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    pub wants: Capabilities,
    /// What it asks for beyond what the version that serves asks for.
    pub more: Capabilities,
    /// It would wait for an administrator's consent.
    pub waits: bool,
    /// All that is saved and that it does not take.
    pub unfit: Vec<Unfit>,
}

/// Something saved that a version does not take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unfit {
    /// `subscription`, `address`, `door` or `source`.
    pub what: String,
    /// Absent for a door and a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub owner: Option<Name>,
    #[schema(value_type = String)]
    pub name: Name,
    pub problem: String,
    /// It stands in the daemon's configuration, and cannot stay with an older version.
    pub configured: bool,
}

/// A change of what a plugin is granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GrantChange {
    /// Only what it asks for, or less of that; `sources` are names of sources.
    #[schema(value_type = Capabilities)]
    pub grant: Granted,
    /// All that these cover is taken back.
    #[schema(value_type = Capabilities)]
    pub revoke: Granted,
    /// All that it asks for is granted.
    pub grant_all: bool,
}

/// An administrator's yes to the version that waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    pub side_by_side: bool,
    /// It serves without what it asks for beyond the version before.
    pub without_grants: bool,
}

impl From<&Wanted> for Capabilities {
    fn from(wanted: &Wanted) -> Capabilities {
        let Wanted { http, secrets, sources } = wanted;
        Capabilities { http: texts(http), secrets: texts(secrets), sources: texts(sources) }
    }
}

impl From<&Granted> for Capabilities {
    fn from(granted: &Granted) -> Capabilities {
        let Granted { http, secrets, sources } = granted;
        Capabilities { http: texts(http), secrets: texts(secrets), sources: texts(sources) }
    }
}

fn texts<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(T::to_string).collect()
}

/// A call that was given up, with what it was called with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// Its own place in the journal.
    #[schema(value_type = u64)]
    pub seq: Seq,
    #[schema(inline)]
    pub at: Time,
    #[schema(value_type = String)]
    pub plugin: Name,
    /// Either this or `door` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub subscription: Option<SubscriptionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub door: Option<Name>,
    /// The event that it was called with; absent for a wake-up, a cleared alert and a door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub event: Option<Seq>,
    /// The wake-up that it was called for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub wake: Option<Time>,
    pub message: String,
    /// The guest's own words: its standard error, its stack.
    pub stack: String,
    pub attempts: u32,
    /// Without credentials and signatures.
    pub input: Value,
    /// Absent: nobody asked for the call to be made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
}

/// A call that was set aside is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replay {
    pub state: ReplayStage,
    /// Of the record that asked for it, of what came of it, or of the failure that it became.
    #[schema(value_type = u64)]
    pub seq: Seq,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReplayStage {
    /// For its turn among the other calls of its subscription.
    Waiting,
    /// It went well.
    Done,
    /// It was set aside again, as a failure of its own.
    Failed,
}

impl From<ReplayState> for Replay {
    fn from(state: ReplayState) -> Replay {
        let (state, seq) = match state {
            ReplayState::Waiting(seq) => (ReplayStage::Waiting, seq),
            ReplayState::Done(seq) => (ReplayStage::Done, seq),
            ReplayState::Failed(seq) => (ReplayStage::Failed, seq),
        };
        Replay { state, seq }
    }
}

impl Failure {
    pub fn new(seq: Seq, at: Timestamp, failure: event::Failure, replay: Option<ReplayState>) -> Failure {
        let (subscription, door) = match failure.of {
            FailureOf::Subscription(id) => (Some(id), None),
            FailureOf::Door(name) => (None, Some(name)),
        };
        let (event, wake) = match failure.trigger {
            Some(Trigger::Event(seq)) => (Some(seq), None),
            Some(Trigger::Wake(due)) => (None, Some(due.into())),
            Some(Trigger::Cleared(_)) | None => (None, None),
        };
        Failure {
            seq,
            at: at.into(),
            plugin: failure.plugin,
            subscription,
            door,
            event,
            wake,
            message: failure.message,
            stack: failure.stack,
            attempts: failure.attempts,
            input: failure.input,
            replay: replay.map(Replay::from),
        }
    }
}
