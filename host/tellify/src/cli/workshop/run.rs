//! `tellify plugin run`: a handler over what a daemon has already, with nothing coming of it.

use std::path::PathBuf;
use std::sync::Arc;

use event::{Clock, Event, Name, PluginKind, Seq, Timestamp};
use plugins::{CallError, Config, Plugin};
use schedule::Duration;
use serde_json::{Map, Value, json};
use tokio::task::spawn_blocking;
use workshop::{Counted, DryRun, Made, What};

use super::chosen::{self, Chosen};
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::output::{Column, Output};
use crate::cli::progress::Bar;
use crate::cli::subscription::configuration;
use crate::clock::SystemClock;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Run {
    /// A handler's component, or the folder of a project that was built
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Events of this last while, such as 90m or 2d
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    last: Duration,
    /// Only those that match, as in a subscription
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    filter: String,
    /// The handler's configuration as JSON, or @FILE
    #[arg(long, value_name = "JSON", default_value = "{}")]
    config: String,
}

pub(in crate::cli) const HELP: &str = "\
The handler runs here, with the daemon's limits, over events that the daemon has. It begins with an
empty store, and nothing comes of what it makes: nobody is told, and nothing is stored.

Examples:
  tellify plugin run --last 2d --config '{\"key\":\"job\"}'
  tellify plugin run failures.wasm --filter 'type:job.done' --config @config.json -o ndjson";

const COLUMNS: &[Column] = &[
    ("time", "time"),
    ("event", "event"),
    ("made", "made"),
    ("state", "state"),
    ("severity", "severity"),
    ("key", "key"),
    ("title", "title"),
];

pub(in crate::cli) async fn run(args: &Run, client: &Client, output: &Output) -> Result<(), Failure> {
    let (chosen, config) = (Chosen::read(&args.path)?, configuration(&args.config)?);
    let now = SystemClock.now();
    let begin = now.plus_ms(-args.last.as_ms());
    // What can be said without a daemon is said first.
    let ready = spawn_blocking(move || Ready::of(chosen, config)).await.map_err(Failure::failed)??;
    let events = recent(args, begin, client).await?;
    let played = spawn_blocking(move || ready.play(&events, begin, now)).await;
    let (made, counted) = played.map_err(Failure::failed)??;
    let shown: Vec<Value> = made.iter().map(shown).collect();
    output.list(&shown, COLUMNS, "alerts and events would come of it")?;
    let Counted { events, calls, wakes, failures } = counted;
    output.done(&format!("{events} events, of which {calls} were for it; {wakes} wake-ups"));
    if failures > 0 {
        return Err(Failure::failed(format!(
            "{failures} calls failed, each of which says why{}",
            stacks(&made)
        )));
    }
    Ok(())
}

/// What each call that broke off left.
fn stacks(made: &[Made]) -> String {
    let failed = made.iter().filter_map(|made| match &made.what {
        What::Failed(error) if !error.stack().is_empty() => Some(format!("\n{}", explained(error))),
        _ => None,
    });
    failed.collect()
}

/// The events since then, in the order of their sequence numbers.
async fn recent(args: &Run, begin: Timestamp, client: &Client) -> Result<Vec<Stored>, Failure> {
    let filter = match args.filter.trim() {
        "" => format!("time>={begin}"),
        filter => format!("({filter}) time>={begin}"),
    };
    let query = [("q", Some(filter.as_str())), ("order", Some("oldest"))];
    let bar = Bar::counting("reading events");
    let items =
        client.list_with("/api/v1/events", &query, usize::MAX, |count| bar.at(count as u64, 0, "")).await?;
    let mut events = items.into_iter().map(stored).collect::<Result<Vec<Stored>, Failure>>()?;
    events.sort_by_key(|stored| stored.seq);
    Ok(events)
}

struct Stored {
    seq: Seq,
    received: Timestamp,
    event: Event,
}

/// An event from the form of the API.
fn stored(item: Value) -> Result<Stored, Failure> {
    let Value::Object(mut fields) = item else { return Err(strange("it is no object")) };
    let moment = |fields: &Map<String, Value>, field: &str| {
        let text = fields.get(field).and_then(Value::as_str).unwrap_or_default();
        text.parse::<Timestamp>().map_err(|error| strange(format!("`{field}`: {error}")))
    };
    let (time, received) = (moment(&fields, "time")?, moment(&fields, "received")?);
    let seq = fields.get("seq").and_then(Value::as_u64).ok_or_else(|| strange("it has no `seq`"))?;
    fields.insert("time".to_owned(), time.0.into());
    for own in ["seq", "received"] {
        fields.remove(own);
    }
    let event = serde_json::from_value(fields.into()).map_err(strange)?;
    Ok(Stored { seq: Seq(seq), received, event })
}

fn strange(why: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("the daemon sent an event that does not read: {why}"))
}

/// A handler that takes its configuration.
struct Ready {
    path: PathBuf,
    plugin: Plugin,
    config: Config,
}

impl Ready {
    /// Loads it, which blocks.
    fn of(chosen: Chosen, config: Value) -> Result<Ready, Failure> {
        let Chosen { path, component, .. } = chosen;
        let unusable = |why: String| Failure::failed(format!("{}: {why}", path.display()));
        let plugin =
            chosen::host()?.load(Arc::from(component)).map_err(|error| unusable(error.to_string()))?;
        let kind = plugin.kind();
        if kind != PluginKind::Handler {
            let advice = match kind {
                PluginKind::Monitor => "`tellify monitor run` runs it",
                _ => "`tellify plugin test` runs its cases",
            };
            return Err(unusable(format!(
                "this is a plugin of the kind {kind}, and events are for handlers: {advice}"
            )));
        }
        let owner = Name::new("local").map_err(Failure::failed)?;
        taken(&plugin, &owner, &config)?;
        let config = Config { id: "local".to_owned(), revision: 1, owner, data: config };
        Ok(Ready { path, plugin, config })
    }

    /// Calls it for each event and wake-up, which blocks.
    fn play(
        self,
        events: &[Stored],
        begin: Timestamp,
        now: Timestamp,
    ) -> Result<(Vec<Made>, Counted), Failure> {
        let mut run = DryRun::new(&self.plugin, self.config, begin)
            .map_err(|error| Failure::failed(format!("{}: {}", self.path.display(), explained(&error))))?;
        let bar = Bar::counting("playing events");
        let mut made = Vec::new();
        for (i, stored) in events.iter().enumerate() {
            bar.at(i as u64, events.len() as u64, "");
            made.extend(run.event(stored.seq, stored.received, &stored.event));
        }
        made.extend(run.until(now));
        Ok((made, run.counted()))
    }
}

fn taken(plugin: &Plugin, owner: &Name, config: &Value) -> Result<(), Failure> {
    let problems = plugin.validate(owner, config).map_err(|error| Failure::failed(explained(&error)))?;
    if problems.is_empty() {
        return Ok(());
    }
    let lines: String = problems.iter().map(|p| format!("\n  {}: {}", p.pointer, p.message)).collect();
    Err(Failure::failed(format!(
        "the handler does not take this configuration:{}",
        lines.replace("\n  : ", "\n  ")
    )))
}

/// With the guest's own words and stack.
fn explained(error: &CallError) -> String {
    let stack = error.stack().lines().map(|line| format!("\n  {line}"));
    format!("{error}{}", stack.collect::<String>())
}

fn shown(made: &Made) -> Value {
    let mut shown = match &made.what {
        What::Alert(alert) => json!({
            "made": "alert", "state": alert.state, "severity": alert.severity, "key": alert.key,
            "title": alert.title, "data": alert.data,
        }),
        What::Event(event) => json!({
            "made": "event", "type": event.kind, "severity": event.severity, "subject": event.subject,
            "key": event.subject, "title": format!("{} {}", event.kind, event.text), "text": event.text, "data": event.data,
        }),
        What::Failed(error) => json!({
            "made": "failure", "title": error.to_string(), "message": error.to_string(), "stack": error.stack(),
        }),
    };
    shown["time"] = made.at.to_string().into();
    shown["event"] = made.event.map(|seq| seq.0).into();
    shown
}
