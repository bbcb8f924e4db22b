//! Field paths: how filters and requirements name a part of an event.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Effect, Event, Origin, Severity, Timestamp};

/// An envelope name, else a dotted path into `data`; `data.` in front forces the
/// latter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FieldPath {
    Type,
    Source,
    Subject,
    Severity,
    Effect,
    Origin,
    Tag,
    Text,
    Time,
    Id,
    /// The steps into `data`, outermost first; never empty.
    Data(Vec<String>),
}

/// One value that a path leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    Text(&'a str),
    /// A JSON number, as a double.
    Number(f64),
    Bool(bool),
    Null,
    Severity(Severity),
    Effect(Effect),
    Origin(Origin),
    Time(Timestamp),
    /// An object: present, but equal to nothing.
    Object,
}

impl FieldPath {
    pub fn parse(text: &str) -> FieldPath {
        match text {
            "type" => FieldPath::Type,
            "source" => FieldPath::Source,
            "subject" => FieldPath::Subject,
            "severity" => FieldPath::Severity,
            "effect" => FieldPath::Effect,
            "origin" => FieldPath::Origin,
            "tag" => FieldPath::Tag,
            "text" => FieldPath::Text,
            "time" => FieldPath::Time,
            "id" => FieldPath::Id,
            path => {
                let path = path.strip_prefix("data.").unwrap_or(path);
                FieldPath::Data(path.split('.').map(str::to_owned).collect())
            }
        }
    }

    /// Calls `f` with each value found, in order, until it returns true; an array
    /// stands for its elements, at every step. Returns whether `f` did.
    pub fn any<'e>(&self, event: &'e Event, mut f: impl FnMut(Scalar<'e>) -> bool) -> bool {
        match self {
            FieldPath::Type => f(Scalar::Text(&event.kind)),
            FieldPath::Source => f(Scalar::Text(&event.source)),
            FieldPath::Subject => event.subject.as_deref().is_some_and(|s| f(Scalar::Text(s))),
            FieldPath::Severity => event.severity.is_some_and(|s| f(Scalar::Severity(s))),
            FieldPath::Effect => event.effect.is_some_and(|e| f(Scalar::Effect(e))),
            FieldPath::Origin => event.origin.is_some_and(|o| f(Scalar::Origin(o))),
            FieldPath::Tag => event.tags.iter().any(|t| f(Scalar::Text(t))),
            FieldPath::Text => !event.text.is_empty() && f(Scalar::Text(&event.text)),
            FieldPath::Time => f(Scalar::Time(event.time)),
            FieldPath::Id => f(Scalar::Text(&event.id)),
            FieldPath::Data(steps) => any_at(&event.data, steps, &mut f),
        }
    }
}

fn any_at<'e>(value: &'e Value, steps: &[String], f: &mut impl FnMut(Scalar<'e>) -> bool) -> bool {
    if let Value::Array(elements) = value {
        return elements.iter().any(|v| any_at(v, steps, f));
    }
    let Some((step, rest)) = steps.split_first() else {
        return f(Scalar::from(value));
    };
    match value {
        // A key may itself hold dots ("disk.percent": 93): what stands there is found first.
        Value::Object(map) => {
            (!rest.is_empty() && map.get(&steps.join(".")).is_some_and(|v| any_at(v, &[], f)))
                || map.get(step).is_some_and(|v| any_at(v, rest, f))
        }
        _ => false,
    }
}

/// What a JSON value is to a path that ends at it. An array has no meaning of its own
/// there, only its elements have.
impl<'a> From<&'a Value> for Scalar<'a> {
    fn from(value: &'a Value) -> Scalar<'a> {
        match value {
            Value::Null => Scalar::Null,
            Value::Bool(b) => Scalar::Bool(*b),
            Value::Number(n) => n.as_f64().map_or(Scalar::Null, Scalar::Number),
            Value::String(s) => Scalar::Text(s),
            Value::Array(_) | Value::Object(_) => Scalar::Object,
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            FieldPath::Type => "type",
            FieldPath::Source => "source",
            FieldPath::Subject => "subject",
            FieldPath::Severity => "severity",
            FieldPath::Effect => "effect",
            FieldPath::Origin => "origin",
            FieldPath::Tag => "tag",
            FieldPath::Text => "text",
            FieldPath::Time => "time",
            FieldPath::Id => "id",
            FieldPath::Data(steps) => {
                let path = steps.join(".");
                // What would read as an envelope name, or lose a prefix, needs the prefix.
                let shadowed =
                    path.starts_with("data.") || !matches!(FieldPath::parse(&path), FieldPath::Data(_));
                return if shadowed { write!(f, "data.{path}") } else { f.write_str(&path) };
            }
        };
        f.write_str(name)
    }
}

impl From<String> for FieldPath {
    fn from(text: String) -> FieldPath {
        FieldPath::parse(&text)
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> String {
        path.to_string()
    }
}
