//! From an alert's change to a message: pure functions, no clock, no network, no state.
//!
//! - [`Rules`] are a person's style, read and checked; [`styles_from_toml`] reads a file of them.
//! - [`plan`] answers one change of one alert: into which buckets it goes, and out of which.
//! - [`seal`] makes a digest of what fell due, and renders it once, in all forms.
//! - [`retry`] says when a digest that was not accepted is tried again.
//! - [`preview`] says where an alert would go now.
//!
//! **Never silent by accident.** An alert that no band takes is held until one does, and
//! one that no band will ever take goes to the inbox; only a band with `mode = "drop"` ends
//! an alert unheard. Whoever was told of a problem is told once that it is over.
//!
//! Deliberately absent: looking anything up. Callers hand in what stands in the state.

mod plan;
mod preview;
mod problem;
mod retry;
mod rules;
mod seal;
mod time;

pub use crate::plan::{Buckets, Plan, Situation, Verdict, plan};
pub use crate::preview::{PreviewLine, preview};
pub use crate::problem::{Place, StyleProblem};
pub use crate::retry::retry;
pub use crate::rules::{Case, Release, Rules, StyleParts, styles_from_toml};
pub use crate::seal::{Gang, SealItem, Sealing, seal};
