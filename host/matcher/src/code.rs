//! Conditions in the least space: a million of them are kept.

use crate::store::PredicateId;
use crate::translate::Condition;

/// A condition as a row of numbers, outermost first. Each node is one number, of which
/// two bits say what it is; the rest is the predicate, or how many numbers its parts
/// take, which follow it.
#[derive(Clone)]
pub(crate) struct Code(Box<[u32]>);

const PREDICATE: u32 = 0;
const NOT: u32 = 1;
const ALL: u32 = 2;
const ANY: u32 = 3;

const TAG_SHIFT: u32 = 30;
const REST: u32 = (1 << TAG_SHIFT) - 1;

impl Code {
    pub(crate) fn of(condition: &Condition) -> Code {
        let mut code = Vec::new();
        write(condition, &mut code);
        Code(code.into())
    }

    pub(crate) fn holds(&self, fulfilled: &impl Fn(PredicateId) -> bool) -> bool {
        holds(&self.0, fulfilled)
    }

    /// Each predicate, as often as it occurs.
    pub(crate) fn predicates(&self) -> impl Iterator<Item = PredicateId> {
        self.0.iter().filter(|n| **n >> TAG_SHIFT == PREDICATE).map(|n| PredicateId::from(*n))
    }
}

fn write(condition: &Condition, code: &mut Vec<u32>) {
    let (tag, parts) = match condition {
        Condition::Predicate(predicate) => return code.push(u32::from(*predicate)),
        Condition::Not(inner) => (NOT, std::slice::from_ref(&**inner)),
        Condition::All(parts) => (ALL, &parts[..]),
        Condition::Any(parts) => (ANY, &parts[..]),
    };
    let head = code.len();
    code.push(0);
    parts.iter().for_each(|part| write(part, code));
    code[head] = tag << TAG_SHIFT | (code.len() - head - 1) as u32;
}

/// `code` is one node with its parts. As deep on the stack as filters may be.
fn holds(code: &[u32], fulfilled: &impl Fn(PredicateId) -> bool) -> bool {
    let (head, rest) = code.split_first().expect("a node is at least one number");
    match head >> TAG_SHIFT {
        PREDICATE => fulfilled(PredicateId::from(*head)),
        NOT => !holds(rest, fulfilled),
        ALL => Parts(rest).all(|part| holds(part, fulfilled)),
        _ => Parts(rest).any(|part| holds(part, fulfilled)),
    }
}

/// The nodes of a row of nodes.
struct Parts<'c>(&'c [u32]);

impl<'c> Iterator for Parts<'c> {
    type Item = &'c [u32];

    fn next(&mut self) -> Option<&'c [u32]> {
        let head = self.0.first()?;
        let length = if head >> TAG_SHIFT == PREDICATE { 1 } else { 1 + (head & REST) as usize };
        let (part, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(part)
    }
}
