//! `tellify user`.

use clap::Subcommand;
use egress::Method;
use serde_json::json;

use super::Amount;
use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a person
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        name: String,
        #[arg(long)]
        email: Option<String>,
        /// IANA time zone, such as Europe/Berlin
        #[arg(long)]
        zone: Option<String>,
    },
    /// List people
    List {
        #[command(flatten)]
        amount: Amount,
    },
    /// Show one person
    Show { name: String },
    /// Remove a person with all that is theirs
    Remove { name: String },
}

const ADD_EXAMPLES: &str = "\
Examples:
  tellify user add alice --email alice@example.org --zone Europe/Berlin";

const COLUMNS: &[Column] =
    &[("name", "name"), ("email", "email"), ("zone", "zone"), ("role", "role"), ("created", "created")];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Add { name, email, zone } => {
            let body = json!({"name": name, "email": email, "zone": zone});
            output.one(&client.send(Method::POST, "/api/v1/users", &[], &body).await?, COLUMNS)
        }
        Verb::List { amount } => output.list(
            &client.list("/api/v1/users", &[], amount.most()).await?,
            COLUMNS,
            "people yet: `tellify user add alice --email alice@example.org` adds one",
        ),
        Verb::Show { name } => output.one(&client.get(&path(&name), &[]).await?, COLUMNS),
        Verb::Remove { name } => {
            client.json(Method::DELETE, &path(&name), &[], "", Vec::new()).await?;
            output.done(&format!("removed user {name}"));
            Ok(())
        }
    }
}

pub(super) fn path(name: &str) -> String {
    format!("/api/v1/users/{}", step(name))
}
