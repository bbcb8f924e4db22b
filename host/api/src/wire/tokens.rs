//! Tokens.

use event::{Name, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Time, schema};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    #[schema(value_type = String)]
    pub name: Name,
    /// For whom it acts; absent: for nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub user: Option<Name>,
    /// Stamped on the events that it sends: absent for everyone, a project, or `~person`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub realm: String,
    /// At least one.
    #[schema(value_type = Vec<schema::Scope>)]
    pub scopes: Vec<Scope>,
}

/// A token without its secret, which nobody keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    pub id: String,
    #[schema(value_type = String)]
    pub name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub user: Option<Name>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub realm: String,
    #[schema(value_type = Vec<schema::Scope>)]
    pub scopes: Vec<Scope>,
    #[schema(inline)]
    pub created: Time,
}

impl From<event::Token> for Token {
    fn from(token: event::Token) -> Token {
        let event::Token { id, name, user, realm, scopes, created, hash: _ } = token;
        Token { id, name, user, realm: realm.as_str().to_owned(), scopes, created: created.into() }
    }
}

/// The one answer that holds a token's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedToken {
    pub id: String,
    #[schema(value_type = String)]
    pub name: Name,
    /// Send it as `Authorization: Bearer …`. It is not shown again.
    pub token: String,
}
