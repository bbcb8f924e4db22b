//! From JSON to what a method or a kind wants to know.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{BadConfig, SourceError};

/// Reads the arguments of a method; none at all are those that have a default.
pub(crate) fn arguments<T: DeserializeOwned>(method: &str, value: Value) -> Result<T, SourceError> {
    let value = if value.is_null() { Value::Object(serde_json::Map::new()) } else { value };
    serde_path_to_error::deserialize(value).map_err(|error| {
        let place = error.path().to_string();
        let place = if place == "." { String::new() } else { format!("`{place}`: ") };
        SourceError::BadArguments(format!("arguments of `{method}`: {place}{}", error.inner()))
    })
}

/// Reads the configuration of a source.
pub(crate) fn config<T: DeserializeOwned>(value: &Value) -> Result<T, BadConfig> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let place = error.path().iter().map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => format!("/{index}"),
            other => format!("/{}", other.to_string().replace('~', "~0").replace('/', "~1")),
        });
        // What an unknown key or a missing one belongs to is the whole.
        let pointer: String = place.filter(|step| step != "/?").collect();
        BadConfig { pointer, message: error.inner().to_string() }
    })
}

pub(crate) fn unknown_method(kind: &str, method: &str, known: &[&str]) -> SourceError {
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    SourceError::Unknown(format!(
        "a source of the kind {kind} has no method `{method}`: it has {}",
        known.join(", ")
    ))
}
