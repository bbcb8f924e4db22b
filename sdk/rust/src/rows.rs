//! One row for each thing that a handler tells apart, and a bound on how many there are.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Outcome, Severity, state};

/// Rows by key in [`crate::state`]. What people send decides how many keys there are,
/// so there is a bound; who is turned away at it is told of once a day.
#[derive(Debug)]
pub struct Rows<T> {
    prefix: &'static str,
    max: usize,
    row: PhantomData<fn() -> T>,
}

/// How many rows have been stored since they were last counted.
const STORED: &str = "!stored";
/// Stands for a minute after a count found them to be too many.
const FULL: &str = "!full";
/// Stands for a day after the owner was told.
const TOLD: &str = "!told";
const MINUTE_S: u32 = 60;
const DAY_S: u32 = 86_400;

impl<T: Serialize + DeserializeOwned> Rows<T> {
    /// Rows under keys that begin with `prefix`, at most `max` of them.
    pub const fn new(prefix: &'static str, max: usize) -> Rows<T> {
        Rows { prefix, max, row: PhantomData }
    }

    /// The row of a key.
    pub fn get(&self, key: &str) -> Result<Option<T>, Error> {
        state::get(&self.key(key))
    }

    /// Stores the row of a key that has one, for ever or for so many seconds. Returns
    /// false when the state has no room for it; then the old one stays.
    pub fn update(&self, key: &str, row: &T, ttl_s: Option<u32>) -> Result<bool, Error> {
        state::set_if_room(&self.key(key), row, ttl_s)
    }

    /// Stores the first row of a key, unless there are too many. Returns whether it did.
    pub fn insert(&self, key: &str, row: &T, ttl_s: Option<u32>) -> Result<bool, Error> {
        let mut stored: usize = state::get(STORED)?.unwrap_or(0);
        if stored >= self.max {
            if state::get::<u8>(FULL)?.is_some() {
                return Ok(false);
            }
            // Rows go away in many ways, so only a count tells how many there are.
            stored = state::first_keys(self.prefix, self.max)?.len();
            if stored == self.max {
                state::set_if_room(FULL, &1, Some(MINUTE_S))?;
                return Ok(false);
            }
        }
        Ok(state::set_if_room(STORED, &(stored + 1), None)?
            && state::set_if_room(&self.key(key), row, ttl_s)?)
    }

    /// Removes the row of a key.
    pub fn remove(&self, key: &str) -> Result<(), Error> {
        state::delete(&self.key(key))
    }

    /// All keys that have a row, in order.
    pub fn keys(&self) -> Result<Vec<String>, Error> {
        let keys = state::keys(self.prefix)?.into_iter();
        Ok(keys.filter_map(|key| key.strip_prefix(self.prefix).map(str::to_owned)).collect())
    }

    /// Tells the owner, once a day, that a key found no room; `title` says what follows.
    pub fn turn_away(&self, title: &str, out: &mut Outcome) -> Result<(), Error> {
        crate::log::warn(title);
        if state::get::<u8>(TOLD)?.is_none() && state::set_if_room(TOLD, &1, Some(DAY_S))? {
            out.note("full", Severity::Warning, title);
        }
        Ok(())
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}
