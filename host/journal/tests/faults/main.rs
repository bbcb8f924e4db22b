//! What disks do to a journal: power cuts, failing calls, flipped bits, migrations.
//!
//! A whole journal, log and state, lives on a disk in memory. The sizes come from
//! environment variables, and each suite prints what it counted and its seed: see
//! `docs/reliability.md`.

#![allow(clippy::unwrap_used)]

mod driven;
mod errors;
mod flips;
mod formats;
mod life;
mod oracle;
mod power;
mod sizes;
