//! Tellify from the outside: commands in, messages out.
//!
//! One binary for all suites, since linking the daemon takes longer than running it.

#![allow(clippy::unwrap_used)]

mod process;
mod world;

mod bad_input;
mod bounds;
mod cases;
mod channels;
mod clock;
mod command_line;
mod delivering;
mod docs;
mod doors;
mod failed_sync;
mod first_steps;
mod forgetting;
mod front;
mod full_disk;
mod handling;
#[path = "../hostile/mod.rs"]
mod hostile;
mod keeping;
mod kill;
mod metrics;
mod monitors;
mod overload;
mod plugins;
mod puppet;
mod replaying;
mod sending;
mod servers;
mod service;
mod silence;
mod source_plugins;
mod sources;
mod terminal;
mod watch;
mod webhooks;
mod workshop;
