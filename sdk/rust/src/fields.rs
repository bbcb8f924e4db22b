//! The fields that tell one thing from another.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::{Event, Requirement};

/// One field, or several that only together tell one thing from another: a comma list
/// (`"project,runtag"`) or an array of names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Fields(Vec<String>);

/// Longer keys are cut off, with a mark of what was cut: they are kept in the state,
/// where a key has its bound, and nobody reads them.
const KEY_BYTES_MAX: usize = 200;

/// Stands between the values of a key.
const BETWEEN: &str = " / ";

impl Fields {
    /// The values of an event in these fields as one text, such as `vr0 / run7`; none
    /// when the event lacks one of them. At most 200 bytes.
    pub fn key(&self, event: &Event) -> Option<String> {
        let values: Option<Vec<String>> = self.0.iter().map(|field| event.string(field)).collect();
        Some(bounded(values?.join(BETWEEN)))
    }

    /// What a key says of one of these fields; none when its values cannot be told apart.
    pub fn part<'k>(&self, field: &str, key: &'k str) -> Option<&'k str> {
        let at = self.0.iter().position(|name| name == field)?;
        let mut parts = key.splitn(self.0.len(), BETWEEN);
        (key.matches(BETWEEN).count() + 1 == self.0.len()).then(|| parts.nth(at))?
    }

    /// By these fields, or, where there are none, by what the event is about.
    pub fn key_or_about(fields: Option<&Fields>, event: &Event) -> Option<String> {
        match fields {
            Some(fields) => fields.key(event),
            None => Some(bounded(event.about().to_owned())),
        }
    }

    /// That they are there.
    pub fn requirements(&self) -> impl Iterator<Item = Requirement> {
        self.0.iter().map(Requirement::present)
    }
}

/// A text of any length as a key of at most 200 bytes: itself, or its beginning with a
/// hash of the whole.
pub fn bounded(text: String) -> String {
    if text.len() <= KEY_BYTES_MAX {
        return text;
    }
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let end = text.floor_char_boundary(KEY_BYTES_MAX - "…".len() - 16);
    format!("{}…{hash:016x}", &text[..end])
}

/// As people say it: `project and runtag`.
impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" and "))
    }
}

impl TryFrom<Value> for Fields {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Fields, &'static str> {
        let names = match value {
            Value::String(list) => list.split(',').map(|name| name.trim().to_owned()).collect(),
            Value::Array(elements) => elements
                .into_iter()
                .map(|element| match element {
                    Value::String(name) => Ok(name),
                    _ => Err("the name of a field is a text"),
                })
                .collect::<Result<Vec<_>, _>>()?,
            _ => return Err("a field's name, a comma list or an array of names must stand here"),
        };
        if names.is_empty() || names.iter().any(String::is_empty) {
            return Err("the name of a field is missing");
        }
        Ok(Fields(names))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for Fields {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Fields".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A field, or a comma list or array of fields.",
            "type": ["string", "array"],
            "items": { "type": "string" },
            "minItems": 1
        })
    }
}
