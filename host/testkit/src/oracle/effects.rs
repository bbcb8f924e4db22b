//! The second promise: each outcome takes effect once, as in a run that nothing disturbed.

use std::collections::BTreeMap;

use crate::oracle::{Fault, Verdict};

/// Effects of some kind (alerts, emitted events, handler state), each with how often it
/// is there. They must not speak of what may differ between two runs of the same events:
/// sequence numbers, moments of handling, and where one digest ends and the next begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows(BTreeMap<String, BTreeMap<String, usize>>);

impl Rows {
    pub fn add(&mut self, kind: &str, row: impl Into<String>) {
        *self.0.entry(kind.to_owned()).or_default().entry(row.into()).or_default() += 1;
    }

    /// How many effects of this kind there are.
    pub fn count(&self, kind: &str) -> usize {
        self.0.get(kind).map_or(0, |rows| rows.values().sum())
    }

    fn times(&self, kind: &str, row: &str) -> usize {
        self.0.get(kind).and_then(|rows| rows.get(row)).copied().unwrap_or_default()
    }

    /// What is here more often than there.
    fn beyond<'a>(&'a self, other: &'a Rows) -> impl Iterator<Item = String> + 'a {
        let rows = self.0.iter().flat_map(|(kind, rows)| rows.iter().map(move |(row, n)| (kind, row, *n)));
        rows.filter_map(|(kind, row, times)| {
            let there = other.times(kind, row);
            (times > there).then(|| format!("{kind}: {row} ({times} times, {there} in the other run)"))
        })
    }
}

/// Compares what came of the disturbed run with what came of the undisturbed one.
pub fn same_effects(disturbed: &Rows, undisturbed: &Rows) -> Verdict {
    let mut verdict = Verdict::default();
    for kind in
        undisturbed.0.keys().chain(disturbed.0.keys().filter(|kind| !undisturbed.0.contains_key(*kind)))
    {
        verdict.count(format!("effects compared: {kind}"), disturbed.count(kind));
    }
    for row in undisturbed.beyond(disturbed) {
        verdict.find(Fault::LostEffect, row);
    }
    for row in disturbed.beyond(undisturbed) {
        verdict.find(Fault::ExtraEffect, row);
    }
    verdict
}
