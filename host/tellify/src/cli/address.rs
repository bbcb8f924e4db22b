//! `tellify address`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use egress::Method;
use serde_json::{Value, json};

use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};
use super::subscription::configuration;
use super::user;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add an address
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        #[arg(long)]
        name: String,
        /// mail, webhook, inbox, or a plugin of the kind channel; see `tellify plugin list`
        #[arg(long)]
        channel: String,
        /// The mailbox, or the URL
        #[arg(long)]
        to: Option<String>,
        /// A plugin's configuration as JSON, or @FILE
        #[arg(long)]
        config: Option<String>,
        /// full, or line for one line that fits a phone
        #[arg(long)]
        form: Option<String>,
        /// A file with a webhook's secret (whsec_ and base64) [default: one is made]
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// List somebody's addresses, and how they fare
    List {
        /// Whose
        #[arg(long)]
        user: String,
    },
    /// Show one address
    Show {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
    },
    /// Give an address of a plugin another configuration
    Edit {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
        /// All of the new configuration as JSON, or @FILE
        #[arg(long)]
        config: String,
    },
    /// Give a webhook a new secret; the old one signs for a while too
    Rotate {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
        /// How long the old secret signs too; 0s for one that somebody else has got hold of
        #[arg(long, value_name = "DURATION", default_value = "24h")]
        keep: String,
        /// A file with the new secret (whsec_ and base64) [default: one is made]
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Send a trial message to an address, and tell what became of it
    Test {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
    },
    /// Remove an address
    Remove {
        /// Whose
        #[arg(long)]
        user: String,
        /// Its name
        name: String,
    },
}

const ADD_EXAMPLES: &str = "\
A webhook's URL is posted to, signed with a secret that is shown once. A plugin says itself
what it needs: `tellify plugin show NAME` shows the schema of its configuration.

Examples:
  tellify address add --user alice --name home --channel mail --to alice@example.net
  tellify address add --user alice --name phone --channel mail --to 49155@sms.example.org --form line
  tellify address add --user alice --name ops --channel webhook --to https://ops.example.org/hook
  tellify address add --user alice --name push --channel ntfy --config '{\"topic\":\"alice-7f3a\"}'";

const COLUMNS: &[Column] = &[
    ("name", "name"),
    ("channel", "channel"),
    ("to", "to"),
    ("form", "form"),
    ("last attempt", "health.result"),
    ("at", "health.at"),
];

const FIELDS: &[Column] = &[
    ("name", "name"),
    ("channel", "channel"),
    ("to", "to"),
    ("config", "config"),
    ("form", "form"),
    ("created", "created"),
    ("secret", "secret"),
    ("old secret until", "rotating_until"),
    ("last attempt", "health.result"),
    ("at", "health.at"),
    ("detail", "health.detail"),
    ("failures", "health.failures"),
    ("off since", "health.off_since"),
];

const TEST: &[Column] =
    &[("delivered", "delivered"), ("detail", "detail"), ("said", "said"), ("took ms", "took_ms")];

const NOTHING: &str = "addresses: `tellify address add --help` shows how to add one";

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Add { user, name, channel, to, config, form, secret_file } => {
            let secret = secret_file.as_deref().map(secret_of).transpose()?;
            let config = config.as_deref().map(configuration).transpose()?;
            let body = json!({
                "name": name, "channel": channel, "to": to, "config": config, "form": form, "secret": secret,
            });
            saved(&client.send(Method::POST, &all(&user), &[], &body).await?, output)
        }
        Verb::List { user } => {
            let all = client.whole(&all(&user), &[]).await?;
            let all: Vec<Value> = all.into_iter().map(|one| user::legible(one, "to", output)).collect();
            output.list(&all, COLUMNS, NOTHING)
        }
        Verb::Show { user, name } => {
            let address = client.get(&one(&user, &name), &[]).await?;
            output.one(&user::legible(address, "to", output), FIELDS)
        }
        Verb::Edit { user, name, config } => {
            let body = json!({"config": configuration(&config)?});
            saved(&client.send(Method::PATCH, &one(&user, &name), &[], &body).await?, output)
        }
        Verb::Rotate { user, name, keep, secret_file } => {
            let secret = secret_file.as_deref().map(secret_of).transpose()?;
            let path = format!("{}/rotate", one(&user, &name));
            let body = json!({"keep": keep, "secret": secret});
            saved(&client.send(Method::POST, &path, &[], &body).await?, output)
        }
        Verb::Test { user, name } => {
            let path = format!("{}/test", one(&user, &name));
            let tested = client.json(Method::POST, &path, &[], "", Vec::new()).await?;
            output.one(&tested, TEST)?;
            if tested["delivered"] == Value::Bool(true) {
                return Ok(());
            }
            let advice = tested["advice"].as_str().map(|advice| format!("\n  {advice}")).unwrap_or_default();
            Err(Failure::failed(format!("the trial message was not delivered{advice}")))
        }
        Verb::Remove { user, name } => {
            client.json(Method::DELETE, &one(&user, &name), &[], "", Vec::new()).await?;
            output.done(&format!("removed address {name} of {user}"));
            Ok(())
        }
    }
}

/// An address that was saved, with the secret that was made for it, if one was.
fn saved(address: &Value, output: &Output) -> Result<(), Failure> {
    output.one(address, FIELDS)?;
    if address["secret"].is_string() {
        output.done("Give the secret to the receiver now: it is not shown again.");
    }
    Ok(())
}

/// The daemon judges it: whoever else sends one gets the same answer.
fn secret_of(file: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(file).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
    Ok(text.trim().to_owned())
}

fn one(user: &str, name: &str) -> String {
    format!("{}/{}", all(user), step(name))
}

fn all(user: &str) -> String {
    format!("{}/addresses", user::path(user))
}
