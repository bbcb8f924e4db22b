//! The store of one configuration, as a handler sees it: what is committed, and its
//! own uncommitted writes of the run on top.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use event::{StateWrite, Timestamp};

use crate::Limits;

/// Reads the committed state of one configuration, as of the call's `now`.
pub trait StateRead: Send + Sync {
    /// None: there is no such key, or its time is over.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable>;
    /// Keys with this prefix, in order, those behind `after`, at most `limit`.
    fn keys(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StateUnreadable>;
    /// Bytes of all keys and values together.
    fn bytes_used(&self) -> Result<u64, StateUnreadable>;
}

/// The state could not be read. The call is not to blame: it ends as
/// [`crate::CallError::Host`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state could not be read: {0}")]
pub struct StateUnreadable(pub String);

/// Writes of a run that are not committed yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    writes: BTreeMap<String, Write>,
    /// What they add to the bytes that are used.
    growth: i64,
}

#[derive(Clone, Debug)]
struct Write {
    value: Option<Vec<u8>>,
    expires: Option<Timestamp>,
}

/// The state during one call.
pub(crate) struct CallState {
    committed: Arc<dyn StateRead>,
    /// Of earlier calls of the run.
    run: Pending,
    /// Of this call: they count when it ends well.
    own: Pending,
    now: Timestamp,
}

/// Why a write was not taken; the guest hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteRefused {
    TooBig,
    Quota,
    NotANumber,
}

impl CallState {
    /// A page of keys is never longer, whatever is asked for.
    const KEYS_MAX: usize = 1_000;

    pub(crate) fn new(committed: Arc<dyn StateRead>, run: Pending, now: Timestamp) -> CallState {
        CallState { committed, run, own: Pending::default(), now }
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        match self.pending(key) {
            Some(write) => Ok(write.value.clone().filter(|_| !self.is_over(write))),
            None => self.committed.get(key),
        }
    }

    /// Writes or, without a value, removes.
    pub(crate) fn put(
        &mut self,
        key: String,
        value: Option<Vec<u8>>,
        ttl_s: Option<u32>,
        limits: &Limits,
    ) -> Result<Result<(), WriteRefused>, StateUnreadable> {
        let too_long = value.as_ref().is_some_and(|v| v.len() > limits.state_value_bytes);
        if too_long || key.len() > limits.state_key_bytes {
            return Ok(Err(WriteRefused::TooBig));
        }
        let size = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, |v| (key.len() + v.len()) as i64);
        let before = match self.pending(&key) {
            Some(write) => size(&write.value),
            None => size(&self.committed.get(&key)?),
        };
        let growth = size(&value) - before;
        if growth > 0 && self.bytes_used()? + growth > limits.state_bytes as i64 {
            return Ok(Err(WriteRefused::Quota));
        }
        let expires = ttl_s.map(|s| self.now.plus_s(i64::from(s)));
        self.own.growth += growth;
        self.own.writes.insert(key, Write { value, expires });
        Ok(Ok(()))
    }

    pub(crate) fn increment(
        &mut self,
        key: String,
        by: f64,
        ttl_s: Option<u32>,
        limits: &Limits,
    ) -> Result<Result<f64, WriteRefused>, StateUnreadable> {
        let before = match self.get(&key)? {
            None => Some(0.0),
            Some(bytes) => serde_json::from_slice(&bytes).ok(),
        };
        let Some(sum) = before.map(|n: f64| n + by).filter(|n| n.is_finite()) else {
            return Ok(Err(WriteRefused::NotANumber));
        };
        Ok(self.put(key, Some(number_text(sum).into_bytes()), ttl_s, limits)?.map(|()| sum))
    }

    pub(crate) fn keys(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StateUnreadable> {
        let limit = limit.min(Self::KEYS_MAX);
        let wanted = |key: &&String| key.starts_with(prefix) && after.is_none_or(|a| key.as_str() > a);
        let written: BTreeSet<&String> =
            self.run.writes.keys().chain(self.own.writes.keys()).filter(wanted).collect();
        let mut found = BTreeSet::new();
        for key in &written {
            if self.pending(key).is_some_and(|w| w.value.is_some() && !self.is_over(w)) {
                found.insert((*key).clone());
            }
        }
        let mut behind = after.map(str::to_owned);
        let mut more = limit > 0;
        while more {
            let page = self.committed.keys(prefix, behind.as_deref(), limit)?;
            let last = page.last().cloned();
            more = page.len() == limit;
            found.extend(page.into_iter().filter(|key| !written.contains(key)));
            // Up to the page's last key the answer is whole: is that enough of it?
            more &= last.as_ref().is_some_and(|last| found.range(..=last.clone()).count() < limit);
            behind = last;
        }
        Ok(found.into_iter().take(limit).collect())
    }

    /// The call ended well: its writes, and the run with them.
    pub(crate) fn succeed(mut self) -> (Vec<StateWrite>, Pending) {
        let writes = self.own.writes.iter();
        let writes = writes.map(|(key, w)| StateWrite {
            key: key.clone(),
            value: w.value.clone(),
            expires: w.expires.filter(|_| w.value.is_some()),
        });
        let writes = writes.collect();
        self.run.growth += self.own.growth;
        self.run.writes.append(&mut self.own.writes);
        (writes, self.run)
    }

    /// The call failed: its writes are gone, and the run is as it was.
    pub(crate) fn abandon(self) -> Pending {
        self.run
    }

    fn pending(&self, key: &str) -> Option<&Write> {
        self.own.writes.get(key).or_else(|| self.run.writes.get(key))
    }

    fn is_over(&self, write: &Write) -> bool {
        write.expires.is_some_and(|t| t <= self.now)
    }

    fn bytes_used(&self) -> Result<i64, StateUnreadable> {
        let committed = i64::try_from(self.committed.bytes_used()?).unwrap_or(i64::MAX / 2);
        Ok(committed + self.run.growth + self.own.growth)
    }
}

/// The shortest JSON text of a number: whole ones without a fraction.
fn number_text(n: f64) -> String {
    // Up to here every whole number is exactly itself.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if n.fract() == 0.0 && n.abs() <= EXACT { format!("{}", n as i64) } else { format!("{n:?}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    type Map = BTreeMap<String, Vec<u8>>;

    impl StateRead for Map {
        fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
            Ok(BTreeMap::get(self, key).cloned())
        }

        fn keys(
            &self,
            prefix: &str,
            after: Option<&str>,
            limit: usize,
        ) -> Result<Vec<String>, StateUnreadable> {
            let wanted = |k: &&String| k.starts_with(prefix) && after.is_none_or(|a| k.as_str() > a);
            Ok(BTreeMap::keys(self).filter(wanted).take(limit).cloned().collect())
        }

        fn bytes_used(&self) -> Result<u64, StateUnreadable> {
            Ok(bytes(self))
        }
    }

    fn bytes(map: &Map) -> u64 {
        map.iter().map(|(k, v)| (k.len() + v.len()) as u64).sum()
    }

    /// All keys, asked for in pages.
    fn paged(state: &CallState, prefix: &str, limit: usize) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        loop {
            let page = state.keys(prefix, all.last().map(String::as_str), limit).unwrap();
            if page.is_empty() {
                return all;
            }
            assert!(page.len() <= limit);
            all.extend(page);
        }
    }

    proptest! {
        /// Each write is `(key, value or removal, whether a call of the run ends after it)`.
        #[test]
        fn pending_writes_look_like_a_map_that_was_written(
            committed in proptest::collection::btree_map("[ab]{1,2}", any::<Vec<u8>>(), 0..6),
            writes in proptest::collection::vec(("[ab]{1,2}", any::<Option<Vec<u8>>>(), any::<bool>()), 0..12),
            limit in 1usize..4,
        ) {
            let limits = Limits::default();
            let mut model = committed.clone();
            let base = Arc::new(committed);
            let mut state = CallState::new(base.clone(), Pending::default(), Timestamp(0));
            for (key, value, ends) in writes {
                state.put(key.clone(), value.clone(), None, &limits).unwrap().unwrap();
                match value {
                    Some(value) => model.insert(key, value),
                    None => model.remove(&key),
                };
                if ends {
                    let (_, run) = state.succeed();
                    state = CallState::new(base.clone(), run, Timestamp(0));
                }
            }
            for prefix in ["", "a", "b", "ab"] {
                let expected: Vec<String> = model.keys().filter(|k| k.starts_with(prefix)).cloned().collect();
                prop_assert_eq!(paged(&state, prefix, limit), expected);
            }
            for key in ["a", "b", "aa", "ab", "ba", "bb"] {
                prop_assert_eq!(state.get(key).unwrap(), model.get(key).cloned());
            }
            prop_assert_eq!(state.bytes_used().unwrap(), bytes(&model) as i64);
        }
    }
}
