//! What was seen within the window, in little space.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Events, or distinct values, each at the moment at which it was seen last.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// Moments in milliseconds, the oldest first, with how many events there were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<(i64, u64)>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, i64>,
}

/// So many moments are kept apart; then they are put together in slots.
const MOMENTS_MAX: usize = 128;
/// Slots of the window, when there are more moments than that.
const SLOTS: i64 = 64;
/// More distinct values are not kept: the ones seen longest ago go.
pub(crate) const VALUES_MAX: usize = 256;

impl Seen {
    pub(crate) fn add_event(&mut self, now: i64, within: i64) {
        match self.events.last_mut() {
            Some((at, count)) if *at == now => *count += 1,
            _ => self.events.push((now, 1)),
        }
        if self.events.len() > MOMENTS_MAX {
            self.put_together((within / SLOTS).max(1));
        }
    }

    pub(crate) fn add_value(&mut self, value: String, now: i64) {
        self.values.insert(value, now);
        if self.values.len() > VALUES_MAX {
            let oldest = self.values.iter().min_by_key(|(_, at)| **at).map(|(value, _)| value.clone());
            oldest.and_then(|value| self.values.remove(&value));
        }
    }

    /// Forgets what was seen `within` ago or longer.
    pub(crate) fn forget(&mut self, now: i64, within: i64) {
        self.events.retain(|(at, _)| at + within > now);
        self.values.retain(|_, at| *at + within > now);
    }

    pub(crate) fn count(&self) -> u64 {
        self.events.iter().map(|(_, count)| count).sum::<u64>() + self.values.len() as u64
    }

    /// The values in their order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The moments at which something was seen, the oldest first, with what the count is
    /// once that is forgotten.
    pub(crate) fn falling(&self) -> impl Iterator<Item = (i64, u64)> {
        let mut moments: Vec<_> = self.events.clone();
        moments.extend(self.values.values().map(|at| (*at, 1)));
        moments.sort_unstable();
        let mut left = self.count();
        moments.into_iter().map(move |(at, count)| {
            left -= count;
            (at, left)
        })
    }

    /// Moments of one slot become its last, so that nothing is forgotten too early.
    fn put_together(&mut self, slot: i64) {
        let moments = std::mem::take(&mut self.events);
        for (at, count) in moments {
            match self.events.last_mut() {
                Some(last) if last.0.div_euclid(slot) == at.div_euclid(slot) => *last = (at, last.1 + count),
                _ => self.events.push((at, count)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_events_are_counted_exactly_and_many_never_too_low() {
        let (within, every) = (600_000, 1000);
        let mut seen = Seen::default();
        for second in 0..2000 {
            let now = second * every;
            seen.forget(now, within);
            seen.add_event(now, within);
            let exact = (second + 1).min(600) as u64;
            let slot = within / SLOTS / every;
            let (least, most) = (exact, exact + slot as u64 + 1);
            assert!((least..=most).contains(&seen.count()), "{} at {second} s", seen.count());
            assert!(seen.events.len() <= MOMENTS_MAX);
            if second < MOMENTS_MAX as i64 {
                assert_eq!(seen.count(), exact);
            }
        }
    }

    #[test]
    fn distinct_values_are_bounded_and_count_from_when_they_were_last_seen() {
        let mut seen = Seen::default();
        for (at, value) in [(0, "a"), (10, "b"), (20, "a")] {
            seen.add_value(value.to_owned(), at);
        }
        assert_eq!(seen.falling().collect::<Vec<_>>(), [(10, 1), (20, 0)]);
        seen.forget(30, 20);
        assert_eq!(seen.values().collect::<Vec<_>>(), ["a"]);
        for i in 0..1000 {
            seen.add_value(format!("v{i}"), 100 + i);
        }
        assert_eq!(seen.count(), VALUES_MAX as u64);
        assert!(seen.values().any(|value| value == "v999"), "the newest stay");
    }
}
