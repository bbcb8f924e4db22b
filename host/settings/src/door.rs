//! Doors: ways in for somebody else's payload.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use event::{Name, Realm};
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
    /// Whole paths, for senders whose path is fixed.
    #[serde(default)]
    pub paths: Vec<String>,
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
    let name = Name::new("puppet").expect("a name of letters");
    let puppet = Door {
        plugin: name.clone(),
        paths: vec!["/reports/upload".to_owned()],
        token: None,
        token_file: None,
        realm: Realm::everyone(),
        config: serde_json::json!({"unchanged": "summary"}),
    };
    BTreeMap::from([(name, puppet)])
}

/// Paths that are ours: a door there would never be reached.
const TAKEN: &[&str] = &["/api", "/in", "/cloudevents", "/healthz", "/readyz", "/metrics"];

/// Reads the doors' tokens, and finds paths that cannot be served.
pub(crate) fn complete(doors: &mut BTreeMap<Name, Door>, errors: &mut Vec<SettingsError>) {
    let mut owners: HashMap<String, &Name> = HashMap::new();
    for (name, door) in doors {
        let token = format!("door.{name}.token");
        errors.extend(secret::from_file(&mut door.token, door.token_file.as_deref(), &token).err());
        for path in &door.paths {
            let taken = owners.insert(path.clone(), name);
            let taken = taken.map(|other| format!("`{path}` is also a path of door `{other}`"));
            if let Some(message) = wrong(path).or(taken) {
                errors.push(SettingsError::value(format!("door.{name}.paths"), message));
            }
        }
    }
}

/// Why a door cannot have this path.
fn wrong(path: &str) -> Option<String> {
    let plain = path.chars().all(|c| c.is_ascii_graphic() && !"?#%{}\\".contains(c));
    let steps_ok = path.split('/').skip(1).all(|step| !matches!(step, "" | "." | ".."));
    if !path.starts_with('/') || !plain || !steps_ok {
        return Some(format!("`{path}` is no plain path such as `/reports/upload`"));
    }
    let ours = TAKEN.iter().any(|taken| path == *taken || path.starts_with(&format!("{taken}/")));
    ours.then(|| format!("`{path}` is a path of Tellify's own"))
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
