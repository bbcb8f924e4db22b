//! What must hold of an event before a handler is called for it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Event, FieldPath, Scalar};

/// A condition on one field; a handler states several, and all must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    pub field: FieldPath,
    pub condition: Condition,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    Present,
    /// Any one of these JSON scalars.
    Equals(Vec<Value>),
    /// The text begins with any one of these.
    Prefix(Vec<String>),
    AtLeast(f64),
    AtMost(f64),
}

impl Requirement {
    pub fn holds(&self, event: &Event) -> bool {
        self.field.any(event, |value| self.condition.holds(value))
    }
}

impl Condition {
    fn holds(&self, value: Scalar<'_>) -> bool {
        match self {
            Condition::Present => true,
            Condition::Equals(wanted) => wanted.iter().any(|w| equals(value, w)),
            Condition::Prefix(prefixes) => {
                let text = match value {
                    Scalar::Text(t) => t,
                    Scalar::Severity(s) => s.as_str(),
                    Scalar::Effect(e) => e.as_str(),
                    Scalar::Origin(o) => o.as_str(),
                    _ => return false,
                };
                prefixes.iter().any(|p| text.starts_with(p.as_str()))
            }
            Condition::AtLeast(bound) => number(value).is_some_and(|n| n >= *bound),
            Condition::AtMost(bound) => number(value).is_some_and(|n| n <= *bound),
        }
    }
}

/// The number that a value is, or that its text spells.
fn number(value: Scalar<'_>) -> Option<f64> {
    match value {
        Scalar::Number(n) => Some(n),
        Scalar::Text(t) => t.parse().ok().filter(|n: &f64| n.is_finite()),
        Scalar::Time(t) => Some(t.0 as f64),
        _ => None,
    }
}

fn equals(value: Scalar<'_>, wanted: &Value) -> bool {
    match (value, wanted) {
        (Scalar::Text(a), Value::String(b)) => a == b,
        (Scalar::Number(a), Value::Number(b)) => b.as_f64() == Some(a),
        (Scalar::Bool(a), Value::Bool(b)) => a == *b,
        (Scalar::Null, Value::Null) => true,
        (Scalar::Severity(a), Value::String(b)) => a.as_str() == b,
        (Scalar::Effect(a), Value::String(b)) => a.as_str() == b,
        (Scalar::Origin(a), Value::String(b)) => a.as_str() == b,
        _ => false,
    }
}
