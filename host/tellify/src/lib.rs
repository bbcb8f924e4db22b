//! The binary's inside: the daemon, assembled from its crates, and the command-line
//! client. A library only so that tests can start the daemon on a clock of their own.

mod cli;

mod clock;
mod convert;
mod daemon;
mod descriptors;
mod log;
mod notify;
mod serve;
mod threads;
mod unusable;

pub use crate::cli::main;
pub use crate::clock::SystemClock;
pub use crate::daemon::Daemon;
pub use crate::serve::ServeArgs;
