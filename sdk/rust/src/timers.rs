//! Many moments on one wake-up: a configuration has one pending wake-up, and a handler
//! that waits for something of each of its keys needs more.
//!
//! The moments lie in [`crate::state`], in order of time, under keys that begin with
//! `@`. A name may have several; one that is due too early is no harm to a handler that
//! looks at what it knows, and asks anew.

use crate::{Error, Outcome, Timestamp, state};

/// So many are taken at a time: one call must stay far within its limits.
const TAKEN_MAX: usize = 250;

/// Asks for `name` to be due at this moment.
pub fn set(name: &str, at: Timestamp) -> Result<(), Error> {
    state::set(&key(name, at), &0)
}

/// The same, if the state has room for it; returns whether it had.
pub fn set_if_room(name: &str, at: Timestamp) -> Result<bool, Error> {
    state::set_if_room(&key(name, at), &0, None)
}

/// Takes out the names that are due by `now`, the earliest first, and some of them only
/// when there are very many: the next wake-up comes for the others.
pub fn take_due(now: Timestamp) -> Result<Vec<String>, Error> {
    let mut due = Vec::new();
    for key in state::first_keys(PREFIX, TAKEN_MAX)? {
        match read(&key) {
            Some((at, _)) if at > now => break,
            Some((_, name)) => due.push(name.to_owned()),
            // Not ours, and in our place.
            None => {}
        }
        state::delete(&key)?;
    }
    Ok(due)
}

/// Makes the configuration's wake-up the earliest of these moments, or none. Belongs at
/// the end of each call.
pub fn arm(out: &mut Outcome) -> Result<(), Error> {
    let first = state::first_keys(PREFIX, 1)?;
    match first.first().and_then(|key| read(key)) {
        Some((at, _)) => out.wake_at(at),
        None => out.clear_wake(),
    }
    Ok(())
}

const PREFIX: &str = "@";

/// Sixteen hexadecimal digits sort like the moments themselves.
fn key(name: &str, at: Timestamp) -> String {
    format!("{PREFIX}{:016x}:{name}", at.0.max(0))
}

fn read(key: &str) -> Option<(Timestamp, &str)> {
    let (digits, name) = key.strip_prefix(PREFIX)?.split_once(':')?;
    Some((Timestamp(i64::from_str_radix(digits, 16).ok()?), name))
}
