//! `tellify alert`.

use clap::Subcommand;

use super::Amount;
use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List alerts: what is firing now, unless another state is asked for
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Whose [default: the token's own person's; an administrator's: everybody's]
        #[arg(long)]
        user: Option<String>,
        /// Which of them [default: firing]
        #[arg(long, value_parser = ["firing", "resolved", "note", "all"])]
        state: Option<String>,
        #[command(flatten)]
        amount: Amount,
    },
    /// Show one alert
    Show {
        /// Its id, as `tellify alert list` shows it
        id: String,
    },
}

const LIST_EXAMPLES: &str = "\
Examples:
  tellify alert list --user alice
  tellify alert list --state all --limit 10
  tellify alert list --watch";

const COLUMNS: &[Column] = &[
    ("id", "id"),
    ("owner", "owner"),
    ("state", "state"),
    ("severity", "severity"),
    ("count", "count"),
    ("since", "since"),
    ("title", "title"),
];
const FIELDS: &[Column] = &[
    ("id", "id"),
    ("owner", "owner"),
    ("subscription", "subscription"),
    ("handler", "handler"),
    ("key", "key"),
    ("state", "state"),
    ("severity", "severity"),
    ("title", "title"),
    ("count", "count"),
    ("since", "since"),
    ("latest", "latest"),
    ("ended", "ended"),
    ("event", "event"),
    ("data", "data"),
];

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::List { user, state, amount } => {
            let query = [("user", user.as_deref()), ("state", state.as_deref())];
            let nothing = match state.as_deref() {
                None | Some("firing") => {
                    "alerts are firing: `--state all` shows those that are over, `tellify subscription list` who looks"
                }
                Some(_) => "such alerts: `tellify subscription list` shows who looks for what",
            };
            output.list(&client.list("/api/v1/alerts", &query, amount.most()).await?, COLUMNS, nothing)
        }
        Verb::Show { id } => {
            output.one(&client.get(&format!("/api/v1/alerts/{}", step(&id)), &[]).await?, FIELDS)
        }
    }
}
