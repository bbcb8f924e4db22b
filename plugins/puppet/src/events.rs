//! From a report to events.

use tellify_plugin::{Effect, NewEvent, Severity, Timestamp, Value, cut, json, put, serde_json::Map};

use crate::report::{Change, Log, Report, Resource, Status, Word};

/// The run's own event, and after it those of its resources that failed or were
/// changed back, failed ones first.
pub(crate) fn of(report: &Report, resources_max: usize) -> Vec<NewEvent> {
    let noticed = noticed(report);
    let shown = &noticed[..noticed.len().min(resources_max)];
    let mut events = vec![run(report, &noticed, shown.len())];
    events.extend(shown.iter().map(|noticed| resource(report, noticed)));
    events
}

/// A resource worth an event of its own.
struct Noticed<'r> {
    name: &'r str,
    resource: &'r Resource,
    why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Failed,
    FailedToRestart,
    Corrective,
}

fn noticed(report: &Report) -> Vec<Noticed<'_>> {
    let all = report.resource_statuses.iter().flatten();
    let mut noticed: Vec<_> = all
        .filter_map(|(name, resource)| {
            let why = if resource.failed == Some(true) {
                Why::Failed
            } else if resource.failed_to_restart == Some(true) {
                Why::FailedToRestart
            } else if resource.corrective_change == Some(true) {
                Why::Corrective
            } else {
                return None;
            };
            Some(Noticed { name, resource, why })
        })
        .collect();
    noticed.sort_by_key(|noticed| noticed.why);
    noticed
}

fn run(report: &Report, noticed: &[Noticed<'_>], shown: usize) -> NewEvent {
    let (severity, effect) = match report.status {
        Status::Failed => (Severity::Error, Some(Effect::Negative)),
        Status::Changed if report.corrective_change == Some(true) => {
            (Severity::Notice, Some(Effect::Positive))
        }
        Status::Changed => (Severity::Info, Some(Effect::Positive)),
        Status::Unchanged if report.noop_pending == Some(true) => (Severity::Info, None),
        Status::Unchanged => (Severity::Debug, None),
    };
    let subject = report.environment.as_ref().unwrap_or(&report.host);
    let mut event = NewEvent::new("puppet.report")
        .source(&report.host)
        .subject(subject)
        .severity(severity)
        .text(text(report, noticed))
        .data(run_data(report, noticed, shown));
    event.effect = effect;
    stamped(event, report, report.time.as_deref(), None)
}

fn resource(report: &Report, noticed: &Noticed<'_>) -> NewEvent {
    let Noticed { name, resource, why } = noticed;
    let (severity, effect) = match why {
        Why::Failed | Why::FailedToRestart => (Severity::Error, Effect::Negative),
        Why::Corrective => (Severity::Notice, Effect::Positive),
    };
    let changes = resource.events.iter().flatten();
    let mut data = Map::new();
    put(&mut data, "resource", Some(short(name)));
    put(&mut data, "resource_type", resource.resource_type.as_deref().map(short));
    put(&mut data, "title", resource.title.as_ref().map(Word::to_string).as_deref().map(short));
    put(&mut data, "status", Some(why.as_str()));
    put(&mut data, "environment", report.environment.as_deref());
    put(&mut data, "transaction_uuid", report.transaction_uuid.as_deref());
    put(&mut data, "file", resource.file.as_deref().filter(|file| !file.is_empty()).map(short));
    put(&mut data, "line", resource.line);
    put(&mut data, "changes", Some(changes.take(CHANGES_MAX).map(change).collect::<Vec<_>>()));
    let event = NewEvent::new("puppet.resource")
        .source(&report.host)
        .subject(short(name))
        .severity(severity)
        .effect(effect)
        .text(short(&format!("{name} on {}: {}", report.host, what_happened(report, noticed))))
        .data(Value::Object(data));
    stamped(event, report, resource.time.as_deref().or(report.time.as_deref()), Some(name))
}

/// Sets the time, and the key by which a report that is sent twice is known.
fn stamped(mut event: NewEvent, report: &Report, time: Option<&str>, resource: Option<&str>) -> NewEvent {
    event.time = time.and_then(|time| time.parse::<Timestamp>().ok());
    let run = report.transaction_uuid.as_ref().or(report.time.as_ref());
    event.dedupe_key = run.map(|run| match resource {
        None => format!("{} {run}", report.host),
        Some(resource) => format!("{} {run} {resource}", report.host),
    });
    event
}

fn run_data(report: &Report, noticed: &[Noticed<'_>], shown: usize) -> Value {
    let mut data = Map::new();
    put(&mut data, "host", Some(report.host.as_str()));
    put(&mut data, "status", Some(report.status.as_str()));
    put(&mut data, "environment", report.environment.as_deref());
    put(&mut data, "transaction_uuid", report.transaction_uuid.as_deref());
    put(&mut data, "configuration_version", report.configuration_version.as_ref().map(Word::to_string));
    put(&mut data, "puppet_version", report.puppet_version.as_deref());
    put(&mut data, "report_format", report.report_format);
    put(&mut data, "noop", report.noop);
    put(&mut data, "noop_pending", report.noop_pending);
    put(&mut data, "corrective_change", report.corrective_change);
    put(&mut data, "server", report.server_used.as_deref());
    put(&mut data, "catalog_uuid", report.catalog_uuid.as_deref());
    put(&mut data, "cached_catalog_status", report.cached_catalog_status.as_deref());
    put(&mut data, "code_id", report.code_id.as_ref().map(Word::to_string));
    put(&mut data, "job_id", report.job_id.as_ref().map(Word::to_string));
    put(&mut data, "resources", Some(figures(report, "resources", |count| json!(count as u64))));
    put(&mut data, "changes", report.metric("changes").get("total").map(|count| *count as u64));
    put(&mut data, "events", Some(figures(report, "events", |count| json!(count as u64))));
    put(
        &mut data,
        "seconds",
        Some(figures(report, "time", |seconds| json!((seconds * 1000.0).round() / 1000.0))),
    );
    let named = |why: Why| -> Vec<_> {
        noticed.iter().filter(|n| n.why == why).map(|n| short(n.name)).take(NAMES_MAX).collect()
    };
    put(&mut data, "failed", Some(named(Why::Failed)));
    put(&mut data, "failed_to_restart", Some(named(Why::FailedToRestart)));
    put(&mut data, "corrected", Some(named(Why::Corrective)));
    put(&mut data, "resources_left_out", Some(noticed.len() - shown).filter(|count| *count > 0));
    let (logs, left_out) = troubles(report);
    put(&mut data, "logs", Some(logs.into_iter().map(log).collect::<Vec<_>>()));
    put(&mut data, "logs_left_out", Some(left_out).filter(|count| *count > 0));
    Value::Object(data)
}

/// A metric as an object, with its largest numbers when it has very many.
fn figures(report: &Report, metric: &str, as_json: impl Fn(f64) -> Value) -> Map<String, Value> {
    let mut values: Vec<_> = report.metric(metric).into_iter().collect();
    values.sort_by(|a, b| b.1.total_cmp(&a.1));
    values
        .into_iter()
        .take(FIGURES_MAX)
        .map(|(name, value)| (short(name).to_owned(), as_json(value)))
        .collect()
}

/// The log lines that tell of trouble, the last ones when there are many, and how many
/// more there were.
fn troubles(report: &Report) -> (Vec<&Log>, usize) {
    let quiet = ["debug", "info", "notice"];
    let logs: Vec<_> =
        report.logs.iter().flatten().filter(|log| !quiet.contains(&log.level.as_str())).collect();
    let left_out = logs.len().saturating_sub(LOGS_MAX);
    (logs[left_out..].to_vec(), left_out)
}

fn log(log: &Log) -> Value {
    json!({ "level": log.level, "source": log.source.as_deref().map(short), "message": short(&log.message) })
}

fn change(change: &Change) -> Value {
    let mut data = Map::new();
    put(&mut data, "property", change.property.as_deref());
    put(&mut data, "status", change.status.as_deref());
    put(&mut data, "message", change.message.as_deref().map(short));
    put(&mut data, "previous_value", change.previous_value.as_ref().map(value));
    put(&mut data, "desired_value", change.desired_value.as_ref().map(value));
    put(&mut data, "corrective_change", change.corrective_change);
    Value::Object(data)
}

/// A property's value: scalars as they are, anything else as the text of its JSON.
fn value(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(short(text)),
        Value::Array(_) | Value::Object(_) => json!(short(&value.to_string())),
        scalar => scalar.clone(),
    }
}

/// `Puppet run on web3 failed: 1 of 12 resources failed, 2 changed`, and what failed.
fn text(report: &Report, noticed: &[Noticed<'_>]) -> String {
    let resources = report.metric("resources");
    let count = |name: &str| resources.get(name).map_or(0, |count| *count as u64);
    let failed = count("failed") + count("failed_to_restart");
    let mut facts = Vec::new();
    if failed > 0 {
        facts.push(format!("{failed} of {} resources failed", count("total")));
    }
    if count("changed") > 0 {
        facts.push(format!("{} changed", count("changed")));
    }
    let corrected = noticed.iter().filter(|noticed| noticed.why == Why::Corrective).count();
    if corrected > 0 {
        facts.push(format!("{corrected} of them changed back"));
    }
    let outcome = match (report.status, report.noop_pending) {
        (Status::Failed, _) => "failed",
        (Status::Changed, _) => "made changes",
        (Status::Unchanged, Some(true)) => "would have made changes",
        (Status::Unchanged, _) => "changed nothing",
    };
    let mut lines = vec![format!("Puppet run on {} {outcome}", report.host)];
    if !facts.is_empty() {
        lines[0] = format!("{}: {}", lines[0], facts.join(", "));
    }
    let told = noticed.iter().filter(|noticed| noticed.why != Why::Corrective).take(TOLD_MAX);
    lines.extend(told.map(|noticed| {
        format!("- {}: {}", short(noticed.name), first_line(&what_happened(report, noticed)))
    }));
    // Nothing was even tried when the catalog could not be had: then the log says why.
    if report.status == Status::Failed && lines.len() == 1 {
        let (logs, _) = troubles(report);
        lines.extend(logs.iter().take(TOLD_MAX).map(|log| format!("- {}", first_line(&log.message))));
    }
    lines.join("\n")
}

/// What Puppet said of a resource.
fn what_happened(report: &Report, noticed: &Noticed<'_>) -> String {
    let bad =
        |change: &&Change| noticed.why == Why::Corrective || change.status.as_deref() == Some("failure");
    let messages: Vec<_> = noticed
        .resource
        .events
        .iter()
        .flatten()
        .filter(bad)
        .filter_map(|change| change.message.as_deref())
        .collect();
    if !messages.is_empty() {
        return messages.join("\n");
    }
    // A failed restart has no event of its own, only lines whose source ends in its name.
    let (logs, _) = troubles(report);
    let mut own = logs.iter().filter(|log| log.source.as_deref().is_some_and(|s| s.ends_with(noticed.name)));
    own.next_back().map_or_else(|| noticed.why.words().to_owned(), |log| log.message.clone())
}

fn first_line(text: &str) -> &str {
    short(text.lines().next().unwrap_or_default())
}

/// What fits of a text that somebody else wrote.
fn short(text: &str) -> &str {
    cut(text, TEXT_CHARS_MAX)
}

impl Why {
    fn as_str(self) -> &'static str {
        match self {
            Why::Failed => "failed",
            Why::FailedToRestart => "failed_to_restart",
            Why::Corrective => "corrective",
        }
    }

    /// For people, when Puppet itself said nothing.
    fn words(self) -> &'static str {
        match self {
            Why::Failed => "failed",
            Why::FailedToRestart => "could not be restarted",
            Why::Corrective => "was changed back",
        }
    }
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Status::Failed => "failed",
            Status::Changed => "changed",
            Status::Unchanged => "unchanged",
        }
    }
}

/// Characters of one text: a message with its stack still reads, and an event with all
/// its lists stays far below the limit of an event.
const TEXT_CHARS_MAX: usize = 500;
/// Log lines of a run.
const LOGS_MAX: usize = 20;
/// Changes of a resource.
const CHANGES_MAX: usize = 10;
/// Names in a list of resources.
const NAMES_MAX: usize = 50;
/// Numbers of one metric: `time` has one for each type of resource.
const FIGURES_MAX: usize = 40;
/// Failures that the run's own text tells.
const TOLD_MAX: usize = 10;
