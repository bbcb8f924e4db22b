//! What the daemon offers to a plugin; natively, a stand-in on the current thread.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod native;
#[cfg(target_family = "wasm")]
mod wasm;

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{delete, get, increment, keys, log, set};
#[cfg(target_family = "wasm")]
pub(crate) use wasm::{delete, get, increment, keys, log, set};

use crate::Error;

fn too_big(key: &str) -> Error {
    Error::failed(format!("the value for `{key}` is too big to be kept"))
}

fn not_a_number(key: &str) -> Error {
    Error::failed(format!("what is kept under `{key}`, or would be, is no finite number"))
}

fn quota() -> Error {
    Error::failed("this subscription's state is full")
}
