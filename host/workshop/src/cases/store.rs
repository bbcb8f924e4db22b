//! The committed state of one configuration.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use event::{StateWrite, Timestamp};
use plugins::{StateRead, StateUnreadable};
use serde_json::{Map, Value, json};

/// Values, each with the moment from which it is gone.
type Rows = BTreeMap<String, (Vec<u8>, Option<Timestamp>)>;

/// Kept as the journal keeps it, in memory.
#[derive(Debug, Default)]
pub(crate) struct Store(Mutex<Rows>);

impl Store {
    /// Holds these values, as JSON.
    pub(crate) fn of(values: &BTreeMap<String, Value>) -> Store {
        let row = |(key, value): (&String, &Value)| (key.clone(), (value.to_string().into_bytes(), None));
        Store(Mutex::new(values.iter().map(row).collect()))
    }

    pub(crate) fn apply(&self, writes: &[StateWrite]) {
        let mut rows = self.rows();
        for StateWrite { key, value, expires } in writes {
            match value {
                Some(value) => drop(rows.insert(key.clone(), (value.clone(), *expires))),
                None => drop(rows.remove(key)),
            }
        }
    }

    /// Drops what is gone by now.
    pub(crate) fn expire(&self, now: Timestamp) {
        self.rows().retain(|_, (_, expires)| expires.is_none_or(|moment| moment > now));
    }

    /// By key: a value's JSON, or its bytes where it is none.
    pub(crate) fn json(&self) -> Value {
        let value = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_else(|_| json!(bytes));
        self.rows().iter().map(|(key, (bytes, _))| (key.clone(), value(bytes))).collect::<Map<_, _>>().into()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateRead for Store {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        Ok(self.rows().get(key).map(|(value, _)| value.clone()))
    }

    fn keys(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StateUnreadable> {
        let rows = self.rows();
        let keys = rows.keys().filter(|key| key.starts_with(prefix));
        Ok(keys.filter(|key| after.is_none_or(|after| key.as_str() > after)).take(limit).cloned().collect())
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        Ok(self.rows().iter().map(|(key, (value, _))| (key.len() + value.len()) as u64).sum())
    }
}
