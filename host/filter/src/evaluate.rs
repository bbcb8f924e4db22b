//! A filter's yes or no about one event.

use event::{Event, FieldPath, Scalar, Severity, Timestamp};

use crate::{Comparison, EventWords, Expr, Literal, Term};

/// The number that a text spells: finite, in decimal notation.
pub fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

/// The number that a text spells, unless it is so large that another integer is the
/// same double: texts such as order numbers are that long, and told apart by digits.
pub fn exact_number(text: &str) -> Option<f64> {
    const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
    number(text).filter(|n| n.abs() < EXACT_BELOW)
}

impl Expr {
    pub(crate) fn holds(&self, event: &Event, words: &EventWords<'_>) -> bool {
        match self {
            Expr::All(parts) => parts.iter().all(|e| e.holds(event, words)),
            Expr::Any(parts) => parts.iter().any(|e| e.holds(event, words)),
            Expr::Not(inner) => !inner.holds(event, words),
            Expr::Term(term) => term.holds(event, words),
        }
    }
}

impl Term {
    fn holds(&self, event: &Event, words: &EventWords<'_>) -> bool {
        match self {
            Term::Present(field) => field.any(event, |_| true),
            Term::Equals(field, text) => field.any(event, |value| equals(value, text)),
            Term::Like(field, pattern) => {
                field.any(event, |value| word_or_text(value).is_some_and(|t| pattern.matches(t)))
            }
            Term::Compare(field, comparison, literal) => compare(event, field, *comparison, *literal),
            Term::Words(phrase) => words.contains(phrase.iter().map(String::as_str)),
        }
    }
}

fn equals(value: Scalar<'_>, wanted: &str) -> bool {
    match value {
        Scalar::Text(text) => text == wanted || same_number(text, wanted),
        Scalar::Number(n) => number(wanted) == Some(n),
        Scalar::Bool(b) => wanted == if b { "true" } else { "false" },
        Scalar::Null => wanted == "null",
        Scalar::Severity(_) | Scalar::Effect(_) | Scalar::Origin(_) => word_or_text(value) == Some(wanted),
        Scalar::Time(_) | Scalar::Object => false,
    }
}

fn same_number(text: &str, wanted: &str) -> bool {
    exact_number(wanted).is_some_and(|n| number(text) == Some(n))
}

fn word_or_text(value: Scalar<'_>) -> Option<&str> {
    match value {
        Scalar::Text(text) => Some(text),
        Scalar::Severity(severity) => Some(severity.as_str()),
        Scalar::Effect(effect) => Some(effect.as_str()),
        Scalar::Origin(origin) => Some(origin.as_str()),
        Scalar::Number(_) | Scalar::Bool(_) | Scalar::Null | Scalar::Time(_) | Scalar::Object => None,
    }
}

fn compare(event: &Event, field: &FieldPath, comparison: Comparison, literal: Literal) -> bool {
    let order = |value: Scalar<'_>| match literal {
        Literal::Number(bound) => as_number(value)?.partial_cmp(&bound),
        Literal::Time(bound) => Some(as_time(value)?.cmp(&bound)),
        Literal::Severity(bound) => Some(as_severity(value)?.cmp(&bound)),
    };
    field.any(event, |value| order(value).is_some_and(|order| comparison.accepts(order)))
}

fn as_number(value: Scalar<'_>) -> Option<f64> {
    match value {
        Scalar::Number(n) => Some(n),
        Scalar::Text(text) => number(text),
        _ => None,
    }
}

fn as_time(value: Scalar<'_>) -> Option<Timestamp> {
    match value {
        Scalar::Time(time) => Some(time),
        Scalar::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn as_severity(value: Scalar<'_>) -> Option<Severity> {
    match value {
        Scalar::Severity(severity) => Some(severity),
        Scalar::Text(text) => Severity::ALL.iter().copied().find(|s| s.as_str() == text),
        _ => None,
    }
}
