//! `tellify plugin new`, `build`, `check` and `test`: what an author does, without a daemon.

mod build;
mod new;

use clap::Subcommand;

use super::failure::Failure;
use super::output::Output;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Begin a plugin: write a small complete project into a new folder
    #[command(after_help = new::EXAMPLES)]
    New(new::New),
    /// Build a project's component with its language's own tools
    Build(build::Build),
}

pub(super) fn run(verb: Verb, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::New(args) => new::run(&args, output),
        Verb::Build(args) => build::run(&args, output),
    }
}
