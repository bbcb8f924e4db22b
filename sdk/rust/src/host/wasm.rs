//! The real thing: imports of the component.

use super::Refused;
use crate::Error;
use crate::guest::bindings::described::tellify::plugin::log as imported_log;
use crate::guest::bindings::handling::tellify::plugin::state;
use crate::log::Level;

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Trace => imported_log::Level::Trace,
        Level::Debug => imported_log::Level::Debug,
        Level::Info => imported_log::Level::Info,
        Level::Warn => imported_log::Level::Warn,
        Level::Error => imported_log::Level::Error,
    };
    imported_log::log(level, message);
}

pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
    state::get(key).map_err(|e| refused(e).explain(key))
}

pub(crate) fn set(key: &str, value: Vec<u8>, ttl_s: Option<u32>) -> Result<(), Refused> {
    state::set(key, &value, ttl_s).map_err(refused)
}

pub(crate) fn delete(key: &str) -> Result<(), Error> {
    state::delete(key).map_err(|e| refused(e).explain(key))
}

pub(crate) fn increment(key: &str, by: f64, ttl_s: Option<u32>) -> Result<f64, Error> {
    state::increment(key, by, ttl_s).map_err(|e| refused(e).explain(key))
}

pub(crate) fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, Error> {
    state::keys(prefix, after, limit).map_err(|e| refused(e).explain(prefix))
}

fn refused(error: state::StateError) -> Refused {
    match error {
        state::StateError::TooBig => Refused::TooBig,
        state::StateError::Quota => Refused::Quota,
        state::StateError::NotANumber => Refused::NotANumber,
    }
}
