//! Runs components of the plugin interface: sandboxed, bounded, and one call at a
//! time.
//!
//! Bytes become a [`Plugin`] by [`Host::load`], a plugin's calls become plain
//! values of this crate, checked and cut to their limits; whatever a guest does, a
//! call ends within its [`Limits`], in a result or a [`CallError`].
//!
//! **Every call blocks** the calling thread, up to [`Limits::wall`]. Call from
//! threads that are made for it, a small fixed pool, and never from an async
//! runtime's own.
//!
//! Deliberately absent: the registry of installed plugins, retries and quarantine
//! (`pipeline`), storage of state (`journal`), any way out of the process but the
//! [`Outside`] that the caller hands in. Nothing ambient reaches a guest: guests that import WASI find it linked with nothing
//! behind it, clocks stand at the call's `now`, and random numbers follow from the
//! call, so that the same call brings the same result.

mod channel;
mod gang;
mod handler;
mod host;
mod ingest;
mod monitor;
mod plugin;
mod processor;
mod source;

mod description;
pub mod manifest;
mod schema;

mod called;
mod config;
mod convert;
mod output;
mod text;

mod budget;
mod exports;
mod guest;
mod imports;
mod known;
mod logs;
mod meter;
mod outside;
mod running;
mod signature;
mod state;
mod wasi;

mod bindings;
mod cache;
mod compile;
mod compiler;
mod component;
mod version;

mod error;
mod limits;

pub use crate::called::{Called, Cost};
pub use crate::channel::{Message, MessageItem, Receipt};
pub use crate::compile::{CompileError, EXIT_REFUSED, compile_confined};
pub use crate::compiler::{ChildCompiler, CompileLimits, Compiler};
pub use crate::component::sniff;
pub use crate::config::{Config, EventRef, Trigger};
pub use crate::description::{Description, Problem};
pub use crate::error::{CallError, HostError, LoadError, TimeLimit};
pub use crate::gang::{AlertItem, Gang};
pub use crate::handler::{Handled, HandlerInstance};
pub use crate::host::{Host, HostOptions, Instances, Pace, sha256};
pub use crate::ingest::{Accepted, IngestRequest, Rejection, Reply};
pub use crate::limits::{CallTime, Limits};
pub use crate::logs::{LogLevel, LogLine, Logs};
pub use crate::monitor::{MonitorStatus, MonitorValue, Report};
pub use crate::output::NewEvent;
pub use crate::outside::{
    Capability, HttpError, HttpRequest, HttpResponse, Nothing, Outside, Secret, SecretError, SourceError,
    SourceRef, ungranted,
};
pub use crate::plugin::Plugin;
pub use crate::source::Method;
pub use crate::state::{StateRead, StateUnreadable};
pub use crate::version::InterfaceVersion;
