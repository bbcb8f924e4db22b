//! Write Tellify plugins in Rust.
//!
//! A plugin is a type that implements [`Handler`] or [`Ingest`], and one line that
//! makes it a component: [`handler!`] or [`ingest!`]. Its configuration is a struct
//! of its own: the schema that people fill in is derived from it, and calls get it
//! parsed (`serde` and `schemars` are dependencies of the plugin, for their derives).
//! A call that returns an error, or panics, leaves nothing behind.
//!
//! `examples/first.rs` is a whole handler. Build for `wasm32-unknown-unknown` as a
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
//! Deliberately absent: clocks, randomness, files and sockets. `now` is an argument,
//! and what a plugin knows it was told. The interfaces for outgoing HTTP and for
//! secrets come with the capabilities that an administrator grants.

#![warn(missing_docs)]

mod any_of;
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
mod ingest;
pub mod limits;
pub mod log;
mod rows;
mod span;
pub mod state;
mod template;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod time;
pub mod timers;

pub use serde_json::{self, Value, json};

pub use crate::any_of::{AnyOf, same};
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
pub use crate::rows::Rows;
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
