//! The store of one subscription: what a handler remembers between calls.
//!
//! Values are JSON. Writes are committed together with the call's outcome; a call that
//! fails leaves none. A value is at most 64 KiB, a subscription's values together at
//! most 1 MiB. Anything kept in a static instead is lost between calls.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::Refused;
use crate::{Error, host};

/// The value under this key. A value of another shape (an older version of the plugin
/// wrote it) is an error.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Error> {
    match host::get(key)? {
        None => Ok(None),
        Some(bytes) => match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(e) => Err(Error::failed(format!("the state under `{key}` does not read as expected: {e}"))),
        },
    }
}

/// Stores a value, until it is overwritten or deleted.
pub fn set<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<(), Error> {
    host::set(key, serde_json::to_vec(value)?, None).map_err(|refused| refused.explain(key))
}

/// Stores a value that goes away by itself after so many seconds.
pub fn set_for<T: Serialize + ?Sized>(key: &str, value: &T, ttl_s: u32) -> Result<(), Error> {
    host::set(key, serde_json::to_vec(value)?, Some(ttl_s)).map_err(|refused| refused.explain(key))
}

/// Stores a value if the subscription's state has room for it, for ever or for so many
/// seconds; returns whether it had.
pub fn set_if_room<T: Serialize + ?Sized>(key: &str, value: &T, ttl_s: Option<u32>) -> Result<bool, Error> {
    match host::set(key, serde_json::to_vec(value)?, ttl_s) {
        Ok(()) => Ok(true),
        Err(Refused::Quota) => Ok(false),
        Err(refused) => Err(refused.explain(key)),
    }
}

/// Forgets the value under this key, if there is one.
pub fn delete(key: &str) -> Result<(), Error> {
    host::delete(key)
}

/// Adds to the number under this key, which begins at nought; returns the new number.
pub fn increment(key: &str, by: f64) -> Result<f64, Error> {
    host::increment(key, by, None)
}

/// Like [`increment`]; the number goes away so many seconds after the last call.
pub fn increment_for(key: &str, by: f64, ttl_s: u32) -> Result<f64, Error> {
    host::increment(key, by, Some(ttl_s))
}

/// All keys that begin with `prefix`, in order.
pub fn keys(prefix: &str) -> Result<Vec<String>, Error> {
    first_keys(prefix, usize::MAX)
}

/// The first so many keys that begin with `prefix`, in order.
pub fn first_keys(prefix: &str, count: usize) -> Result<Vec<String>, Error> {
    let mut found: Vec<String> = Vec::new();
    loop {
        let wanted = PAGE_KEYS.min(count - found.len());
        let page = host::keys(prefix, found.last().map(String::as_str), wanted as u32)?;
        let is_last = page.len() < wanted;
        found.extend(page);
        if is_last || found.len() == count {
            return Ok(found);
        }
    }
}

/// Keys asked for at a time: one page is far below what a call may take from the host.
const PAGE_KEYS: usize = 1000;
