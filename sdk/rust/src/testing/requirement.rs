//! Requirements, checked as the daemon checks them before it calls.

use serde_json::Value;

use crate::{Condition, Event, Requirement};

impl Requirement {
    /// Whether it holds of an event.
    pub fn holds(&self, event: &Event) -> bool {
        // A time is compared by size alone.
        let can_equal = self.field != "time";
        crate::field::any(event, &self.field, &mut |value| self.condition.holds(&value, can_equal))
    }
}

impl Condition {
    fn holds(&self, value: &Value, can_equal: bool) -> bool {
        match self {
            Condition::Present => true,
            Condition::Equals(wanted) => can_equal && wanted.iter().any(|w| crate::any_of::same(w, value)),
            Condition::Prefix(prefixes) => {
                value.as_str().is_some_and(|text| prefixes.iter().any(|prefix| text.starts_with(prefix)))
            }
            Condition::AtLeast(bound) => number(value).is_some_and(|n| n >= *bound),
            Condition::AtMost(bound) => number(value).is_some_and(|n| n <= *bound),
        }
    }
}

/// The number that a value is, or that its text spells.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    }
}
