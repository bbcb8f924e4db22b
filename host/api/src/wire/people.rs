//! People and their addresses.

use event::{Channel, Form, Name, Role};
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = schema::Channel)]
    pub channel: Channel,
    /// Where the channel sends to: a mailbox for mail; absent for the inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Absent: `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Form>)]
    pub form: Option<Form>,
}

/// A person's named place to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Address {
    #[schema(value_type = String)]
    pub user: Name,
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = schema::Channel)]
    pub channel: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[schema(value_type = schema::Form)]
    pub form: Form,
    #[schema(inline)]
    pub created: Time,
}

impl From<event::Address> for Address {
    fn from(address: event::Address) -> Address {
        let event::Address { person, name, channel, to, form, created } = address;
        Address { user: person, name, channel, to, form, created: created.into() }
    }
}

/// What became of a trial message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddressTest {
    pub delivered: bool,
    /// The provider's reference, or why it was not delivered.
    pub detail: String,
}
