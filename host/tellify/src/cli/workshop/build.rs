//! `tellify plugin build`.

use std::path::PathBuf;

use event::Clock;
use serde_json::json;
use workshop::{BuildError, Built, Project};

use crate::cli::failure::Failure;
use crate::cli::output::{Column, Output};
use crate::clock::SystemClock;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Build {
    /// The project's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

const FIELDS: &[Column] = &[("component", "component"), ("bytes", "bytes"), ("seconds", "seconds")];

pub(super) fn run(args: &Build, output: &Output) -> Result<(), Failure> {
    let project = Project::open(&args.folder).map_err(Failure::usage)?;
    let begin = SystemClock.now();
    let Built { path, bytes } = workshop::build(&project).map_err(failure)?;
    let seconds = SystemClock.now().since(begin) as f64 / 1e3;
    let built = json!({ "component": path.display().to_string(), "bytes": bytes, "seconds": seconds });
    output.one(&built, FIELDS)
}

fn failure(error: BuildError) -> Failure {
    match error {
        BuildError::Project(_) => Failure::usage(error),
        BuildError::Tool(_) | BuildError::Unwritable { .. } => Failure::failed(error),
    }
}
