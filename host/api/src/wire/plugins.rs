//! Plugins, and the calls that they failed.

use bytes::Bytes;
use event::{FailureOf, Name, PluginKind, ReplayState, Seq, SubscriptionId, Timestamp, Trigger};
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
}

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
    #[schema(inline)]
    pub installed: Time,
}

impl From<event::Plugin> for Plugin {
    fn from(plugin: event::Plugin) -> Plugin {
        Plugin {
            name: plugin.name,
            kind: plugin.kind,
            version: plugin.version,
            title: plugin.title,
            description: plugin.description,
            sha256: plugin.sha256,
            bytes: plugin.bytes,
            config_schema: plugin.config_schema,
            ui_hints: plugin.ui_hints,
            bundled: plugin.bundled,
            installed_by: plugin.installed_by,
            installed: plugin.installed.into(),
        }
    }
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
