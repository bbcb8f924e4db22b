//! Secrets, of which nobody is ever shown more than that they are there.

use event::Name;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// A secret's value, on its way in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    pub value: String,
}

/// What whoever may manage secrets sees of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Secret {
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(inline)]
    pub set: Time,
    /// Absent: the administrator's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub set_by: Option<Name>,
    /// Plugins that it is granted to.
    #[schema(value_type = Vec<String>)]
    pub granted_to: Vec<Name>,
    /// Why it cannot be used; absent: it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}
