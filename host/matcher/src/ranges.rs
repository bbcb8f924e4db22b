//! Ranges of ordinals: which of them hold a number.
//!
//! An interval tree that never needs balancing, since its shape is that of the bits: a
//! range belongs to the longest run of leading bits that its two ends have in common.
//! At the next bit its low end has 0 and its high end 1, so of a number with these
//! leading bits only one end is in question, and with the ranges of a node sorted by
//! either end, every range that is looked at but one is an answer.

use std::collections::BTreeMap;

use crate::store::PredicateId;

#[derive(Clone, Default)]
pub(crate) struct Ranges {
    /// Low and high end.
    sorted: BTreeMap<(u64, u64), PredicateId>,
    /// Node, low end, high end.
    by_low: BTreeMap<(Node, u64, u64), PredicateId>,
    /// Node, high end, low end.
    by_high: BTreeMap<(Node, u64, u64), PredicateId>,
    /// How many ranges share so many bits: most depths have none.
    depths: BTreeMap<u32, u32>,
}

/// Some leading bits: how many, and which.
type Node = (u32, u64);

impl Ranges {
    pub(crate) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// `low <= high`.
    pub(crate) fn insert(&mut self, low: u64, high: u64, key: PredicateId) {
        let node = node(low, (low ^ high).leading_zeros());
        self.sorted.insert((low, high), key);
        self.by_low.insert((node, low, high), key);
        self.by_high.insert((node, high, low), key);
        *self.depths.entry(node.0).or_default() += 1;
    }

    pub(crate) fn remove(&mut self, low: u64, high: u64) {
        let node = node(low, (low ^ high).leading_zeros());
        self.sorted.remove(&(low, high));
        self.by_low.remove(&(node, low, high));
        self.by_high.remove(&(node, high, low));
        if let Some(count) = self.depths.get_mut(&node.0) {
            *count -= 1;
            if *count == 0 {
                self.depths.remove(&node.0);
            }
        }
    }

    /// Calls `found` with each range that has a number from `least` to `most` in it.
    pub(crate) fn overlapping(&self, least: u64, most: u64, mut found: impl FnMut(PredicateId)) {
        for depth in self.depths.keys() {
            let node = node(least, *depth);
            let below = depth.checked_add(1).is_none_or(|d| d > 64 || least >> (64 - d) & 1 == 0);
            if below {
                self.by_low.range((node, 0, 0)..=(node, least, u64::MAX)).for_each(|(_, key)| found(*key));
            } else {
                self.by_high
                    .range((node, least, 0)..=(node, u64::MAX, u64::MAX))
                    .for_each(|(_, key)| found(*key));
            }
        }
        if least < most {
            self.sorted.range((least + 1, 0)..=(most, u64::MAX)).for_each(|(_, key)| found(*key));
        }
    }
}

fn node(n: u64, bits: u32) -> Node {
    (bits, n.checked_shr(64 - bits).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_finds_exactly_the_ranges_that_it_touches() {
        let ends = [0, 1, 2, 3, 4, 5, 7, 8, 9, 1 << 40, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX];
        let mut all = Vec::new();
        for low in ends {
            all.extend(ends.iter().filter(|high| low <= **high).map(|high| (low, *high)));
        }
        let mut ranges = Ranges::default();
        all.iter()
            .enumerate()
            .for_each(|(key, (low, high))| ranges.insert(*low, *high, PredicateId::from(key as u32)));
        for removed in (0..all.len()).filter(|key| key % 3 == 0) {
            ranges.remove(all[removed].0, all[removed].1);
        }
        for (least, most) in &all {
            let mut found = Vec::new();
            ranges.overlapping(*least, *most, |key| found.push(u32::from(key) as usize));
            found.sort_unstable();
            let touches =
                |key: &usize| !key.is_multiple_of(3) && all[*key].0 <= *most && all[*key].1 >= *least;
            assert_eq!(found, (0..all.len()).filter(touches).collect::<Vec<_>>(), "{least} {most}");
        }
    }
}
