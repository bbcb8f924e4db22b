//! The plugin host at its boundary: real components in, values and errors out.
#![allow(clippy::unwrap_used)]

mod support;

mod contained;
mod door;
mod handling;
mod kinds;
mod loading;
mod outside;
mod state;
mod wasi;
