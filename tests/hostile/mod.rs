//! Plugins that mean harm, against the plugin host and against a whole daemon.
//!
//! What each attack tries stands in `attacks/`, a file each, or in the table of what the
//! guest `hostile` does when it is told to. Each must end in its own way, and nobody
//! else may notice: see `docs/security.md` and `docs/reliability.md`.

mod alone;
mod attack;
mod bombs;
mod crowd;
mod kinds;
mod leaks;
mod refused;
mod together;
