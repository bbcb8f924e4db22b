//! Calls a plugin natively, as the daemon would, against a store of the current thread.
//!
//! Tests of the built component, with the daemon's limits, are `tellify plugin test`.

use crate::host::native;
use crate::{Accepted, Error, Handler, Ingest, Outcome, Rejection, Request, Timestamp, Trigger};

/// Calls a handler with its configuration as JSON. A failed call's writes are discarded.
pub fn handle<H: Handler>(
    config: &serde_json::Value,
    now: Timestamp,
    trigger: &Trigger,
) -> Result<Outcome, Error> {
    let config = parse::<H::Config>(config).map_err(Error::BadConfig)?;
    let before = native::with(|host| {
        host.now = now;
        host.store.clone()
    });
    let mut outcome = Outcome::default();
    match H::handle(&config, now, trigger, &mut outcome) {
        Ok(()) => Ok(outcome),
        Err(e) => {
            native::with(|host| host.store = before);
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
