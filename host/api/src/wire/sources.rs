//! Sources, and what they are asked.

use std::collections::BTreeMap;
use std::fmt;

use event::Name;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::Time;

#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    #[schema(value_type = String)]
    pub name: Name,
    /// One of `/api/v1/source-kinds`: built in, or an installed plugin of the kind source.
    #[schema(value_type = String)]
    pub kind: Name,
    /// As the kind's schema wants it. Its secret parts may stand here or in `secrets`.
    #[serde(default = "empty")]
    #[schema(value_type = Object)]
    pub config: Value,
    /// Parts of the configuration that nobody is to see again, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub secrets: BTreeMap<String, Value>,
}

/// Without what may be secret.
impl fmt::Debug for NewSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets: Vec<_> = self.secrets.keys().collect();
        f.debug_struct("NewSource")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("secrets", &secrets)
            .finish_non_exhaustive()
    }
}

/// A connection that monitors may query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Source {
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = String)]
    pub kind: Name,
    /// Without its secret parts. Absent for whoever is no administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub config: Option<Value>,
    /// The names of its secret parts.
    pub secrets: Vec<String>,
    /// Why the secret parts cannot be read any more: it has to be added again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    #[schema(inline)]
    pub created: Time,
}

/// What a harmless question to a source brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SourceTest {
    /// It can be asked.
    pub works: bool,
    /// What is there, such as `PostgreSQL 15.14`, or what is wrong.
    pub detail: String,
    pub took_ms: u64,
}

/// A question to a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceQuestion {
    /// One of its kind's.
    pub method: String,
    /// As the method's schema wants them.
    #[serde(default = "empty")]
    #[schema(value_type = Object)]
    pub arguments: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceAnswer {
    /// As the method's schema describes it.
    #[schema(value_type = Object)]
    pub result: Value,
}

/// A kind of sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceKind {
    pub kind: String,
    pub title: String,
    pub description: String,
    /// JSON Schema 2020-12. Secret parts have `"x-secret": true`.
    #[schema(value_type = Object)]
    pub config_schema: Value,
    pub methods: Vec<SourceMethod>,
    /// An installed plugin adds it.
    #[serde(default)]
    pub plugin: bool,
    /// Why nothing of it can be asked now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

/// Something that sources of a kind can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceMethod {
    pub name: String,
    pub summary: String,
    #[schema(value_type = Object)]
    pub arguments_schema: Value,
    #[schema(value_type = Object)]
    pub result_schema: Value,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}
