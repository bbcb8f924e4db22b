//! Limits on a number, each with its severity, and which of them hold.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Problem, Severity};

/// A limit with its severity; it has one side and one number.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Holds while the number is greater than this.
    above: Option<f64>,
    /// Holds while the number is this or greater.
    at_least: Option<f64>,
    /// Holds while the number is less than this.
    below: Option<f64>,
    /// Holds while the number is this or less.
    at_most: Option<f64>,
    /// How bad it is then.
    pub severity: Severity,
}

/// The side and the number of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Bound {
    Above(f64),
    AtLeast(f64),
    Below(f64),
    AtMost(f64),
}

impl Limit {
    /// A limit on one side.
    pub fn new(bound: Bound, severity: Severity) -> Limit {
        let mut limit = Limit { above: None, at_least: None, below: None, at_most: None, severity };
        match bound {
            Bound::Above(n) => limit.above = Some(n),
            Bound::AtLeast(n) => limit.at_least = Some(n),
            Bound::Below(n) => limit.below = Some(n),
            Bound::AtMost(n) => limit.at_most = Some(n),
        }
        limit
    }

    /// None when it names several sides, or none: [`problems`] tells of that.
    pub fn bound(&self) -> Option<Bound> {
        match (self.above, self.at_least, self.below, self.at_most) {
            (Some(n), None, None, None) => Some(Bound::Above(n)),
            (None, Some(n), None, None) => Some(Bound::AtLeast(n)),
            (None, None, Some(n), None) => Some(Bound::Below(n)),
            (None, None, None, Some(n)) => Some(Bound::AtMost(n)),
            _ => None,
        }
    }
}

impl Bound {
    /// A bound as an alert's data holds it, such as `{"above": 90}`.
    pub fn read(value: &Value) -> Option<Bound> {
        serde_json::from_value(value.clone()).ok()
    }

    /// The number itself.
    pub fn number(self) -> f64 {
        match self {
            Bound::Above(n) | Bound::AtLeast(n) | Bound::Below(n) | Bound::AtMost(n) => n,
        }
    }

    /// The side in words: `above`, `at least`.
    pub fn side(self) -> &'static str {
        match self {
            Bound::Above(_) => "above",
            Bound::AtLeast(_) => "at least",
            Bound::Below(_) => "below",
            Bound::AtMost(_) => "at most",
        }
    }

    /// Whether numbers past it are the great ones.
    pub fn is_upper(self) -> bool {
        matches!(self, Bound::Above(_) | Bound::AtLeast(_))
    }

    /// Whether it holds for `value`, moved inwards by `slack`.
    pub fn holds(self, value: f64, slack: f64) -> bool {
        match self {
            Bound::Above(n) => value > n - slack,
            Bound::AtLeast(n) => value >= n - slack,
            Bound::Below(n) => value < n + slack,
            Bound::AtMost(n) => value <= n + slack,
        }
    }
}

/// As people say it: `above 90`.
impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.side(), self.number())
    }
}

/// The limits that hold for `value`, given those that held before: these are only left
/// when the number is inside them by the hysteresis.
pub fn holding<'c>(limits: &'c [Limit], hysteresis: f64, before: &[Bound], value: f64) -> Vec<&'c Limit> {
    let holds = |limit: &&Limit| {
        limit.bound().is_some_and(|bound| {
            let slack = if before.contains(&bound) { hysteresis } else { 0.0 };
            bound.holds(value, slack)
        })
    };
    limits.iter().filter(holds).collect()
}

/// The one with the highest severity; among equals the last, as limits are written
/// outwards.
pub fn worst<'c>(holding: &[&'c Limit]) -> Option<&'c Limit> {
    holding.iter().copied().max_by_key(|limit| limit.severity)
}

/// What is wrong with these limits, which stand in the configuration at `/limits`.
pub fn problems(limits: &[Limit]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if limits.is_empty() {
        problems.push(Problem::at("/limits", "at least one limit is needed"));
    }
    for (i, limit) in limits.iter().enumerate() {
        let pointer = format!("/limits/{i}");
        match limit.bound() {
            None => {
                problems.push(Problem::at(pointer, "give one of `above`, `at_least`, `below` and `at_most`"));
            }
            Some(bound) if limits[..i].iter().any(|other| other.bound() == Some(bound)) => {
                problems.push(Problem::at(pointer, "this limit stands there twice"));
            }
            Some(_) => {}
        }
    }
    let bounds = || limits.iter().filter_map(Limit::bound);
    let number = |a: &Bound, b: &Bound| a.number().total_cmp(&b.number());
    let lowest_upper = bounds().filter(|b| b.is_upper()).min_by(number);
    let highest_lower = bounds().filter(|b| !b.is_upper()).max_by(number);
    if let (Some(upper), Some(lower)) = (lowest_upper, highest_lower)
        && leaves_nothing(upper, lower)
    {
        let message = format!("every number is {upper} or {lower}: nothing would ever be inside");
        problems.push(Problem::at("/limits", message));
    }
    problems
}

/// Whether no number is inside both of them.
fn leaves_nothing(upper: Bound, lower: Bound) -> bool {
    let (high, low) = (upper.number(), lower.number());
    // Where they meet, that one number is inside if neither includes it.
    low > high || (low == high && (upper.holds(high, 0.0) || lower.holds(low, 0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_held_is_left_only_by_the_hysteresis() {
        let limits = [
            Limit::new(Bound::Below(5.0), Severity::Error),
            Limit::new(Bound::Above(90.0), Severity::Warning),
            Limit::new(Bound::AtLeast(97.0), Severity::Critical),
        ];
        let (low, high, highest) = (limits[0].bound(), limits[1].bound(), limits[2].bound());
        let cases = [
            (90.0, vec![], vec![]),
            (90.1, vec![], vec![high]),
            (97.0, vec![], vec![high, highest]),
            (89.1, vec![high], vec![high]),
            (89.0, vec![high], vec![]),
            (96.0, vec![high, highest], vec![high, highest]),
            (89.5, vec![high, highest], vec![high]),
            (5.5, vec![low], vec![low]),
            (6.0, vec![low], vec![]),
            (5.0, vec![], vec![]),
            (98.0, vec![low], vec![high, highest]),
        ];
        for (value, before, after) in cases {
            let before: Vec<_> = before.into_iter().flatten().collect();
            let found: Vec<_> =
                holding(&limits, 1.0, &before, value).iter().map(|limit| limit.bound()).collect();
            assert_eq!(found, after, "{value} after {before:?}");
        }
    }

    #[test]
    fn the_worst_limit_decides_and_among_equals_the_last() {
        let limits = [
            Limit::new(Bound::Above(1.0), Severity::Critical),
            Limit::new(Bound::Above(2.0), Severity::Critical),
            Limit::new(Bound::Above(3.0), Severity::Info),
        ];
        let all: Vec<_> = limits.iter().collect();
        assert_eq!(worst(&all).and_then(Limit::bound), Some(Bound::Above(2.0)));
        assert_eq!(worst(&[]), None);
    }

    #[test]
    fn limits_that_leave_nothing_inside_are_a_problem() {
        let cases = [
            (Bound::Above(5.0), Bound::Below(9.0), false),
            (Bound::Above(5.0), Bound::Below(5.0), true),
            (Bound::AtLeast(5.0), Bound::Below(5.0), false),
            (Bound::Above(5.0), Bound::AtMost(5.0), false),
            (Bound::AtLeast(5.0), Bound::AtMost(4.0), true),
        ];
        for (upper, lower, is_fine) in cases {
            let limits = [Limit::new(upper, Severity::Error), Limit::new(lower, Severity::Error)];
            assert_eq!(problems(&limits).is_empty(), is_fine, "{upper}, {lower}");
        }
    }
}
