//! Limits, and which of them hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tellify_plugin::{Problem, Severity};

/// A limit with its severity; it is either above or below something.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    /// Holds while the number is greater than this.
    above: Option<f64>,
    /// Holds while the number is less than this.
    below: Option<f64>,
    /// How bad it is then.
    pub(crate) severity: Severity,
}

/// The side and the number of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Bound {
    Above(f64),
    Below(f64),
}

impl Limit {
    /// None when it names both sides, or neither: such a configuration is not saved.
    pub(crate) fn bound(&self) -> Option<Bound> {
        match (self.above, self.below) {
            (Some(above), None) => Some(Bound::Above(above)),
            (None, Some(below)) => Some(Bound::Below(below)),
            _ => None,
        }
    }
}

impl Bound {
    pub(crate) fn number(self) -> f64 {
        match self {
            Bound::Above(number) | Bound::Below(number) => number,
        }
    }

    pub(crate) fn side(self) -> &'static str {
        match self {
            Bound::Above(_) => "above",
            Bound::Below(_) => "below",
        }
    }

    /// Whether it holds for `value`, moved inwards by `slack`.
    fn holds(self, value: f64, slack: f64) -> bool {
        match self {
            Bound::Above(above) => value > above - slack,
            Bound::Below(below) => value < below + slack,
        }
    }
}

/// The limits that hold for `value`, given those that held before: these are only left
/// when the number is inside them by the hysteresis.
pub(crate) fn holding<'c>(
    limits: &'c [Limit],
    hysteresis: f64,
    before: &[Bound],
    value: f64,
) -> Vec<&'c Limit> {
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
pub(crate) fn worst<'c>(holding: &[&'c Limit]) -> Option<&'c Limit> {
    holding.iter().copied().max_by_key(|limit| limit.severity)
}

/// What is wrong with these limits.
pub(crate) fn problems(limits: &[Limit]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if limits.is_empty() {
        problems.push(Problem::at("/limits", "at least one limit is needed"));
    }
    for (i, limit) in limits.iter().enumerate() {
        let pointer = format!("/limits/{i}");
        match limit.bound() {
            None => problems.push(Problem::at(pointer, "give one of `above` and `below`")),
            Some(bound) if limits[..i].iter().any(|other| other.bound() == Some(bound)) => {
                problems.push(Problem::at(pointer, "this limit stands there twice"));
            }
            Some(_) => {}
        }
    }
    let bounds = || limits.iter().filter_map(Limit::bound);
    let lowest_above = bounds().filter(|b| matches!(b, Bound::Above(_))).map(Bound::number).reduce(f64::min);
    let highest_below = bounds().filter(|b| matches!(b, Bound::Below(_))).map(Bound::number).reduce(f64::max);
    if let (Some(above), Some(below)) = (lowest_above, highest_below)
        && below > above
    {
        let message = format!("every number is above {above} or below {below}: nothing would ever be inside");
        problems.push(Problem::at("/limits", message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(bound: Bound, severity: Severity) -> Limit {
        let (above, below) = match bound {
            Bound::Above(above) => (Some(above), None),
            Bound::Below(below) => (None, Some(below)),
        };
        Limit { above, below, severity }
    }

    #[test]
    fn a_limit_that_held_is_left_only_by_the_hysteresis() {
        let limits = [
            limit(Bound::Below(5.0), Severity::Error),
            limit(Bound::Above(90.0), Severity::Warning),
            limit(Bound::Above(97.0), Severity::Critical),
        ];
        let (low, high, highest) = (limits[0].bound(), limits[1].bound(), limits[2].bound());
        let cases = [
            (90.0, vec![], vec![]),
            (90.1, vec![], vec![high]),
            (89.1, vec![high], vec![high]),
            (89.0, vec![high], vec![]),
            (96.5, vec![high, highest], vec![high, highest]),
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
            limit(Bound::Above(1.0), Severity::Critical),
            limit(Bound::Above(2.0), Severity::Critical),
            limit(Bound::Above(3.0), Severity::Info),
        ];
        let all: Vec<_> = limits.iter().collect();
        assert_eq!(worst(&all).and_then(Limit::bound), Some(Bound::Above(2.0)));
        assert_eq!(worst(&[]), None);
    }
}
