//! The stand-in: one store and one log for each thread.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value;

use super::Refused;
use crate::log::Level;
use crate::{Error, Timestamp};

/// The host's default limit on one value, in bytes.
const VALUE_BYTES_MAX: usize = 64 << 10;
/// The host's default limit on one key, in bytes.
const KEY_BYTES_MAX: usize = 512;
/// The host's default limit on all keys and values together, in bytes.
const STATE_BYTES_MAX: usize = 1 << 20;

#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    pub(crate) now: Timestamp,
    store: BTreeMap<String, Stored>,
    /// Of all keys and values in the store.
    bytes: usize,
    /// What the writes of the call under way have replaced, in their order.
    replaced: Vec<(String, Option<Stored>)>,
    pub(crate) lines: Vec<(Level, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Stored {
    value: Vec<u8>,
    until: Option<Timestamp>,
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

pub(crate) fn with<T>(f: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with_borrow_mut(f)
}

pub(crate) fn log(level: Level, message: &str) {
    with(|host| host.lines.push((level, message.to_owned())));
}

pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
    Ok(with(|host| host.living(key).map(|stored| stored.value.clone())))
}

pub(crate) fn set(key: &str, value: Vec<u8>, ttl_s: Option<u32>) -> Result<(), Refused> {
    if value.len() > VALUE_BYTES_MAX || key.len() > KEY_BYTES_MAX {
        return Err(Refused::TooBig);
    }
    with(|host| {
        let old = host.store.get(key).map_or(0, |stored| key.len() + stored.value.len());
        if host.bytes - old + key.len() + value.len() > STATE_BYTES_MAX {
            return Err(Refused::Quota);
        }
        let until = ttl_s.map(|s| host.now.plus_s(i64::from(s)));
        let replaced = host.replace(key, Some(Stored { value, until }));
        host.replaced.push((key.to_owned(), replaced));
        Ok(())
    })
}

pub(crate) fn delete(key: &str) -> Result<(), Error> {
    with(|host| {
        let replaced = host.replace(key, None);
        host.replaced.push((key.to_owned(), replaced));
    });
    Ok(())
}

pub(crate) fn increment(key: &str, by: f64, ttl_s: Option<u32>) -> Result<f64, Error> {
    let before: f64 = match get(key)? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| Refused::NotANumber.explain(key))?,
        None => 0.0,
    };
    let sum = before + by;
    if !sum.is_finite() {
        return Err(Refused::NotANumber.explain(key));
    }
    set(key, serde_json::to_vec(&sum)?, ttl_s).map_err(|refused| refused.explain(key))?;
    Ok(sum)
}

pub(crate) fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, Error> {
    Ok(with(|host| {
        let behind = after.filter(|after| *after >= prefix).map_or(Bound::Included(prefix), Bound::Excluded);
        let keys = host.store.range::<str, _>((behind, Bound::Unbounded));
        let living =
            keys.take_while(|(key, _)| key.starts_with(prefix)).filter(|(_, stored)| host.lives(stored));
        living.take(limit as usize).map(|(key, _)| key.clone()).collect()
    }))
}

impl Host {
    /// A call begins, at this moment.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.now = now;
        self.replaced.clear();
        // The daemon removes what has expired before it would be in the way.
        let expired: Vec<String> =
            self.store.iter().filter(|(_, s)| !self.lives(s)).map(|(k, _)| k.clone()).collect();
        expired.iter().for_each(|key| drop(self.replace(key, None)));
    }

    /// The call failed: its writes have never been.
    pub(crate) fn take_back(&mut self) {
        while let Some((key, stored)) = self.replaced.pop() {
            self.replace(&key, stored);
        }
    }

    /// All values that have not expired; what is no JSON as an array of its bytes.
    pub(crate) fn values(&self, now: Timestamp) -> BTreeMap<String, Value> {
        let living = self.store.iter().filter(|(_, stored)| stored.until.is_none_or(|until| until > now));
        let value = |stored: &Stored| {
            serde_json::from_slice(&stored.value).unwrap_or_else(|_| stored.value.clone().into())
        };
        living.map(|(key, stored)| (key.clone(), value(stored))).collect()
    }

    fn living(&self, key: &str) -> Option<&Stored> {
        self.store.get(key).filter(|stored| self.lives(stored))
    }

    fn lives(&self, stored: &Stored) -> bool {
        stored.until.is_none_or(|until| until > self.now)
    }

    fn replace(&mut self, key: &str, stored: Option<Stored>) -> Option<Stored> {
        let size = |stored: &Option<Stored>| stored.as_ref().map_or(0, |s| key.len() + s.value.len());
        let added = size(&stored);
        let old = match stored {
            Some(stored) => self.store.insert(key.to_owned(), stored),
            None => self.store.remove(key),
        };
        self.bytes = self.bytes + added - size(&old);
        old
    }
}
