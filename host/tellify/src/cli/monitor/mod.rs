//! `tellify monitor`.

mod file;
mod outside;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;
use event::{Clock, Name, PluginKind, UrlPattern};
use plugins::{
    CallError, Called, Config, InterfaceVersion, Logs, MonitorStatus, MonitorValue, Plugin, Report,
    StateRead, StateUnreadable,
};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use self::file::Chosen;
use self::outside::Local;
use super::client::Client;
use super::failure::Failure;
use super::output::{Column, Output};
use super::workshop::chosen;
use crate::clock::SystemClock;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run a monitor once, here, and show what it saw
    #[command(after_help = RUN_HELP)]
    Run(Run),
}

#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// A monitor's component, or a TOML file that names one
    file: PathBuf,
    /// Its configuration as JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    config: Option<String>,
    /// Lets it reach these URLs; may be repeated
    #[arg(long, value_name = "PATTERN")]
    allow_http: Vec<UrlPattern>,
    /// Gives it a secret, as NAME=@FILE; may be repeated
    #[arg(long, value_name = "NAME=@FILE")]
    secret: Vec<String>,
    /// Lets it ask a source of the daemon; may be repeated
    #[arg(long, value_name = "NAME")]
    source: Vec<Name>,
}

const RUN_HELP: &str = "\
The component runs here, with the daemon's limits, and reaches nothing that is not named.
It begins with an empty state. Exit code 0: OK; 1: ALARM or ERROR, and a line that says which.

A TOML file holds `component`, a path beside it, and a table `config`.

Examples:
  tellify monitor run page.wasm --config '{\"url\":\"https://example.org/\"}' --allow-http 'https://example.org/*'
  tellify monitor run page.toml --secret api-token=@token.txt
  tellify monitor run load.toml --source metrics -o json";

const FIELDS: &[Column] = &[
    ("status", "status"),
    ("message", "message"),
    ("value", "value"),
    ("details", "details"),
    ("events", "events"),
    ("would keep", "state"),
    ("log", "log"),
    ("CPU ms", "cost.cpu_ms"),
    ("ms in all", "cost.wall_ms"),
    ("memory bytes", "cost.memory_bytes"),
    ("host calls", "cost.host_calls"),
];

pub(super) async fn run(verb: Verb, client: Client, output: &Output) -> Result<(), Failure> {
    let Verb::Run(Run { file, config, allow_http, secret, source }) = verb;
    let chosen = Chosen::read(&file, config.as_deref())?;
    let outside = Local::new(allow_http, &secret, &source, client).await?;
    let runtime = Handle::current();
    let called = tokio::task::spawn_blocking(move || look(chosen, outside, runtime)).await;
    let called = called.map_err(Failure::failed)??;
    let (seen, verdict) = told(called);
    output.one(&seen, FIELDS)?;
    verdict
}

/// Loads the monitor and calls it: both block.
fn look(chosen: Chosen, outside: Local, runtime: Handle) -> Result<Called<Report>, Failure> {
    let Chosen { component, config, path } = chosen;
    let unusable = |why: String| Failure::failed(format!("{}: {why}", path.display()));
    let host = chosen::host()?;
    let plugin = host.load(component.into()).map_err(|error| unusable(error.to_string()))?;
    if plugin.kind() != PluginKind::Monitor {
        let kind = plugin.kind();
        return Err(unusable(format!(
            "this is a plugin of the kind {kind}, and `monitor run` runs a monitor"
        )));
    }
    note_old(&plugin);
    let owner = Name::new("local").map_err(Failure::failed)?;
    check_config(&plugin, &owner, &config)?;
    let config = Config { id: "local".to_owned(), revision: 1, owner, data: config };
    let now = SystemClock.now();
    Ok(plugin.check(&config, now, Arc::new(Empty), Arc::new(outside.on(runtime))))
}

fn note_old(plugin: &Plugin) {
    let version = plugin.interface_version();
    if version != InterfaceVersion::LATEST {
        eprintln!(
            "it is made for version {version} of the plugin interface; {} is the latest",
            InterfaceVersion::LATEST
        );
    }
}

fn check_config(plugin: &Plugin, owner: &Name, config: &Value) -> Result<(), Failure> {
    let problems = plugin.validate(owner, config).map_err(Failure::failed)?;
    if problems.is_empty() {
        return Ok(());
    }
    let lines = problems.iter().map(|problem| match problem.pointer.as_str() {
        "" => format!("\n  {}", problem.message),
        pointer => format!("\n  {pointer}: {}", problem.message),
    });
    Err(Failure::failed(format!(
        "the monitor does not take this configuration:{}",
        lines.collect::<String>()
    )))
}

/// What is shown of a run, and how the command ends.
fn told(called: Called<Report>) -> (Value, Result<(), Failure>) {
    let Called { answer, logs, cost, .. } = called;
    let cost = json!({
        "cpu_ms": cost.cpu.as_secs_f64() * 1e3,
        "wall_ms": cost.wall.as_secs_f64() * 1e3,
        "memory_bytes": cost.memory_bytes,
        "host_calls": cost.host_calls,
    });
    let mut seen = match &answer {
        Ok(report) => reported(report),
        Err(error) => json!({ "status": "error", "message": error.to_string(), "stack": error.stack() }),
    };
    // A call that was ended from outside has its log in its stack.
    seen["log"] = lines(&logs).into();
    seen["cost"] = cost;
    let verdict = match answer {
        Ok(Report { status: MonitorStatus::Ok, .. }) => Ok(()),
        Ok(report) => Err(Failure::failed(format!("ALARM: {}", report.message))),
        Err(error) => Err(Failure::failed(format!("ERROR: {error}{}", stack(&error)))),
    };
    (seen, verdict)
}

fn stack(error: &CallError) -> String {
    error.stack().lines().map(|line| format!("\n  {line}")).collect()
}

fn reported(report: &Report) -> Value {
    let events = report.events.iter().map(|event| {
        json!({
            "type": event.kind,
            "source": event.source,
            "subject": event.subject,
            "time": event.time.map(|time| time.to_string()),
            "severity": event.severity,
            "tags": event.tags,
            "text": event.text,
            "data": event.data,
        })
    });
    let kept = report.writes.iter().map(|write| {
        let value = write.value.as_deref();
        let value = value.map(|bytes| {
            serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
        });
        (write.key.clone(), value.unwrap_or(Value::Null))
    });
    json!({
        "status": match report.status {
            MonitorStatus::Ok => "ok",
            MonitorStatus::Alarm => "alarm",
        },
        "message": report.message,
        "value": match &report.value {
            MonitorValue::None => Value::Null,
            MonitorValue::Number(number) => json!(number),
            MonitorValue::Text(text) => json!(text),
        },
        "details": report.details,
        "events": events.collect::<Vec<Value>>(),
        "state": kept.collect::<serde_json::Map<String, Value>>(),
    })
}

fn lines(logs: &Logs) -> Vec<String> {
    logs.to_string().lines().map(str::to_owned).collect()
}

/// Nothing was ever kept.
struct Empty;

impl StateRead for Empty {
    fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        Ok(None)
    }

    fn keys(&self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<String>, StateUnreadable> {
        Ok(Vec::new())
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        Ok(0)
    }
}
