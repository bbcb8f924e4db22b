//! Requirements and filter to one condition over predicates.
//!
//! What they say must come out as [`Filter::matches`] and [`Requirement::holds`] say it;
//! a property test holds them to it.

use event::{Condition as Demand, FieldPath, Requirement, Severity};
use filter::{Comparison, Expr, Filter, Literal, Term, exact_number, number};
use serde_json::Value;

use crate::order::ordinal;
use crate::predicate::Test;
use crate::store::{PredicateId, Store};

/// A condition; each predicate in it is held on to in the store.
pub(crate) enum Condition {
    Predicate(PredicateId),
    Not(Box<Condition>),
    /// True when empty.
    All(Vec<Condition>),
    /// False when empty.
    Any(Vec<Condition>),
}

pub(crate) fn condition(store: &mut Store, requirements: &[Requirement], filter: &Filter) -> Condition {
    let mut translate = Translate { store };
    let mut parts: Vec<Condition> = requirements.iter().map(|r| translate.requirement(r)).collect();
    match translate.expr(filter.expr()) {
        Condition::All(more) => parts.extend(more),
        other => parts.push(other),
    }
    one_or(parts, Condition::All)
}

struct Translate<'s> {
    store: &'s mut Store,
}

impl Translate<'_> {
    fn requirement(&mut self, requirement: &Requirement) -> Condition {
        let field = &requirement.field;
        match &requirement.condition {
            Demand::Present => self.is(field, Test::Present),
            Demand::Equals(values) => {
                let tests = values.iter().filter_map(equal_to);
                self.one_of(field, tests)
            }
            Demand::Prefix(prefixes) => self.one_of(field, prefixes.iter().map(|p| Test::Prefix(p.as_str()))),
            Demand::AtLeast(n) | Demand::AtMost(n) if n.is_nan() => never(),
            Demand::AtLeast(n) => self.is(field, Test::Range { low: ordinal(*n), high: u64::MAX }),
            Demand::AtMost(n) => self.is(field, Test::Range { low: 0, high: ordinal(*n) }),
        }
    }

    fn expr(&mut self, expr: &Expr) -> Condition {
        match expr {
            Expr::All(parts) => Condition::All(parts.iter().map(|e| self.expr(e)).collect()),
            Expr::Any(parts) => Condition::Any(parts.iter().map(|e| self.expr(e)).collect()),
            Expr::Not(inner) => Condition::Not(Box::new(self.expr(inner))),
            Expr::Term(term) => self.term(term),
        }
    }

    fn term(&mut self, term: &Term) -> Condition {
        match term {
            Term::Present(field) => self.is(field, Test::Present),
            Term::Equals(field, text) => self.equals(field, text),
            Term::Like(field, pattern) => self.like(field, pattern.as_str()),
            Term::Compare(field, comparison, literal) => self.compare(field, *comparison, *literal),
            Term::Words(words) => {
                let joined = words.join(" ");
                let test = if words.len() == 1 { Test::Word(&*joined) } else { Test::Phrase(&*joined) };
                Condition::Predicate(self.store.intern_of_event(test))
            }
        }
    }

    fn equals(&mut self, field: &FieldPath, text: &str) -> Condition {
        let also = match text {
            "true" => Test::Bool(true),
            "false" => Test::Bool(false),
            "null" => Test::Null,
            _ => match (exact_number(text), number(text)) {
                (Some(n), _) => return self.is(field, Test::Spelled(ordinal(n))),
                (None, Some(n)) => Test::Number(ordinal(n)),
                (None, None) => return self.is(field, Test::Text(text)),
            },
        };
        self.one_of(field, [Test::Text(text), also].into_iter())
    }

    /// Most patterns are prefixes, which are found and compared faster.
    fn like(&mut self, field: &FieldPath, pattern: &str) -> Condition {
        match pattern.strip_suffix('*') {
            Some(prefix) if !prefix.contains('*') => self.is(field, Test::Prefix(prefix)),
            _ => self.is(field, Test::Like(pattern)),
        }
    }

    fn compare(&mut self, field: &FieldPath, comparison: Comparison, literal: Literal) -> Condition {
        match literal {
            Literal::Severity(bound) => {
                let passing = Severity::ALL.iter().filter(|s| comparison.accepts((*s).cmp(&bound)));
                self.one_of(field, passing.map(|s| Test::Text(s.as_str())))
            }
            Literal::Time(time) if *field == FieldPath::Time => {
                self.is(field, range(comparison, ordinal(time.0 as f64)))
            }
            Literal::Time(time) => self.is(field, Test::Moment(comparison, time)),
            Literal::Number(n) if comparison == Comparison::Equal => {
                self.is(field, Test::Spelled(ordinal(n)))
            }
            Literal::Number(n) => self.is(field, range(comparison, ordinal(n))),
        }
    }

    fn one_of<'t>(&mut self, field: &FieldPath, tests: impl Iterator<Item = Test<&'t str>>) -> Condition {
        let branches = tests.map(|test| self.is(field, test)).collect();
        one_or(branches, Condition::Any)
    }

    fn is(&mut self, field: &FieldPath, test: Test<&str>) -> Condition {
        Condition::Predicate(self.store.intern(field, test))
    }
}

fn equal_to(value: &Value) -> Option<Test<&str>> {
    match value {
        Value::Null => Some(Test::Null),
        Value::Bool(b) => Some(Test::Bool(*b)),
        Value::Number(n) => n.as_f64().map(|n| Test::Number(ordinal(n))),
        Value::String(text) => Some(Test::Text(text)),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The bounds are finite, so there is an ordinal on either side.
fn range(comparison: Comparison, bound: u64) -> Test<&'static str> {
    match comparison {
        Comparison::Less => Test::Range { low: 0, high: bound - 1 },
        Comparison::AtMost => Test::Range { low: 0, high: bound },
        Comparison::Equal => Test::Range { low: bound, high: bound },
        Comparison::AtLeast => Test::Range { low: bound, high: u64::MAX },
        Comparison::Greater => Test::Range { low: bound + 1, high: u64::MAX },
    }
}

fn never() -> Condition {
    Condition::Any(Vec::new())
}

fn one_or(mut parts: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}
