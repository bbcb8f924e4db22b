//! `tellify plugin`.

mod grants;
mod install;

use std::path::PathBuf;

use clap::Subcommand;
use egress::Method;
use serde_json::{Value, json};

use self::grants::What;
use super::Amount;
use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};
use super::workshop;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    #[command(flatten)]
    Workshop(workshop::Verb),
    /// Play a daemon's recent events to a handler here, with nothing coming of it
    #[command(after_help = workshop::run::HELP)]
    Run(workshop::run::Run),
    /// Install a component
    #[command(after_help = INSTALL_EXAMPLES)]
    Install {
        /// A component, or the folder of a project that was built
        file: PathBuf,
        #[command(flatten)]
        how: install::How,
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
    /// Grant a plugin something that it asks for
    #[command(after_help = GRANT_EXAMPLES)]
    Grant {
        /// Its name
        name: String,
        #[command(flatten)]
        what: What,
    },
    /// Take back what a plugin is granted
    Revoke {
        /// Its name
        name: String,
        #[command(flatten)]
        what: What,
    },
    /// Let the version serve that waits, and grant it what it asks for beyond the one before
    Consent {
        /// Its name
        name: String,
        /// What it does not take stays with the version before
        #[arg(long)]
        side_by_side: bool,
        /// It serves without what it asks for beyond the version before
        #[arg(long)]
        without_grants: bool,
    },
    /// Drop the version that waits
    Decline {
        /// Its name
        name: String,
    },
    /// Let everybody use what somebody installed for themselves
    Share {
        /// Its name
        name: String,
        /// Leave it to whoever installed it again
        #[arg(long)]
        undo: bool,
    },
    /// Let the version before serve again
    Rollback {
        /// Its name
        name: String,
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
  tellify plugin install .
  tellify plugin install count.wasm --replace --dry-run
  tellify plugin install count.wasm --replace --side-by-side

Nothing that a plugin asks for is granted by installing it, unless --grant-all says so.";

const GRANT_EXAMPLES: &str = "\
Examples:
  tellify plugin show releases
  tellify plugin grant releases --http 'https://api.github.com/repos/acme/*' --secret github-token
  tellify plugin grant releases --all

A pattern may be narrower than what the plugin asks for, and never wider.";

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
    ("shared", "shared"),
    ("asks for http", "wants.http"),
    ("asks for secrets", "wants.secrets"),
    ("asks for sources", "wants.sources"),
    ("granted http", "granted.http"),
    ("granted secrets", "granted.secrets"),
    ("granted sources", "granted.sources"),
    ("missing http", "missing.http"),
    ("missing secrets", "missing.secrets"),
    ("missing sources", "missing.sources"),
    ("waiting", "waiting.version"),
    ("waiting for http", "waiting.more.http"),
    ("waiting for secrets", "waiting.more.secrets"),
    ("waiting for sources", "waiting.more.sources"),
    ("older versions", "older"),
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
        Verb::Workshop(verb) => workshop::run(verb, output),
        Verb::Run(args) => workshop::run::run(&args, client, output).await,
        Verb::Install { file, how } => install::run(&file, how, client, output).await,
        Verb::List => output.list(
            &client.whole("/api/v1/plugins", &[]).await?,
            COLUMNS,
            "plugins: `tellify plugin install FILE` adds one",
        ),
        Verb::Show { name } => show(client.get(&path(&name), &[]).await?, output),
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
        Verb::Grant { name, what } => {
            let body = if what.all { json!({"grant_all": true}) } else { json!({"grant": what.body()?}) };
            show(client.send(Method::PATCH, &below(&name, "grants"), &[], &body).await?, output)
        }
        Verb::Revoke { name, what } => {
            let revoke = match what.all {
                true => client.get(&path(&name), &[]).await?["granted"].take(),
                false => what.body()?,
            };
            let body = json!({"revoke": revoke});
            show(client.send(Method::PATCH, &below(&name, "grants"), &[], &body).await?, output)
        }
        Verb::Consent { name, side_by_side, without_grants } => {
            let query = [
                ("side_by_side", side_by_side.then_some("true")),
                ("without_grants", without_grants.then_some("true")),
            ];
            show(client.json(Method::POST, &below(&name, "consent"), &query, "", Vec::new()).await?, output)
        }
        Verb::Decline { name } => act(Method::POST, &below(&name, "decline"), client, output).await,
        Verb::Share { name, undo } => {
            let method = if undo { Method::DELETE } else { Method::PUT };
            act(method, &below(&name, "shared"), client, output).await
        }
        Verb::Rollback { name } => act(Method::POST, &below(&name, "rollback"), client, output).await,
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

fn below(name: &str, what: &str) -> String {
    format!("{}/{what}", path(name))
}

/// Something that is done to a plugin, and what it is then.
async fn act(method: Method, path: &str, client: &Client, output: &Output) -> Result<(), Failure> {
    show(client.json(method, path, &[], "", Vec::new()).await?, output)
}

/// Shows a plugin; people are told what there is to decide about it.
fn show(mut plugin: Value, output: &Output) -> Result<(), Failure> {
    if output.is_table() {
        plugin["older"] = older(&plugin["kept"]);
    }
    output.one(&plugin, FIELDS)?;
    grants::advice(&plugin).iter().for_each(|line| output.done(line));
    Ok(())
}

fn older(kept: &Value) -> Value {
    let line = |version: &Value| {
        let used = version["used_by"].as_u64().unwrap_or_default();
        let things = if used == 1 { "thing stays" } else { "things stay" };
        Value::from(format!("{} ({used} {things} with it)", version["version"].as_str().unwrap_or_default()))
    };
    kept.as_array().map(|kept| kept.iter().map(line).collect()).unwrap_or_default()
}
