//! Plugins natively, without WASM, as the daemon would call them.
//!
//! [`Stage`] plays events to a handler on a clock; `tests/stage.rs` shows how such a
//! test reads. [`handle`] and [`accept`] make single calls, against a store of the
//! current thread. Tests of the built component, with the daemon's limits, are
//! `tellify plugin test`.

mod native_form;
mod requirement;
mod stage;

use crate::host::native;
use crate::{Accepted, Error, Handler, Ingest, Outcome, Problem, Rejection, Request, Timestamp, Trigger};

pub use stage::{BEGIN, Rendered, Stage};

/// What a handler finds wrong with a configuration; what does not even read is one
/// problem of the whole.
pub fn validate<H: Handler>(config: &serde_json::Value) -> Vec<Problem> {
    match parse::<H::Config>(config) {
        Ok(config) => H::validate("tester", &config),
        Err(message) => vec![Problem::at("", message)],
    }
}

/// Calls a handler with its configuration as JSON. A failed call's writes are discarded.
pub fn handle<H: Handler>(
    config: &serde_json::Value,
    now: Timestamp,
    trigger: &Trigger,
) -> Result<Outcome, Error> {
    let config = parse::<H::Config>(config).map_err(Error::BadConfig)?;
    native::with(|host| host.begin(now));
    let mut outcome = Outcome::default();
    match H::handle(&config, now, trigger, &mut outcome) {
        Ok(()) => Ok(outcome),
        Err(e) => {
            native::with(native::Host::take_back);
            Err(e)
        }
    }
}

/// Calls an ingest plugin with its configuration as JSON, which has to be right.
pub fn accept<I: Ingest>(
    config: &serde_json::Value,
    now: Timestamp,
    request: &Request,
) -> Result<Accepted, Rejection> {
    let config = parse::<I::Config>(config).expect("the test's configuration is right");
    I::accept(&config, now, request)
}

/// What the plugin has logged on this thread since it was last asked.
pub fn take_log() -> Vec<(crate::log::Level, String)> {
    native::with(|host| std::mem::take(&mut host.lines))
}

/// Forgets this thread's store and log.
pub fn reset() {
    native::with(|host| *host = native::Host::default());
}

fn parse<C: serde::de::DeserializeOwned>(config: &serde_json::Value) -> Result<C, String> {
    serde_json::from_value(config.clone()).map_err(|e| e.to_string())
}

/// For [`crate::handler!`]: compiles only for a handler.
#[doc(hidden)]
pub fn is_handler<H: Handler>() {}

/// For [`crate::ingest!`]: compiles only for an ingest plugin.
#[doc(hidden)]
pub fn is_ingest<I: Ingest>() {}
