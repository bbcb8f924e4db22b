//! `tellify address`.

use clap::Subcommand;
use egress::Method;
use serde_json::{Value, json};

use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};
use super::user;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add an address: tellify address add --user alice --name phone --channel mail --to 49155@sms.example.org --form line
    Add {
        #[arg(long)]
        user: String,
        #[arg(long)]
        name: String,
        /// mail or inbox
        #[arg(long)]
        channel: String,
        /// The mailbox
        #[arg(long)]
        to: Option<String>,
        /// full, or line for one line that fits a phone
        #[arg(long)]
        form: Option<String>,
    },
    /// List somebody's addresses
    List {
        #[arg(long)]
        user: String,
    },
    /// Send a trial message to an address
    Test {
        #[arg(long)]
        user: String,
        name: String,
    },
    /// Remove an address
    Remove {
        #[arg(long)]
        user: String,
        name: String,
    },
}

const COLUMNS: &[Column] = &[("name", "name"), ("channel", "channel"), ("to", "to"), ("form", "form")];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Add { user, name, channel, to, form } => {
            let body = json!({"name": name, "channel": channel, "to": to, "form": form});
            output.one(&client.send(Method::POST, &all(&user), &[], &body).await?, COLUMNS)
        }
        Verb::List { user } => output.list(&client.whole(&all(&user), &[]).await?, COLUMNS, "addresses"),
        Verb::Test { user, name } => {
            let path = format!("{}/{}/test", all(&user), step(&name));
            let tested = client.json(Method::POST, &path, &[], "", Vec::new()).await?;
            output.one(&tested, &[("delivered", "delivered"), ("detail", "detail")])?;
            if tested["delivered"] == Value::Bool(true) {
                Ok(())
            } else {
                Err(Failure::failed("the trial message was not delivered"))
            }
        }
        Verb::Remove { user, name } => {
            let path = format!("{}/{}", all(&user), step(&name));
            client.json(Method::DELETE, &path, &[], "", Vec::new()).await?;
            output.done(&format!("removed address {name} of {user}"));
            Ok(())
        }
    }
}

fn all(user: &str) -> String {
    format!("{}/addresses", user::path(user))
}
