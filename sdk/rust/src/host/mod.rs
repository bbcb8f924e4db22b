//! What the daemon offers to a plugin; natively, a stand-in on the current thread.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod native;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod outside;
#[cfg(target_family = "wasm")]
mod wasm;

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{delete, get, increment, keys, log, set};
#[cfg(not(target_family = "wasm"))]
pub(crate) use outside::{ask_source, secret, send, sources, verify_equal, verify_hmac};
#[cfg(target_family = "wasm")]
pub(crate) use wasm::{
    ask_source, delete, get, increment, keys, log, secret, send, set, sources, verify_equal, verify_hmac,
};

use crate::Error;

/// Why the host did not take a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    TooBig,
    Quota,
    NotANumber,
}

impl Refused {
    /// What its author should read, for a write under this key.
    pub(crate) fn explain(self, key: &str) -> Error {
        match self {
            Refused::TooBig => Error::failed(format!("the value for `{key}` is too big to be kept")),
            Refused::Quota => Error::failed("this subscription's state is full"),
            Refused::NotANumber => {
                Error::failed(format!("what is kept under `{key}`, or would be, is no finite number"))
            }
        }
    }
}
