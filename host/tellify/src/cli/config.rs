//! `tellify config`: the daemon's configuration, without the daemon.

use std::path::PathBuf;

use clap::Subcommand;
use settings::Settings;

use super::failure::Failure;
use super::output::Output;
use crate::convert::usual_file;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Check a configuration file, and the variables
    Check {
        /// [default: the file that `serve` would take]
        file: Option<PathBuf>,
    },
    /// Print the settings that `serve` would take, without secrets
    Show {
        /// [default: the file that `serve` would take]
        file: Option<PathBuf>,
    },
}

pub(super) fn run(verb: Verb, output: &Output) -> Result<(), Failure> {
    let (Verb::Check { file } | Verb::Show { file }) = &verb;
    let file = file.clone().or_else(usual_file);
    let (settings, warnings) = Settings::load(file.as_deref(), std::env::vars()).map_err(Failure::failed)?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    match verb {
        Verb::Check { .. } => {
            let what = file.map_or_else(|| "the defaults".to_owned(), |file| file.display().to_string());
            output.done(&format!("{what}: no errors"));
            Ok(())
        }
        Verb::Show { .. } if output.is_table() => {
            print!("{}", toml::to_string_pretty(&settings).map_err(Failure::failed)?);
            Ok(())
        }
        Verb::Show { .. } => output.one(&serde_json::to_value(&settings).map_err(Failure::failed)?, &[]),
    }
}
