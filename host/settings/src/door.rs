//! Doors: ways in for somebody else's payload.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use event::{DoorPath, Name, Realm};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::sections::filled;
use crate::{Secret, SettingsError, secret};

/// `[door.NAME]`, found at `/in/NAME` and at its own paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// An ingest plugin.
    pub plugin: Name,
    /// For senders whose path is fixed.
    #[serde(default)]
    pub paths: Vec<DoorPath>,
    /// What a sender must show. None: as for any event, a token of the API, or
    /// nothing from this machine itself. In loaded settings also what `token_file` holds.
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// Stamped on its events.
    #[serde(default, deserialize_with = "realm")]
    pub realm: Realm,
    /// As the plugin's schema wants it; an object.
    #[serde(default = "empty", deserialize_with = "object")]
    pub config: Value,
}

/// The doors of a fresh start.
pub(crate) fn built_in() -> BTreeMap<Name, Door> {
    // Each is named like its plugin.
    let door = |name: &str, path: &str| {
        let name = Name::new(name).expect("a name of letters");
        let door = Door {
            plugin: name.clone(),
            paths: vec![DoorPath::new(path).expect("a plain path")],
            token: None,
            token_file: None,
            realm: Realm::everyone(),
            config: serde_json::json!({"unchanged": "summary"}),
        };
        (name, door)
    };
    BTreeMap::from([door("chef", "/data-collector/v0/"), door("puppet", "/reports/upload")])
}

/// Reads the doors' tokens, and finds paths that lead to two of them.
pub(crate) fn complete(doors: &mut BTreeMap<Name, Door>, errors: &mut Vec<SettingsError>) {
    let mut owners: HashMap<DoorPath, &Name> = HashMap::new();
    for (name, door) in doors {
        let token = format!("door.{name}.token");
        errors.extend(secret::from_file(&mut door.token, door.token_file.as_deref(), &token).err());
        for path in &door.paths {
            if let Some(other) = owners.insert(path.clone(), name) {
                let message = format!("`{path}` is also a path of door `{other}`");
                errors.push(SettingsError::value(format!("door.{name}.paths"), message));
            }
        }
    }
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

fn realm<'de, D: Deserializer<'de>>(input: D) -> Result<Realm, D::Error> {
    Realm::parse(&String::deserialize(input)?).map_err(de::Error::custom)
}

fn object<'de, D: Deserializer<'de>>(input: D) -> Result<Value, D::Error> {
    Ok(json(toml::Value::Table(toml::Table::deserialize(input)?)))
}

/// TOML as JSON: its dates become texts, and its numbers without a value null.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(n) => n.into(),
        toml::Value::Float(n) => n.into(),
        toml::Value::Boolean(b) => b.into(),
        toml::Value::Datetime(t) => Value::String(t.to_string()),
        toml::Value::Array(values) => values.into_iter().map(json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
    }
}
