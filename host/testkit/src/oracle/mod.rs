//! What must be left after a life of crashes and faults: three promises, judged from data.
//!
//! Whoever runs such a life notes what was acknowledged and what was received; it reads
//! what is stored, and what came of it; and it lets an undisturbed run make the same
//! effects. Pure: no process, file or clock. Addresses, digests and alerts are texts
//! here, so that a suite may name them as it likes, as long as it is consistent.

mod deliveries;
mod effects;
mod events;
#[cfg(test)]
mod tests;
mod verdict;

pub use crate::oracle::deliveries::{Bound, Deliveries, Owed, Received, Sealed, Telling};
pub use crate::oracle::effects::{Rows, same_effects};
pub use crate::oracle::events::{Acked, Kept, all_stored};
pub use crate::oracle::verdict::{Fault, Finding, Verdict};
