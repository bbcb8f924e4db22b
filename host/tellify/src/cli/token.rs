//! `tellify token`.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use egress::Method;
use event::Scope;
use serde_json::json;

use super::Amount;
use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make a token, which is shown once
    #[command(after_help = CREATE_EXAMPLES)]
    Create {
        /// What to call it
        #[arg(long)]
        name: String,
        /// For whom it acts
        #[arg(long)]
        user: Option<String>,
        /// Stamped on what it sends: a project, or ~person [default: everyone]
        #[arg(long, default_value = "", hide_default_value = true)]
        realm: String,
        /// What it may do; may be repeated
        #[arg(long = "scope", required = true, value_name = "SCOPE", value_parser = scopes())]
        scopes: Vec<String>,
    },
    /// List tokens, without their secrets
    List {
        /// Whose [default: everybody's]
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        amount: Amount,
    },
    /// End a token, by its name or id
    Revoke {
        /// Its name, or its id
        name: String,
    },
}

fn scopes() -> PossibleValuesParser {
    PossibleValuesParser::new(Scope::ALL.iter().map(|scope| scope.as_str()))
}

const CREATE_EXAMPLES: &str = "\
Examples:
  tellify token create --name ci --scope events:write
  tellify token create --name alice-laptop --user alice --scope read --scope events:write
  TELLIFY_TOKEN=tfy_… tellify event send 'hello'";

const COLUMNS: &[Column] = &[
    ("id", "id"),
    ("name", "name"),
    ("user", "user"),
    ("realm", "realm"),
    ("scopes", "scopes"),
    ("created", "created"),
];

const NOTHING: &str = "tokens yet: `tellify token create --name ci --scope events:write` makes one";

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Create { name, user, realm, scopes } => {
            let body = json!({"name": name, "user": user, "realm": realm, "scopes": scopes});
            let token = client.send(Method::POST, "/api/v1/tokens", &[], &body).await?;
            output.one(&token, &[("id", "id"), ("name", "name"), ("token", "token")])?;
            output.done("Keep the token now: it is not shown again.");
            Ok(())
        }
        Verb::List { user, amount } => {
            let query = [("user", user.as_deref())];
            output.list(&client.list("/api/v1/tokens", &query, amount.most()).await?, COLUMNS, NOTHING)
        }
        Verb::Revoke { name } => {
            let path = format!("/api/v1/tokens/{}", step(&name));
            client.json(Method::DELETE, &path, &[], "", Vec::new()).await?;
            output.done(&format!("revoked token {name}"));
            Ok(())
        }
    }
}
