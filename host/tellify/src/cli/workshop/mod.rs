//! `tellify plugin new`, `build`, `check` and `test`: what an author does,
//! without a daemon; and `run`, with one.

mod build;
mod check;
pub(super) mod chosen;
mod new;
pub(super) mod run;
mod test;

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
    /// Say what a component is, and all that does not fit
    #[command(after_help = check::HELP)]
    Check(check::Check),
    /// Run a project's cases in the daemon's own host
    #[command(after_help = test::HELP)]
    Test(test::Test),
}

pub(super) fn run(verb: Verb, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::New(args) => new::run(&args, output),
        Verb::Build(args) => build::run(&args, output),
        Verb::Check(args) => check::run(&args, output),
        Verb::Test(args) => test::run(&args, output),
    }
}
