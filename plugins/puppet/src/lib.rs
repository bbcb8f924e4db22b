//! `puppet`: the reports that Puppet's own `http` report processor sends.
//!
//! One event for a run, and one for each resource that failed or drifted, up to a
//! number. What a report repeats for every healthy resource is left out.

mod events;
mod lean;
mod report;

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::{Accepted, Ingest, Rejection, Request, Timestamp, ingest};

use crate::report::{Report, Status};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Config {
    /// What a run that changed nothing gives.
    unchanged: Unchanged,
    /// Events for single resources of one run, at most; the run's own event counts all.
    #[schemars(range(max = 500))]
    resources_max: usize,
}

#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unchanged {
    /// The run's own event.
    Summary,
    /// No event at all.
    Nothing,
}

impl Default for Config {
    fn default() -> Config {
        Config { unchanged: Unchanged::Summary, resources_max: 50 }
    }
}

struct Puppet;

impl Ingest for Puppet {
    type Config = Config;
    const NAME: &'static str = "puppet";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Puppet reports";
    const DESCRIPTION: &'static str = "Takes the reports of Puppet's `http` report processor: an event for each \
        run, and one for each resource that failed or was changed back.";

    fn summary(config: &Config) -> String {
        let unchanged = match config.unchanged {
            Unchanged::Summary => "runs that changed nothing included",
            Unchanged::Nothing => "runs that changed nothing left out",
        };
        format!(
            "An event for each Puppet run, {unchanged}, and up to {} for its resources.",
            config.resources_max
        )
    }

    fn accept(config: &Config, _: Timestamp, request: &Request) -> Result<Accepted, Rejection> {
        let lean = lean::without_healthy(request.text()?);
        let report = Report::read(&lean).map_err(Rejection::Malformed)?;
        // A trial run that found something to change has something to tell.
        let idle = report.status == Status::Unchanged && report.noop_pending != Some(true);
        if idle && config.unchanged == Unchanged::Nothing {
            return Err(Rejection::Ignored(format!("the run of {} changed nothing", report.host)));
        }
        Ok(Accepted::events(events::of(&report, config.resources_max)))
    }
}

ingest!(Puppet);
