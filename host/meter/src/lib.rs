//! Counts and durations, and the page that tells them in Prometheus' text format.
//!
//! Whoever does some work counts it in a [`Counter`], a [`Durations`] or a [`Family`] of
//! them that was handed to it; whoever is asked writes what stands there to a [`Page`].
//! There is no registry: a number is known to those who hold it, and to nobody else.
//!
//! Nothing here decides anything: no work depends on a number or a time of this crate.

mod counter;
mod durations;
mod family;
mod gauge;
mod page;
mod process;
mod pulse;

pub use crate::counter::Counter;
pub use crate::durations::{Durations, Timer};
pub use crate::family::Family;
pub use crate::gauge::Gauge;
pub use crate::page::Page;
pub use crate::pulse::Pulse;
