//! Doors.

use event::{DoorPath, Name};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::Time;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDoor {
    #[schema(value_type = String)]
    pub name: Name,
    /// A plugin of the kind `ingest`.
    #[schema(value_type = String)]
    pub plugin: Name,
    /// Paths beside `/in/<name>`, such as `/reports/upload`; one that ends in a slash
    /// stands for all below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub paths: Vec<DoorPath>,
    /// As the plugin's schema wants it; absent: `{}`.
    #[serde(default = "empty")]
    #[schema(value_type = Object)]
    pub config: Value,
    /// Stamped on its events: absent for everyone, or `~person`, or a project.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub realm: String,
    /// Whether it gets a token of its own (the default). Without one, senders show a
    /// token with the scope `events:write`, or nothing from the daemon's machine.
    #[serde(default = "yes")]
    pub token: bool,
}

/// A way in for somebody else's payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Door {
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = String)]
    pub plugin: Name,
    /// `/in/<name>`, then its own paths.
    pub paths: Vec<String>,
    /// It has a token of its own.
    pub token: bool,
    /// Stamped on its events: absent for everyone, a project, or `~person`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub realm: String,
    /// Absent for whoever is no administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub config: Option<Value>,
    /// Absent: it stands in the daemon's configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub created: Option<Time>,
}

/// The one answer that holds a door's token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedDoor {
    #[schema(value_type = String)]
    pub name: Name,
    /// `/in/<name>`, then its own paths.
    pub paths: Vec<String>,
    /// Absent when it has none of its own. It is not shown again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

fn yes() -> bool {
    true
}
