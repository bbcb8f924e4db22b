//! `tellify door`.

use clap::Subcommand;

use super::client::Client;
use super::failure::Failure;
use super::output::Output;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the doors of the daemon's configuration
    List,
}

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::List => {
            let doors = client.whole("/api/v1/doors", &[]).await?;
            let columns = &[("name", "name"), ("plugin", "plugin"), ("paths", "paths"), ("token", "token")];
            output.list(&doors, columns, "doors")
        }
    }
}
