//! Work that waits for the disk or for a plugin, on a thread that may.
//!
//! On a runtime of one thread it is done in place. Such a runtime is a simulation's, in
//! which the same seed must lead to the same order of things, and a second thread would
//! end whenever it pleases; nobody is served by one, so nobody waits meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};

use plugins::CallError;
use tokio::runtime::{Handle, RuntimeFlavor};

/// The work panicked, or its runtime has ended.
#[derive(Debug, thiserror::Error)]
#[error("it broke off: {0}")]
pub(crate) struct Broken(String);

/// Does the work, and waits for it.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Broken> {
    if is_one_thread() {
        return in_place(work);
    }
    tokio::task::spawn_blocking(work).await.map_err(|error| Broken(error.to_string()))
}

/// Begins work that nobody waits for.
pub(crate) fn begin(work: impl FnOnce() + Send + 'static) {
    if is_one_thread() {
        if let Err(error) = in_place(work) {
            tracing::error!(%error, "work that nobody waits for");
        }
    } else {
        tokio::task::spawn_blocking(work);
    }
}

/// Calls a plugin.
pub(crate) async fn call<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, CallError> + Send + 'static,
) -> Result<T, CallError> {
    aside(call).await.unwrap_or_else(|error| Err(CallError::Host { message: error.to_string() }))
}

fn is_one_thread() -> bool {
    Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread
}

/// A panic must not take the caller's task along, as on a thread of its own it would not.
fn in_place<T>(work: impl FnOnce() -> T) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Broken("it panicked".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    async fn threads() -> (thread::ThreadId, Result<thread::ThreadId, Broken>) {
        (thread::current().id(), aside(|| thread::current().id()).await)
    }

    #[tokio::test]
    async fn on_one_thread_it_is_done_in_place_and_a_panic_stays_within() {
        let (here, there) = threads().await;
        assert_eq!(there.expect("it ends in order"), here);
        assert!(aside(|| panic!("for the test")).await.is_err());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn elsewhere_it_has_a_thread_of_its_own_and_a_panic_stays_within() {
        let (here, there) = threads().await;
        assert_ne!(there.expect("it ends in order"), here);
        assert!(aside(|| panic!("for the test")).await.is_err());
    }
}
