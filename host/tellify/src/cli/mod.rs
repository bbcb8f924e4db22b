//! The command-line client: nouns and verbs over the documented API.
//!
//! Data goes to standard output, everything else to standard error, and the exit code
//! says which kind of failure it was.

mod address;
mod alert;
mod client;
mod config;
mod door;
mod event;
mod failure;
mod inbox;
mod output;
mod plugin;
mod style;
mod subscription;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::client::Client;
use self::failure::Failure;
use self::output::{Format, Output};
use crate::serve::ServeArgs;

/// Keeps a log of events, runs your handlers on it, and tells you what they found.
#[derive(Debug, Parser)]
#[command(
    name = "tellify",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every client command takes.
#[derive(Debug, clap::Args)]
struct Common {
    /// Where the daemon is
    #[arg(
        long,
        global = true,
        env = "TELLIFY_URL",
        default_value = "http://127.0.0.1:8355",
        hide_env_values = true
    )]
    url: String,
    /// A file with the token to show [default: $TELLIFY_TOKEN, else the admin-token in $TELLIFY_DATA]
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// How to print
    #[arg(short, long, global = true, value_enum, default_value = "table")]
    output: Format,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon
    Serve(ServeArgs),
    /// Send events, and find them again
    #[command(subcommand)]
    Event(event::Verb),
    /// What was told
    #[command(subcommand)]
    Inbox(inbox::Verb),
    /// Conditions that handlers found
    #[command(subcommand)]
    Alert(alert::Verb),
    /// Who is told of what
    #[command(subcommand)]
    Subscription(subscription::Verb),
    /// How and when somebody is told
    #[command(subcommand)]
    Style(style::Verb),
    /// Where somebody is told
    #[command(subcommand)]
    Address(address::Verb),
    /// Handlers and other plugins
    #[command(subcommand)]
    Plugin(plugin::Verb),
    /// Ways in for other senders
    #[command(subcommand)]
    Door(door::Verb),
    /// People
    #[command(subcommand)]
    User(user::Verb),
    /// Keys to the API
    #[command(subcommand)]
    Token(token::Verb),
    /// The daemon's configuration
    #[command(subcommand)]
    Config(config::Verb),
    /// Print a completion script
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
}

/// Runs what the command line says.
pub fn main() -> ExitCode {
    let Cli { common, command } = Cli::parse();
    match command {
        Command::Serve(args) => crate::serve::serve(args),
        command => match run(common, command) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        },
    }
}

fn run(common: Common, command: Command) -> Result<(), Failure> {
    let output = Output::new(common.output);
    match command {
        Command::Config(verb) => return config::run(verb, &output),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "tellify", &mut std::io::stdout());
            return Ok(());
        }
        Command::Man => {
            return clap_mangen::Man::new(Cli::command())
                .render(&mut std::io::stdout())
                .map_err(Failure::from);
        }
        _ => {}
    }
    let client = Client::new(&common.url, common.token_file.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Event(verb) => event::run(verb, &client, &output).await,
            Command::Inbox(verb) => inbox::run(verb, &client, &output).await,
            Command::Alert(verb) => alert::run(verb, &client, &output).await,
            Command::Subscription(verb) => subscription::run(verb, &client, &output).await,
            Command::Style(verb) => style::run(verb, &client, &output).await,
            Command::Address(verb) => address::run(verb, &client, &output).await,
            Command::Plugin(verb) => plugin::run(verb, &client, &output).await,
            Command::Door(verb) => door::run(verb, &client, &output).await,
            Command::User(verb) => user::run(verb, &client, &output).await,
            Command::Token(verb) => token::run(verb, &client, &output).await,
            Command::Serve(_) | Command::Config(_) | Command::Completions { .. } | Command::Man => Ok(()),
        }
    })
}

/// How much of a list is wanted.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Amount {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// All there are
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl Amount {
    fn most(self) -> usize {
        if self.all { usize::MAX } else { self.limit }
    }
}
