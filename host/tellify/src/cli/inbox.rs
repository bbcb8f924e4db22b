//! `tellify inbox`.

use clap::Subcommand;

use super::Amount;
use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List digests, newest first
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Whose [default: the token's own person's]
        #[arg(long)]
        user: Option<String>,
        /// What was sent to this address instead
        #[arg(long)]
        address: Option<String>,
        #[command(flatten)]
        amount: Amount,
    },
    /// Read one digest
    Show {
        /// Its id, as `tellify inbox list` shows it
        id: String,
    },
}

const LIST_EXAMPLES: &str = "\
Examples:
  tellify inbox list --user alice
  tellify inbox list --user alice --address mail --limit 5
  tellify inbox list --user alice --watch";

const COLUMNS: &[Column] =
    &[("id", "id"), ("sealed", "sealed"), ("severity", "severity"), ("subject", "subject")];

const NOTHING: &str =
    "digests yet: `tellify alert list` shows what was found, `tellify style preview` when it is told";

const NOTHING_HERE: &str = "digests in the inbox yet: `--address mail` shows what was sent there, `tellify alert \
                            list` what was found, `tellify style preview` when and where it is told";

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::List { user, address, amount } => {
            let query = [("user", user.as_deref()), ("address", address.as_deref())];
            let nothing = if address.is_some() { NOTHING } else { NOTHING_HERE };
            output.list(&client.list("/api/v1/inbox", &query, amount.most()).await?, COLUMNS, nothing)
        }
        Verb::Show { id } => {
            let digest = client.get(&format!("/api/v1/inbox/{}", step(&id)), &[]).await?;
            if !output.is_table() {
                return output.one(&digest, &[]);
            }
            let text = digest["forms"]["text"].as_str().unwrap_or_default();
            let subject = digest["subject"].as_str().unwrap_or_default();
            output.print(&format!("{subject}\n\n{}\n", text.trim_end()))?;
            for attempt in digest["attempts"].as_array().into_iter().flatten() {
                let [at, result, detail] =
                    ["at", "result", "detail"].map(|key| attempt[key].as_str().unwrap_or_default());
                eprintln!("attempt {} at {at}: {result} {detail}", attempt["number"]);
            }
            Ok(())
        }
    }
}
