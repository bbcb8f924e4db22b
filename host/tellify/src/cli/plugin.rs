//! `tellify plugin`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use egress::Method;
use indicatif::ProgressBar;
use serde_json::Value;

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
    /// Make calls again that a plugin was given up on, once what they stumbled over is mended
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay {
        /// Which plugin
        name: String,
        /// Which of its failures, by the numbers that `tellify plugin failures` shows
        #[arg(required_unless_present = "all")]
        seq: Vec<u64>,
        /// All of them that were not replayed yet, the oldest first
        #[arg(long, conflicts_with = "seq")]
        all: bool,
        /// Of this subscription only, by its name or id
        #[arg(long, requires = "all")]
        subscription: Option<String>,
        /// Whose subscription [default: the token's own person's]
        #[arg(long, requires = "subscription")]
        user: Option<String>,
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

const REPLAY_EXAMPLES: &str = "\
Examples:
  tellify plugin replay count 1042
  tellify plugin replay count --all --subscription builds --user alice";

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
    ("seq", "seq"),
    ("at", "at"),
    ("subscription", "subscription"),
    ("door", "door"),
    ("event", "event"),
    ("attempts", "attempts"),
    ("replay", "replay.state"),
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
        Verb::Replay { name, seq, all, subscription, user } => {
            let seqs = if all { open(client, &name, subscription, user).await? } else { seq };
            let mut failures = Vec::new();
            for seq in seqs {
                let path = format!("{}/failures/{seq}/replay", path(&name));
                failures.push(client.json(Method::POST, &path, &[], "", Vec::new()).await?);
            }
            output.list(&failures, FAILURES, "failures that were not replayed yet")
        }
        Verb::Remove { name } => {
            client.json(Method::DELETE, &path(&name), &[], "", Vec::new()).await?;
            output.done(&format!("removed plugin {name}"));
            Ok(())
        }
    }
}

/// The failures that nobody has replayed yet, of one subscription if one is named; the oldest
/// first, as the calls were made.
async fn open(
    client: &Client,
    plugin: &str,
    subscription: Option<String>,
    user: Option<String>,
) -> Result<Vec<u64>, Failure> {
    let of = match subscription {
        Some(name) => {
            let path = format!("/api/v1/subscriptions/{}", step(&name));
            Some(client.get(&path, &[("user", user.as_deref())]).await?["id"].take())
        }
        None => None,
    };
    let failures = client.list(&format!("{}/failures", path(plugin)), &[], usize::MAX).await?;
    let is_open = |failure: &&Value| {
        failure["replay"].is_null() && of.as_ref().is_none_or(|of| failure["subscription"] == *of)
    };
    Ok(failures.iter().filter(is_open).filter_map(|failure| failure["seq"].as_u64()).rev().collect())
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
