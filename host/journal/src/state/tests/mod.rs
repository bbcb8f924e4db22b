//! The contract of the state, rule by rule. The write path is private to the crate,
//! so its tests stand here.
#![allow(clippy::unwrap_used)]

mod world;

pub(crate) use self::world::Disk;

mod config;
mod delivery;
mod disk;
mod doors;
mod failures;
mod handling;
mod identity;
mod keeping;
mod leaving;
mod plugins;
mod replay;
mod sources;
