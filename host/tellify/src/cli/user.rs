//! `tellify user`.

use clap::Subcommand;
use egress::Method;
use serde_json::{Map, Value, json};

use super::Amount;
use super::client::{Client, step};
use super::failure::Failure;
use super::leaving;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a person
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// What to call them: lower-case letters, digits and hyphens
        name: String,
        /// Where they get mail
        #[arg(long)]
        email: Option<String>,
        /// What other people call them
        #[arg(long)]
        display_name: Option<String>,
        /// IANA time zone, such as Europe/Berlin
        #[arg(long)]
        zone: Option<String>,
    },
    /// Change what is given; an empty text takes it away
    #[command(after_help = EDIT_EXAMPLES)]
    Edit {
        /// Whose
        name: String,
        /// Where they get mail
        #[arg(long)]
        email: Option<String>,
        /// What other people call them
        #[arg(long)]
        display_name: Option<String>,
        /// IANA time zone; empty: the daemon's
        #[arg(long)]
        zone: Option<String>,
    },
    /// List people
    List {
        #[command(flatten)]
        amount: Amount,
    },
    /// Show one person
    Show {
        /// Whose
        name: String,
    },
    /// Remove a person, and destroy their key
    #[command(after_help = leaving::EXAMPLES)]
    Remove(leaving::Remove),
}

const ADD_EXAMPLES: &str = "\
Examples:
  tellify user add alice --email alice@example.org --zone Europe/Berlin";

const EDIT_EXAMPLES: &str = "\
Examples:
  tellify user edit alice --zone Europe/Berlin
  tellify user edit alice --email ''";

const COLUMNS: &[Column] = &[
    ("name", "name"),
    ("display name", "display_name"),
    ("email", "email"),
    ("zone", "zone"),
    ("role", "role"),
    ("created", "created"),
];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Add { name, email, display_name, zone } => {
            let body = json!({"name": name, "email": email, "display_name": display_name, "zone": zone});
            output.one(&client.send(Method::POST, "/api/v1/users", &[], &body).await?, COLUMNS)
        }
        Verb::Edit { name, email, display_name, zone } => {
            let body = changes([("email", email), ("display_name", display_name), ("zone", zone)])?;
            let edited = client.send(Method::PATCH, &path(&name), &[], &body).await?;
            output.one(&legible(edited, "email", output), COLUMNS)
        }
        Verb::List { amount } => {
            let users = client.list("/api/v1/users", &[], amount.most()).await?;
            let users: Vec<Value> = users.into_iter().map(|user| legible(user, "email", output)).collect();
            let nothing = "people yet: `tellify user add alice --email alice@example.org` adds one";
            output.list(&users, COLUMNS, nothing)
        }
        Verb::Show { name } => {
            let user = client.get(&path(&name), &[]).await?;
            output.one(&legible(user, "email", output), COLUMNS)
        }
        Verb::Remove(remove) => leaving::run(remove, client, output).await,
    }
}

pub(super) fn path(name: &str) -> String {
    format!("/api/v1/users/{}", step(name))
}

/// What is given as a body: an empty text becomes null, which takes the thing away.
fn changes(given: [(&str, Option<String>); 3]) -> Result<Map<String, Value>, Failure> {
    let value = |text: String| if text.is_empty() { Value::Null } else { Value::from(text) };
    let body: Map<String, Value> =
        given.into_iter().filter_map(|(key, text)| Some((key.to_owned(), value(text?)))).collect();
    if body.is_empty() {
        return Err(Failure::usage("nothing to change: give --email, --display-name or --zone"));
    }
    Ok(body)
}

/// In a table, a field that cannot be read says so in its own place.
pub(super) fn legible(mut item: Value, field: &str, output: &Output) -> Value {
    if let (true, Some(why), true) = (output.is_table(), item["unreadable"].as_str(), item[field].is_null()) {
        item[field] = Value::from(format!("(unreadable: {why})"));
    }
    item
}
