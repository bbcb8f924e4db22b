//! People.

use event::{Name, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Time, schema};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    #[schema(value_type = String)]
    pub name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// IANA time zone, such as `Europe/Berlin`; absent: the daemon's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    #[schema(value_type = String)]
    pub name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    #[schema(value_type = schema::Role)]
    pub role: Role,
    #[schema(inline)]
    pub created: Time,
}

impl From<event::Person> for User {
    fn from(person: event::Person) -> User {
        let event::Person { name, email, zone, role, created } = person;
        User { name, email, zone, role, created: created.into() }
    }
}
