//! Digests on their way out, to real servers over real sockets.
#![allow(clippy::unwrap_used)]

mod mail;
mod sample;
mod webhook;
