//! `tellify door`.

use clap::{Subcommand, ValueEnum};
use egress::Method;
use serde_json::{Value, json};

use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};
use super::subscription::configuration;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Open a door: tellify door add github --plugin json --config @github.json
    Add {
        /// What to call it; it opens at /in/NAME
        name: String,
        /// A plugin of the kind ingest; see `tellify plugin list`
        #[arg(long)]
        plugin: String,
        /// The plugin's configuration as JSON, or @FILE
        #[arg(long, default_value = "{}", hide_default_value = true)]
        config: String,
        /// A path beside /in/NAME, for a sender whose path is fixed; one that ends in a slash stands for all below it; may be repeated
        #[arg(long = "path", value_name = "PATH")]
        paths: Vec<String>,
        /// Stamped on its events: a project, or ~person [default: everyone]
        #[arg(long, default_value = "", hide_default_value = true)]
        realm: String,
        /// What its senders show [default: generate]
        #[arg(long, value_enum, conflicts_with = "no_token")]
        token: Option<Token>,
        /// Its senders show a token of the scope events:write, or nothing from the daemon's own machine
        #[arg(long)]
        no_token: bool,
    },
    /// List the doors: those of the daemon's configuration, and those that were added
    List,
    /// Close a door that was added
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Token {
    /// A token of the door's own
    Generate,
}

const PATH: &str = "/api/v1/doors";
const COLUMNS: &[Column] = &[
    ("name", "name"),
    ("plugin", "plugin"),
    ("paths", "paths"),
    ("token", "token"),
    ("realm", "realm"),
    ("added", "created"),
];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Add { name, plugin, config, paths, realm, token: _, no_token } => {
            let body = json!({
                "name": name, "plugin": plugin, "config": configuration(&config)?, "paths": paths,
                "realm": realm, "token": !no_token,
            });
            let added = client.send(Method::POST, PATH, &[], &body).await?;
            output.one(
                &with_url(client, added),
                &[("name", "name"), ("paths", "paths"), ("token", "token"), ("url", "url")],
            )?;
            if !no_token {
                output.done("Keep the token now: it is not shown again. The URL holds it.");
            }
            Ok(())
        }
        Verb::List => output.list(&client.whole(PATH, &[]).await?, COLUMNS, "doors"),
        Verb::Remove { name } => {
            client.json(Method::DELETE, &format!("{PATH}/{}", step(&name)), &[], "", Vec::new()).await?;
            output.done(&format!("removed door {name}"));
            Ok(())
        }
    }
}

/// The door with the URL to give to its sender, as seen from here.
fn with_url(client: &Client, mut door: Value) -> Value {
    let path = door["paths"][0].as_str().unwrap_or_default();
    let token = door["token"].as_str().map(|token| format!("/{token}")).unwrap_or_default();
    door["url"] = format!("{}{path}{token}", client.url()).into();
    door
}
