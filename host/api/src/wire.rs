//! The things that go over the wire, a file for each kind.
//!
//! They are read by the command line too, so each can be both written and read.
//! What a client sends refuses keys that it does not know.

pub(crate) mod addresses;
pub(crate) mod alerts;
pub(crate) mod doors;
pub(crate) mod events;
pub(crate) mod inbox;
pub(crate) mod keeping;
pub(crate) mod leaving;
pub(crate) mod people;
pub(crate) mod plugins;
pub(crate) mod secrets;
pub(crate) mod sources;
pub(crate) mod status;
pub(crate) mod styles;
pub(crate) mod subscriptions;
pub(crate) mod tokens;
pub(crate) mod webhook;

use serde::{Deserialize, Deserializer};

/// Tells a key that is null from one that is absent.
fn even_null<'de, D, T>(input: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(input).map(Some)
}
