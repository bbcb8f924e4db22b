//! Sources, asked as the daemon asks them.
#![allow(clippy::unwrap_used)]

mod sqlite;
mod web;
mod world;
