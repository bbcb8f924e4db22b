//! The stand-in: one store and one log for each thread.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::log::Level;
use crate::{Error, Timestamp};

/// The host's default limit on one value, in bytes.
const VALUE_BYTES_MAX: usize = 64 << 10;
/// The host's default limit on all keys and values together, in bytes.
const STATE_BYTES_MAX: usize = 1 << 20;

#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    pub(crate) now: Timestamp,
    pub(crate) store: BTreeMap<String, Stored>,
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

pub(crate) fn set(key: &str, value: Vec<u8>, ttl_s: Option<u32>) -> Result<(), Error> {
    if value.len() > VALUE_BYTES_MAX {
        return Err(super::too_big(key));
    }
    with(|host| {
        let others = host.store.iter().filter(|(k, _)| *k != key);
        let used: usize = others.map(|(k, stored)| k.len() + stored.value.len()).sum();
        if used + key.len() + value.len() > STATE_BYTES_MAX {
            return Err(super::quota());
        }
        let until = ttl_s.map(|s| host.now.plus_s(i64::from(s)));
        host.store.insert(key.to_owned(), Stored { value, until });
        Ok(())
    })
}

pub(crate) fn delete(key: &str) -> Result<(), Error> {
    with(|host| host.store.remove(key));
    Ok(())
}

pub(crate) fn increment(key: &str, by: f64, ttl_s: Option<u32>) -> Result<f64, Error> {
    let before: f64 = match get(key)? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| super::not_a_number(key))?,
        None => 0.0,
    };
    let sum = before + by;
    if !sum.is_finite() {
        return Err(super::not_a_number(key));
    }
    set(key, serde_json::to_vec(&sum)?, ttl_s)?;
    Ok(sum)
}

pub(crate) fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, Error> {
    Ok(with(|host| {
        let keys = host.store.keys().filter(|key| key.starts_with(prefix) && host.living(key).is_some());
        keys.filter(|key| after.is_none_or(|after| key.as_str() > after))
            .take(limit as usize)
            .cloned()
            .collect()
    }))
}

impl Host {
    fn living(&self, key: &str) -> Option<&Stored> {
        self.store.get(key).filter(|stored| stored.until.is_none_or(|until| until > self.now))
    }
}
