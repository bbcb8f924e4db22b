//! `tellify event`.

mod compose;
mod courier;
mod draft;
mod feed;
mod send;
mod tail;
mod template;

use clap::Subcommand;

use super::Amount;
use super::client::Client;
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Send events: from words, standard input, a file or your editor
    #[command(after_help = send::EXAMPLES)]
    Send(Box<send::Send>),
    /// Send what was kept on this machine while the daemon was away
    #[command(after_help = send::FLUSH_HELP)]
    Flush {
        /// Also what was kept with another token than the present one
        #[arg(long)]
        any_token: bool,
    },
    /// List events, newest first
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Filter language, as one argument; nothing lets everything through
        #[arg(allow_hyphen_values = true, default_value = "", hide_default_value = true)]
        filter: String,
        /// Oldest first
        #[arg(long)]
        oldest: bool,
        #[command(flatten)]
        amount: Amount,
    },
    /// Follow events as they come in, until Ctrl-C
    #[command(after_help = TAIL_EXAMPLES)]
    Tail {
        /// Filter language, as one argument; nothing lets everything through
        #[arg(allow_hyphen_values = true, default_value = "", hide_default_value = true)]
        filter: String,
        /// Go on after this sequence number; 0 for all there are
        #[arg(long, value_name = "SEQ")]
        since: Option<u64>,
    },
}

const LIST_EXAMPLES: &str = "\
Examples:
  tellify event list 'type:deploy* severity>=warning'
  tellify event list 'project:vr0 -status:good \"out of memory\"' --limit 200
  tellify event list --watch=5 'tag:web'
  tellify event list 'type:disk.usage' --all -o ndjson | jq .data.percent";

const TAIL_EXAMPLES: &str = "\
A daemon that restarts is waited for, and nothing in between is left out.

Examples:
  tellify event tail 'severity>=warning'
  tellify event tail --since 0 -o ndjson";

const COLUMNS: &[Column] = &[
    ("seq", "seq"),
    ("time", "time"),
    ("type", "type"),
    ("severity", "severity"),
    ("source", "source"),
    ("subject", "subject"),
    ("text", "text"),
    ("data", "data"),
];

pub(super) async fn run(verb: Verb, client: Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Send(send) => send::run(*send, client, output).await,
        Verb::Flush { any_token } => send::flush(any_token, client, output).await,
        Verb::List { filter, oldest, amount } => {
            let query = [("q", Some(filter.as_str())), ("order", oldest.then_some("oldest"))];
            let nothing = match filter.as_str() {
                "" => "events yet: send one with `tellify event send 'hello'`".to_owned(),
                filter => format!("events match `{filter}`: `tellify event list` shows them all"),
            };
            output.list(&client.list("/api/v1/events", &query, amount.most()).await?, COLUMNS, &nothing)
        }
        Verb::Tail { filter, since } => tail::run(&client, output, &filter, since).await,
    }
}
