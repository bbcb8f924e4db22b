//! Plugins natively, without WASM, as the daemon would call them.
//!
//! [`Stage`] plays events to a handler on a clock; `tests/stage.rs` shows how such a
//! test reads. [`handle`] and [`accept`] make single calls, against a store of the
//! current thread. Tests of the built component, with the daemon's limits, are
//! `tellify plugin test`.

mod native_form;
mod outside;
mod requirement;
mod stage;

use crate::host::native;
use crate::{
    Accepted, Channel, Error, Handler, Ingest, Message, Monitor, Outcome, Problem, QueryError, Receipt,
    Rejection, Report, Request, Source, Timestamp, Trigger,
};

pub use outside::{accept_signature, add_source, answer_http, set_secret, take_sent};
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

/// Runs a monitor once with its configuration as JSON. A failed run's writes are discarded.
pub fn check<M: Monitor>(config: &serde_json::Value, now: Timestamp) -> Result<Report, Error> {
    let config = parse::<M::Config>(config).map_err(Error::BadConfig)?;
    native::with(|host| host.begin(now));
    M::check(&config, now).inspect_err(|_| native::with(native::Host::take_back))
}

/// Asks a source with its configuration as JSON.
pub fn query<S: Source>(
    config: &serde_json::Value,
    now: Timestamp,
    method: &str,
    arguments: &serde_json::Value,
) -> Result<serde_json::Value, QueryError> {
    let config = parse::<S::Config>(config).map_err(QueryError::BadConfig)?;
    S::call(&config, now, method, arguments)
}

/// Delivers a message over a channel with its configuration as JSON.
pub fn deliver<C: Channel>(
    config: &serde_json::Value,
    now: Timestamp,
    message: &Message,
) -> Result<Receipt, Error> {
    let config = parse::<C::Config>(config).map_err(Error::BadConfig)?;
    C::deliver(&config, now, message)
}

/// What the plugin has logged on this thread since it was last asked.
pub fn take_log() -> Vec<(crate::log::Level, String)> {
    native::with(|host| std::mem::take(&mut host.lines))
}

/// Forgets this thread's store and log, and what there is outside.
pub fn reset() {
    native::with(|host| *host = native::Host::default());
    crate::host::outside::with(|outside| *outside = Default::default());
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

/// For [`crate::monitor!`]: compiles only for a monitor.
#[doc(hidden)]
pub fn is_monitor<M: Monitor>() {}

/// For [`crate::source!`]: compiles only for a source.
#[doc(hidden)]
pub fn is_source<S: Source>() {}

/// For [`crate::channel!`]: compiles only for a channel.
#[doc(hidden)]
pub fn is_channel<C: Channel>() {}
