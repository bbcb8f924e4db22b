//! Write Tellify plugins in Rust.
//!
//! A plugin is a type that implements [`Handler`], [`Ingest`], [`Monitor`], [`Source`] or
//! [`Channel`], and one line that makes it a component: [`handler!`], [`ingest!`],
//! [`monitor!`], [`source!`] or [`channel!`]. Its configuration is a struct of its own: the schema that people fill in is derived from it, and calls get it
//! parsed (`serde` and `schemars` are dependencies of the plugin, for their derives).
//! A call that returns an error, or panics, leaves nothing behind.
//!
//! `examples/first.rs` is a whole handler; `monitor.rs`, `source.rs` and `channel.rs`
//! beside it are one of each of those. Build for `wasm32-unknown-unknown` as a
//! `cdylib`. The crate compiles natively too: the host is then a small stand-in of
//! the current thread. With `testing::Stage`, a test plays events to a handler on a
//! clock of its own, wakes it at its moments, and asserts what came of it, without WASM.
//!
//! What many handlers need lies here too: configuration values ([`AnyOf`],
//! [`Conditions`], [`Fields`], [`Span`], [`Template`], [`limits`]), rows by key within
//! a bound ([`Rows`]), many moments on one wake-up ([`timers`]), telling what is found
//! as an alert, as an event or as both ([`Telling`]), and in one part of a message
//! ([`Gang`]).
//!
//! What an administrator granted is reached by [`http`], [`secrets`] and, from monitors,
//! [`sources`]; a handler is pure and is granted nothing.
//!
//! Deliberately absent: clocks, randomness, files and sockets. `now` is an argument,
//! and what a plugin knows it was told.

#![warn(missing_docs)]

mod about;
mod any_of;
mod channel;
mod conditions;
mod data;
mod emit;
mod error;
mod event;
mod field;
mod fields;
mod finding;
mod gang;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod guest;
mod handler;
mod host;
mod html;
pub mod http;
mod ingest;
pub mod limits;
pub mod log;
mod monitor;
mod rows;
pub mod secrets;
mod source;
pub mod sources;
mod span;
pub mod state;
mod template;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod time;
pub mod timers;

pub use serde_json::{self, Value, json};

pub use crate::any_of::{AnyOf, same};
pub use crate::channel::{Channel, Item, Message, Receipt};
pub use crate::conditions::Conditions;
pub use crate::data::{cut, put};
pub use crate::emit::Emit;
pub use crate::error::{Error, Problem};
pub use crate::event::{Effect, Event, NewEvent, Origin, Severity};
pub use crate::fields::{Fields, bounded};
pub use crate::finding::{Finding, Telling, Turn};
pub use crate::gang::Gang;
pub use crate::handler::{
    Alert, AlertItem, AlertState, Condition, Handler, Outcome, Requirement, Trigger, Wake,
};
pub use crate::html::escape_html;
pub use crate::ingest::{Accepted, Ingest, Rejection, Reply, Request};
pub use crate::monitor::{Measured, Monitor, Report, Status};
pub use crate::rows::Rows;
pub use crate::source::{Method, QueryError, Source};
pub use crate::span::{NotASpan, Span};
pub use crate::template::{Template, TemplateError, one_line};
pub use crate::time::{NotATime, Timestamp};

/// Makes a component of the world `handler` out of a type that implements [`Handler`].
#[macro_export]
macro_rules! handler {
    ($plugin:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Component = $crate::guest::HandlerComponent<$plugin>;
            $crate::guest::bindings::described::__export_described!(Component);
            $crate::guest::bindings::handling::__export_handling!(Component);
        };
        #[cfg(not(target_family = "wasm"))]
        const _: fn() = $crate::testing::is_handler::<$plugin>;
    };
}

/// Makes a component of the world `ingest` out of a type that implements [`Ingest`].
#[macro_export]
macro_rules! ingest {
    ($plugin:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Component = $crate::guest::IngestComponent<$plugin>;
            $crate::guest::bindings::described::__export_described!(Component);
            $crate::guest::bindings::intake::__export_intake!(Component);
        };
        #[cfg(not(target_family = "wasm"))]
        const _: fn() = $crate::testing::is_ingest::<$plugin>;
    };
}

/// Makes a component of the world `monitor` out of a type that implements [`Monitor`].
#[macro_export]
macro_rules! monitor {
    ($plugin:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Component = $crate::guest::MonitorComponent<$plugin>;
            $crate::guest::bindings::described::__export_described!(Component);
            $crate::guest::bindings::checking::__export_checking!(Component);
        };
        #[cfg(not(target_family = "wasm"))]
        const _: fn() = $crate::testing::is_monitor::<$plugin>;
    };
}

/// Makes a component of the world `source` out of a type that implements [`Source`].
#[macro_export]
macro_rules! source {
    ($plugin:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Component = $crate::guest::SourceComponent<$plugin>;
            $crate::guest::bindings::described::__export_described!(Component);
            $crate::guest::bindings::querying::__export_querying!(Component);
        };
        #[cfg(not(target_family = "wasm"))]
        const _: fn() = $crate::testing::is_source::<$plugin>;
    };
}

/// Makes a component of the world `channel` out of a type that implements [`Channel`].
#[macro_export]
macro_rules! channel {
    ($plugin:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Component = $crate::guest::ChannelComponent<$plugin>;
            $crate::guest::bindings::described::__export_described!(Component);
            $crate::guest::bindings::delivering::__export_delivering!(Component);
        };
        #[cfg(not(target_family = "wasm"))]
        const _: fn() = $crate::testing::is_channel::<$plugin>;
    };
}
