//! A configuration value that means any one of several.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Event;

/// Any one of these: a comma list (`"gc_t,route_opt"`), one scalar, or an array of
/// scalars.
///
/// A word that spells a number or a truth value means that as well, since senders
/// differ in how they write them: `"200"` meets both `"200"` and `200`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct AnyOf {
    /// What was written, for people.
    words: Vec<String>,
    /// What an event's value is compared with.
    scalars: Vec<Value>,
}

impl AnyOf {
    /// The scalars of which any one will do; never empty.
    pub fn scalars(&self) -> &[Value] {
        &self.scalars
    }

    /// Whether the field at `path` is any one of these.
    pub fn holds(&self, event: &Event, path: &str) -> bool {
        crate::field::any(event, path, &mut |value| self.contains(&value))
    }

    /// Whether a value is any one of these.
    pub fn contains(&self, value: &Value) -> bool {
        self.scalars.iter().any(|scalar| same(scalar, value))
    }

    /// These, and those of `other` too.
    #[must_use]
    pub fn or(mut self, other: &AnyOf) -> AnyOf {
        self.words.extend(other.words.iter().cloned());
        self.scalars.extend(other.scalars.iter().cloned());
        self
    }

    fn add(&mut self, value: Value) -> Result<(), &'static str> {
        match &value {
            Value::String(list) => {
                list.split(',').map(str::trim).filter(|word| !word.is_empty()).for_each(|w| self.add_word(w));
            }
            Value::Array(_) | Value::Object(_) => {
                return Err("only text, numbers and truth values can stand here");
            }
            scalar => {
                self.words.push(scalar.to_string());
                self.scalars.push(value);
            }
        }
        Ok(())
    }

    fn add_word(&mut self, word: &str) {
        self.words.push(word.to_owned());
        self.scalars.push(Value::from(word));
        if let Ok(scalar @ (Value::Number(_) | Value::Bool(_))) = serde_json::from_slice(word.as_bytes()) {
            self.scalars.push(scalar);
        }
    }
}

/// Whether two values are the same; numbers are compared as doubles, as the daemon does.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

impl TryFrom<Value> for AnyOf {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<AnyOf, &'static str> {
        let mut any = AnyOf { words: Vec::new(), scalars: Vec::new() };
        match value {
            Value::Array(elements) => elements.into_iter().try_for_each(|element| any.add(element))?,
            one => any.add(one)?,
        }
        if any.scalars.is_empty() { Err("at least one value must stand here") } else { Ok(any) }
    }
}

impl Serialize for AnyOf {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.words.serialize(serializer)
    }
}

/// As people wrote it: `gc_t or route_opt`.
impl std::fmt::Display for AnyOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words.join(" or "))
    }
}

impl JsonSchema for AnyOf {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyOf".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A comma list, one value, or an array: any one of these.",
            "type": ["string", "number", "boolean", "array"],
            "items": { "type": ["string", "number", "boolean"] },
            "minItems": 1
        })
    }
}
