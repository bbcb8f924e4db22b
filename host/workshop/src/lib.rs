//! The plugin workshop: scaffolds, builds, checks and tests plugins.
//!
//! A project is a folder with `plugin.toml`, which names the language that it is written in;
//! what a language needs and how it becomes a component is in [`Language`]. Components run in
//! the very host that the daemon runs them in (`plugins`).
//!
//! Everything here blocks, and may run the languages' own tools, which write to standard error.

mod build;
pub mod cases;
mod check;
mod dry_run;
mod embedded;
mod language;
mod project;
mod scaffold;
mod tool;

pub use crate::build::{BuildError, Built, build};
pub use crate::check::{Checked, Identity, check};
pub use crate::dry_run::{Counted, DryRun, Made, What};
pub use crate::language::{LANGUAGES, Language};
pub use crate::project::{Project, ProjectError};
pub use crate::scaffold::{NewError, create};
pub use crate::tool::{Tool, ToolError};
