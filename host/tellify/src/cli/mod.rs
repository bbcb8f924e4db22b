//! The command-line client: nouns and verbs over the documented API.
//!
//! Data goes to standard output, everything else to standard error, and the exit code
//! says which kind of failure it was.

mod address;
mod alert;
mod backup;
mod cell;
mod client;
pub(crate) mod compile;
mod config;
mod credential;
mod door;
mod event;
mod failure;
mod inbox;
mod leaving;
mod look;
mod manual;
mod meant;
mod monitor;
mod output;
mod plugin;
mod progress;
mod secret;
mod source;
mod spool;
mod status;
mod style;
mod subscription;
mod table;
mod token;
mod user;
mod verify;
mod watch;
mod workshop;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use self::client::Client;
use self::credential::Credential;
use self::failure::Failure;
use self::look::Colour;
use self::output::{Format, Output};
use crate::serve::ServeArgs;

/// Keeps a log of events, runs your handlers on it, and tells you what they found.
#[derive(Debug, Parser)]
#[command(
    name = "tellify",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = EXAMPLES
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
    /// Where the daemon is [default: $TELLIFY_URL, else http://127.0.0.1:8355]
    // Read here and not by clap, which shows options that a variable sets as if they were required.
    #[arg(long, global = true, help_heading = COMMON)]
    url: Option<String>,
    /// A file with the token to show [default: $TELLIFY_TOKEN, else the admin-token in $TELLIFY_DATA]
    #[arg(long, global = true, value_name = "FILE", help_heading = COMMON)]
    token_file: Option<PathBuf>,
    /// How to print
    #[arg(short, long, global = true, value_enum, default_value = "table", help_heading = COMMON)]
    output: Format,
    /// Whether to use colours
    #[arg(long = "color", global = true, value_enum, default_value = "auto", value_name = "WHEN", help_heading = COMMON)]
    colour: Colour,
}

/// Where the help of each command lists these.
const COMMON: &str = "Options of every command";

impl Common {
    fn url(&self) -> String {
        let told = || std::env::var("TELLIFY_URL").ok().filter(|url| !url.is_empty());
        self.url.clone().or_else(told).unwrap_or_else(|| "http://127.0.0.1:8355".to_owned())
    }
}

const EXAMPLES: &str = "\
Examples:
  tellify serve                                  run the daemon
  tellify event send 'shop is now at commit=e8e5e4'
  tellify event list 'type:deploy* severity>=warning'
  tellify inbox list --user alice --watch
  tellify event send --help                      more about one command
  tellify man event send                         the same as a page";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon
    Serve(ServeArgs),
    /// Say whether the daemon is alive and serves
    Status,
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
    /// Scheduled looks at the outside world
    #[command(subcommand)]
    Monitor(monitor::Verb),
    /// What plugins may use and nobody may see
    #[command(subcommand)]
    Secret(secret::Verb),
    /// Ways in for other senders
    #[command(subcommand)]
    Door(door::Verb),
    /// Connections that monitors may query
    #[command(subcommand)]
    Source(source::Verb),
    /// People
    #[command(subcommand)]
    User(user::Verb),
    /// Keys to the API
    #[command(subcommand)]
    Token(token::Verb),
    /// The daemon's configuration
    #[command(subcommand)]
    Config(config::Verb),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Verify(verify::Verify),
    /// Compile a component, for the daemon
    #[command(hide = true)]
    CompilePlugin(compile::Compile),
    /// Print a completion script for a shell
    #[command(after_help = manual::COMPLETIONS_HELP)]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of a command, or write all of them
    #[command(after_help = manual::MAN_HELP)]
    Man(manual::Pages),
}

/// The whole command line, as it is parsed, completed and described.
fn command() -> clap::Command {
    watch::offered(Cli::command())
}

/// Runs what the command line says.
pub fn main() -> ExitCode {
    let matches = command().get_matches_from(watch::joined(std::env::args_os()));
    let Cli { common, command } = parsed(&matches);
    match command {
        Command::Serve(args) => crate::serve::serve(args),
        Command::CompilePlugin(args) => compile::run(&args),
        command => match run(common, command, &matches) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        },
    }
}

fn parsed(matches: &ArgMatches) -> Cli {
    Cli::from_arg_matches(matches).unwrap_or_else(|error| error.exit())
}

fn run(common: Common, command: Command, matches: &ArgMatches) -> Result<(), Failure> {
    let output = Output::new(common.output, common.colour);
    match command {
        Command::Config(verb) => return config::run(verb, &output),
        Command::Restore(args) => return backup::restore(&args, &output),
        Command::Backup(mut args) if args.data.is_some() => {
            let data = args.data.take().unwrap_or_default();
            return backup::backup_folder(args, &data, &output);
        }
        Command::Completions { shell } => return manual::completions(shell, &output),
        Command::Man(pages) => return manual::print(&pages, &output),
        Command::Plugin(plugin::Verb::Workshop(verb)) => return workshop::run(verb, &output),
        _ => {}
    }
    let url = common.url();
    let client = || Client::new(&url, Credential::find(common.token_file.as_deref(), &url)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        match watch::interval(matches) {
            None => dispatch(command, client()?, &output).await,
            Some(every) => {
                let list = async || dispatch(parsed(matches).command, client()?, &output).await;
                watch::run(every, &output, list).await
            }
        }
    });
    // A thread that still waits for input need not be waited for.
    runtime.shutdown_background();
    done
}

async fn dispatch(command: Command, client: Client, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Status => status::run(&client, output).await,
        Command::Event(verb) => event::run(verb, client, output).await,
        Command::Inbox(verb) => inbox::run(verb, &client, output).await,
        Command::Alert(verb) => alert::run(verb, &client, output).await,
        Command::Subscription(verb) => subscription::run(verb, &client, output).await,
        Command::Style(verb) => style::run(verb, &client, output).await,
        Command::Address(verb) => address::run(verb, &client, output).await,
        Command::Plugin(verb) => plugin::run(verb, &client, output).await,
        Command::Monitor(verb) => monitor::run(verb, client, output).await,
        Command::Door(verb) => door::run(verb, &client, output).await,
        Command::Source(verb) => source::run(verb, &client, output).await,
        Command::Secret(verb) => secret::run(verb, &client, output).await,
        Command::User(verb) => user::run(verb, &client, output).await,
        Command::Token(verb) => token::run(verb, &client, output).await,
        Command::Backup(args) => backup::backup(args, &client, output).await,
        Command::Verify(args) => verify::run(args, &client, output).await,
        Command::Serve(_)
        | Command::CompilePlugin(_)
        | Command::Config(_)
        | Command::Restore(_)
        | Command::Completions { .. }
        | Command::Man(_) => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use clap::Command;

    /// What a command takes without a word of what it is.
    fn unexplained(command: &Command, path: &str, found: &mut Vec<String>) {
        let silent = command.get_arguments().filter(|argument| argument.get_help().is_none());
        found.extend(silent.map(|argument| format!("{path} {}", argument.get_id())));
        for inner in command.get_subcommands() {
            unexplained(inner, &format!("{path} {}", inner.get_name()), found);
        }
    }

    #[test]
    fn all_that_a_command_takes_is_explained() {
        let mut found = Vec::new();
        unexplained(&super::command(), "tellify", &mut found);
        assert!(found.is_empty(), "no help on:\n{}", found.join("\n"));
    }
}
