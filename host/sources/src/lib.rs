//! Sources: the built-in kinds of connections that monitors may query.
//!
//! A source is asked one thing at a time, by a method with arguments, and answers with
//! JSON: what comes in is described by [`kinds`], and no answer is larger than its
//! [`Limits`] let it be. Nothing is changed by asking: databases are spoken to in
//! read-only sessions, and HTTP by `GET` unless the source's configuration names more.
//! All connections are made by `egress`.
//!
//! Absent on purpose: who may ask which source, and where configurations are kept.

mod arguments;
mod error;
mod graphite;
mod http;
mod kind;
mod network;
mod prometheus;
mod sources;
mod sql;
mod web;

pub use crate::error::{BadConfig, SourceError};
pub use crate::kind::{Connection, Description, Method, kinds};
pub use crate::sources::{Limits, Options, Sources};
