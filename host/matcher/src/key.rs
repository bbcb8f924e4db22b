//! Which predicates a subscription follows.

use crate::predicate::Test;
use crate::store::{EVENT, FieldId, PredicateId, Store};
use crate::translate::Condition;

/// Predicates of which at least one is fulfilled whenever the condition holds. Each is
/// held on to in the store, and there but once.
pub(crate) fn choose(store: &mut Store, condition: &Condition) -> Vec<PredicateId> {
    let Some(cover) = cover(store, condition, true) else {
        return vec![store.intern_of_event(Test::Present)];
    };
    let mut keys: Vec<PredicateId> = Vec::with_capacity(cover.keys.len());
    for key in cover.keys {
        let id = match key {
            Key::Kept(id) => {
                store.hold(id);
                id
            }
            Key::Made(field, test) => store.intern_in(field, test.borrowed()),
        };
        if keys.contains(&id) { store.release(id) } else { keys.push(id) }
    }
    keys
}

/// Keys, and how many other subscriptions are thought to follow the events that they
/// catch: what an event that fulfils one is likely to cost for nothing.
struct Cover {
    cost: u64,
    keys: Vec<Key>,
}

enum Key {
    Kept(PredicateId),
    /// A predicate that does not occur in the condition, but follows from it.
    Made(FieldId, Test<Box<str>>),
}

// Guesses, in the measure of `uses`: how many subscriptions must share a value before
// events fulfil a predicate of these kinds less often than they have that value.
const PREFIX: u64 = 16;
const CLOSED_RANGE: u64 = 64;
const FEW_VALUES: u64 = 256;
const OPEN_RANGE: u64 = 1024;
const PRESENT: u64 = 4096;

/// The cheapest cover of the condition, or with `holds` false of its negation; none if
/// an event without any of its fields may fulfil it.
fn cover(store: &Store, condition: &Condition, holds: bool) -> Option<Cover> {
    match (condition, holds) {
        (Condition::Predicate(id), true) => Some(of_predicate(store, *id)),
        (Condition::Predicate(_), false) => None,
        (Condition::Not(inner), _) => cover(store, inner, !holds),
        (Condition::All(parts), true) => {
            let covers = parts.iter().filter_map(|part| cover(store, part, true));
            covers.chain(joined_ranges(store, parts)).min_by_key(|c| c.cost)
        }
        (Condition::Any(parts), false) => {
            parts.iter().filter_map(|part| cover(store, part, false)).min_by_key(|c| c.cost)
        }
        (Condition::Any(parts), true) | (Condition::All(parts), false) => {
            parts.iter().try_fold(Cover { cost: 0, keys: Vec::new() }, |mut all, part| {
                let branch = cover(store, part, holds)?;
                all.cost += branch.cost;
                all.keys.extend(branch.keys);
                Some(all)
            })
        }
    }
}

fn of_predicate(store: &Store, id: PredicateId) -> Cover {
    let (field, test) = store.question(id);
    let made = |cost, test: Test<&str>| {
        let cost = cost + u64::from(store.uses(field, test));
        Cover { cost, keys: vec![Key::Made(field, test.owned())] }
    };
    let cost = match test {
        Test::Text(_) | Test::Number(_) | Test::Spelled(_) | Test::Word(_) => 0,
        Test::Bool(_) | Test::Null => FEW_VALUES,
        Test::Prefix(_) => PREFIX,
        Test::Range { low: 0, .. } | Test::Range { high: u64::MAX, .. } => OPEN_RANGE,
        Test::Range { .. } => CLOSED_RANGE,
        Test::Present => PRESENT,
        Test::Moment(..) => return made(PRESENT, Test::Present),
        Test::Like(pattern) => {
            return match pattern.split('*').next() {
                None | Some("") => made(PRESENT, Test::Present),
                Some(prefix) => made(PREFIX, Test::Prefix(prefix)),
            };
        }
        Test::Phrase(phrase) => {
            let rarest = phrase.split(' ').min_by_key(|word| store.uses(EVENT, Test::Word(word)));
            return made(0, Test::Word(rarest.unwrap_or(phrase)));
        }
    };
    Cover { cost: cost + u64::from(store.uses(field, test)), keys: vec![Key::Kept(id)] }
}

/// For each field with a lower and an upper bound, the range between them. In an array
/// the bounds may be met by different elements: the store looks for ranges that touch
/// the span of all elements, so that these are found too.
fn joined_ranges(store: &Store, parts: &[Condition]) -> Vec<Cover> {
    let mut joined: Vec<(FieldId, u64, u64)> = Vec::new();
    for part in parts {
        let Condition::Predicate(id) = part else { continue };
        let (field, Test::Range { low, high }) = store.question(*id) else { continue };
        match joined.iter_mut().find(|(f, ..)| *f == field) {
            Some((_, l, h)) => (*l, *h) = (low.max(*l), high.min(*h)),
            None => joined.push((field, low, high)),
        }
    }
    // Bounds that exclude each other have no range between them.
    let closed = joined.into_iter().filter(|(_, low, high)| *low > 0 && low <= high && *high < u64::MAX);
    closed
        .map(|(field, low, high)| Cover {
            cost: CLOSED_RANGE,
            keys: vec![Key::Made(field, Test::Range { low, high })],
        })
        .collect()
}
