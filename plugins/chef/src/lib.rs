//! `chef`: what Chef sends to a data collector.
//!
//! Nodes report their runs, the Chef server what people change on it, InSpec what it
//! found, and an agent that a node is alive. Each message becomes one event, with one
//! more for each thing in it that somebody may want to hear of by itself.

mod action;
mod compliance;
mod message;
mod run;

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::{Accepted, Ingest, NewEvent, Rejection, Reply, Request, Timestamp, ingest};

use crate::message::Message;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// What a run that changed nothing gives.
    pub(crate) unchanged: Unchanged,
    /// Whether the start of a run gives an event.
    pub(crate) starts: bool,
    /// Whether a sign of life gives an event.
    pub(crate) pings: bool,
    /// Which resources of a run get events of their own.
    pub(crate) resources: Resources,
    /// Events for single resources of one run, at most; the run's own event counts all.
    #[schemars(range(max = 500))]
    pub(crate) resources_max: usize,
    /// Events for single controls of one compliance report, at most.
    #[schemars(range(max = 500))]
    pub(crate) controls_max: usize,
}

#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unchanged {
    /// The run's own event.
    Summary,
    /// No event at all.
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Resources {
    /// Those that failed.
    Failed,
    /// Those that were updated as well.
    Updated,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            unchanged: Unchanged::Summary,
            starts: true,
            pings: true,
            resources: Resources::Failed,
            resources_max: 50,
            controls_max: 50,
        }
    }
}

struct Chef;

impl Ingest for Chef {
    type Config = Config;
    const NAME: &'static str = "chef";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Chef's data collector";
    const DESCRIPTION: &'static str = "Takes what Chef sends to a data collector: runs of nodes with the \
        resources that failed, changes on the Chef server, compliance reports, signs of life.";

    fn summary(config: &Config) -> String {
        let unchanged = match config.unchanged {
            Unchanged::Summary => "runs that changed nothing included",
            Unchanged::Nothing => "runs that changed nothing left out",
        };
        let resources = match config.resources {
            Resources::Failed => "failed",
            Resources::Updated => "failed or updated",
        };
        format!(
            "An event for each Chef run, {unchanged}, and up to {} for its {resources} resources; for each \
             change on the server, and for each compliance report with up to {} failed controls.",
            config.resources_max, config.controls_max
        )
    }

    fn accept(config: &Config, _: Timestamp, request: &Request) -> Result<Accepted, Rejection> {
        // The Chef server asks so whether anybody listens.
        if request.method != "POST" {
            return Err(Rejection::Ignored("the data collector is here".to_owned()));
        }
        let events = events(config, Message::read(request)?)?;
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Ok(Accepted { events, reply: Some(Reply { status: 200, headers, body: b"{}".to_vec() }) })
    }
}

fn events(config: &Config, message: Message) -> Result<Vec<NewEvent>, Rejection> {
    let left_out = |what: &str, node: &str| Err(Rejection::Ignored(format!("{what} of {node} is left out")));
    match message {
        Message::Start(start) if !config.starts => left_out("the start", &start.node_name),
        Message::Start(start) => Ok(vec![run::started(&start)]),
        Message::Run(run) if run.is_idle() && config.unchanged == Unchanged::Nothing => {
            Err(Rejection::Ignored(format!("the run of {} changed nothing", run.node_name)))
        }
        Message::Run(run) => Ok(run::events(&run, config)),
        Message::Action(action) => Ok(vec![action::event(&action)]),
        Message::Compliance(report) => Ok(compliance::events(&report, config.controls_max)),
        Message::Ping(ping) if !config.pings => left_out("the sign of life", &ping.node_name),
        Message::Ping(ping) => Ok(vec![run::alive(&ping)]),
    }
}

ingest!(Chef);
