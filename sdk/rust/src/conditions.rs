//! Field by field, any one of some values: the filter that many configurations need.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{AnyOf, Event, Requirement};

/// Fields and what each must be, such as `{"project": "vr0,vr1", "status": "fail"}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Conditions(Vec<(String, AnyOf)>);

impl Conditions {
    /// The fields with their values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AnyOf)> {
        self.0.iter().map(|(field, values)| (field.as_str(), values))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all hold.
    pub fn hold(&self, event: &Event) -> bool {
        self.iter().all(|(field, values)| values.holds(event, field))
    }

    /// The same, for the host to check before it calls.
    pub fn requirements(&self) -> impl Iterator<Item = Requirement> {
        self.iter().map(|(field, values)| Requirement::any_of(field, values))
    }
}

/// As people say it: `project is vr0 or vr1 and status is fail`.
impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (field, values)) in self.iter().enumerate() {
            write!(f, "{}{field} is {values}", if i > 0 { " and " } else { "" })?;
        }
        Ok(())
    }
}

impl TryFrom<Map<String, Value>> for Conditions {
    type Error = String;

    fn try_from(map: Map<String, Value>) -> Result<Conditions, String> {
        let read = |(field, value): (String, Value)| match AnyOf::try_from(value) {
            Ok(values) => Ok((field, values)),
            Err(why) => Err(format!("`{field}`: {why}")),
        };
        map.into_iter().map(read).collect::<Result<_, _>>().map(Conditions)
    }
}

impl JsonSchema for Conditions {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Conditions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": AnyOf::json_schema(generator) })
    }
}
