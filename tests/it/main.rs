//! Tellify from the outside: commands in, messages out.
//!
//! One binary for all suites, since linking the daemon takes longer than running it.

#![allow(clippy::unwrap_used)]

mod process;
mod world;

mod bad_input;
mod cases;
mod command_line;
mod docs;
mod doors;
mod first_steps;
mod forgetting;
mod front;
mod handling;
mod keeping;
mod metrics;
mod puppet;
mod sending;
mod service;
mod silence;
mod terminal;
mod webhooks;
