//! The server over real sockets, with a service behind it that tells what it was asked.
#![allow(clippy::unwrap_used)]

mod client;
mod fake;

mod admission;
mod bodies;
mod callers;
mod doors;
mod life;
mod operations;
mod streams;
