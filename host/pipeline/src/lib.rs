//! The order of things: this crate alone knows which stage follows which.
//!
//! [`flow`] shows the whole of it on one screen. Each stage looks for work in the
//! journal, does it, and writes what came of it to the journal; none calls another,
//! and none keeps anything in memory that it could not find again after a crash.

mod flow;

mod backend;

mod blocking;
mod board;
mod call;
mod conclude;
mod dispatch;
mod failure;
mod handling;
mod lag;
mod run;
mod wakes;

mod parcel;
mod payload;
mod plan;
mod seal;
mod tell;

mod attempt;
mod carry;
mod channel;
mod desk;
mod rooms;
mod scrub;

mod forget;
mod go_back;
mod keys;

mod keep;

mod ids;
mod meters;
mod notice;
mod outside;
mod people;
mod pools;
mod registry;
mod stage;
mod vitals;
mod watch;

pub use crate::backend::{Backend, BackendOptions, PluginPolicy};
pub use crate::flow::{Parts, Pipeline, StartError};
