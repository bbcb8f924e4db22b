//! Doors.

use event::Name;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A configured way in for somebody else's payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
}
