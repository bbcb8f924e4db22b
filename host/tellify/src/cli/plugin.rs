//! `tellify plugin`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use egress::Method;
use indicatif::ProgressBar;

use super::Amount;
use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Install a component
    #[command(after_help = INSTALL_EXAMPLES)]
    Install {
        /// A WebAssembly component, which usually ends in .wasm
        file: PathBuf,
        /// A plugin of the same name gives way
        #[arg(long)]
        replace: bool,
    },
    /// List installed plugins
    List,
    /// Show one plugin, with the schema of its configuration
    Show {
        /// Its name
        name: String,
    },
    /// List the calls that a plugin was given up on, newest first
    Failures {
        /// Which plugin
        name: String,
        #[command(flatten)]
        amount: Amount,
    },
    /// Remove a plugin that nothing uses
    Remove {
        /// Its name
        name: String,
    },
}

const INSTALL_EXAMPLES: &str = "\
Examples:
  tellify plugin install count.wasm
  tellify plugin install count.wasm --replace";

const COLUMNS: &[Column] =
    &[("name", "name"), ("kind", "kind"), ("version", "version"), ("bundled", "bundled"), ("title", "title")];
const FIELDS: &[Column] = &[
    ("name", "name"),
    ("kind", "kind"),
    ("version", "version"),
    ("title", "title"),
    ("description", "description"),
    ("bundled", "bundled"),
    ("installed by", "installed_by"),
    ("installed", "installed"),
    ("sha256", "sha256"),
    ("bytes", "bytes"),
    ("configuration", "config_schema"),
];
const FAILURES: &[Column] = &[
    ("at", "at"),
    ("subscription", "subscription"),
    ("door", "door"),
    ("event", "event"),
    ("attempts", "attempts"),
    ("message", "message"),
    ("stack", "stack"),
];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Install { file, replace } => {
            let component = std::fs::read(&file)
                .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
            let progress = progress(&format!("installing {} ({} bytes)", file.display(), component.len()));
            let query = [("replace", replace.then_some("true"))];
            let installed =
                client.json(Method::POST, "/api/v1/plugins", &query, "application/wasm", component).await;
            progress.finish_and_clear();
            output.one(&installed?, FIELDS)
        }
        Verb::List => output.list(
            &client.whole("/api/v1/plugins", &[]).await?,
            COLUMNS,
            "plugins: `tellify plugin install FILE` adds one",
        ),
        Verb::Show { name } => output.one(&client.get(&path(&name), &[]).await?, FIELDS),
        Verb::Failures { name, amount } => {
            let failures = client.list(&format!("{}/failures", path(&name)), &[], amount.most()).await?;
            output.list(&failures, FAILURES, "failures: all calls went well")
        }
        Verb::Remove { name } => {
            client.json(Method::DELETE, &path(&name), &[], "", Vec::new()).await?;
            output.done(&format!("removed plugin {name}"));
            Ok(())
        }
    }
}

fn path(name: &str) -> String {
    format!("/api/v1/plugins/{}", step(name))
}

/// A large component takes seconds to compile: somebody at a terminal sees that it goes on.
fn progress(what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
