//! Runs of the client on a node: started, ended, and a node that only lives.

use tellify_plugin::{Effect, NewEvent, Severity, Timestamp, Value, cut, json, put, serde_json::Map};

use crate::message::{Deprecation, Ping, Resource, Run, Start, Status};
use crate::{Config, Resources};

impl Run {
    /// It changed nothing, and nothing failed.
    pub(crate) fn is_idle(&self) -> bool {
        self.status == Status::Success && self.updated() == 0
    }

    fn resources(&self) -> &[Resource] {
        self.resources.as_deref().unwrap_or_default()
    }

    fn with(&self, status: &str) -> impl Iterator<Item = &Resource> {
        self.resources().iter().filter(move |resource| resource.status == status)
    }

    fn updated(&self) -> u64 {
        self.updated_resource_count.unwrap_or_else(|| self.with("updated").count() as u64)
    }

    fn total(&self) -> u64 {
        self.total_resource_count.unwrap_or(self.resources().len() as u64)
    }
}

pub(crate) fn started(start: &Start) -> NewEvent {
    let mut data = Map::new();
    put(&mut data, "run_id", start.run_id.as_deref());
    put(&mut data, "organization", start.organization_name.as_deref());
    put(&mut data, "chef_server", start.chef_server_fqdn.as_deref());
    put(&mut data, "client", start.source.as_deref());
    let event = NewEvent::new("chef.start")
        .severity(Severity::Debug)
        .text(format!("Chef run on {} started", start.node_name))
        .data(Value::Object(data));
    of_node(event, &start.node_name, start.start_time.as_deref(), start.run_id.as_deref(), "start")
}

pub(crate) fn alive(ping: &Ping) -> NewEvent {
    let mut data = Map::new();
    put(&mut data, "organization", ping.organization_name.as_deref());
    put(&mut data, "chef_server", ping.chef_server_fqdn.as_deref());
    let event = NewEvent::new("chef.ping")
        .severity(Severity::Debug)
        .text(format!("{} is alive", ping.node_name))
        .data(Value::Object(data));
    let time = ping.timestamp.as_deref();
    of_node(event, &ping.node_name, time, time, "ping")
}

/// The run's own event, and after it those of its resources, failed ones first.
pub(crate) fn events(run: &Run, config: &Config) -> Vec<NewEvent> {
    let updated = run.with("updated").filter(|_| config.resources == Resources::Updated);
    let noticed: Vec<&Resource> = run.with("failed").chain(updated).collect();
    let shown = &noticed[..noticed.len().min(config.resources_max)];
    let mut events = vec![ended(run, noticed.len() - shown.len())];
    events.extend(shown.iter().map(|resource| of_resource(run, resource)));
    events
}

fn ended(run: &Run, left_out: usize) -> NewEvent {
    let (severity, effect) = match run.status {
        Status::Failure => (Severity::Error, Some(Effect::Negative)),
        Status::Success if run.updated() > 0 => (Severity::Info, Some(Effect::Positive)),
        Status::Success => (Severity::Debug, None),
    };
    let mut event =
        NewEvent::new("chef.run").severity(severity).text(text(run)).data(run_data(run, left_out));
    event.effect = effect;
    of_node(event, &run.node_name, run.end_time.as_deref(), run.run_id.as_deref(), "end")
}

fn run_data(run: &Run, left_out: usize) -> Value {
    let mut data = Map::new();
    put(&mut data, "node", Some(run.node_name.as_str()));
    put(&mut data, "status", Some(if run.status == Status::Failure { "failure" } else { "success" }));
    put(&mut data, "run_id", run.run_id.as_deref());
    put(&mut data, "organization", run.organization_name.as_deref());
    put(&mut data, "chef_server", run.chef_server_fqdn.as_deref());
    put(&mut data, "client", run.source.as_deref());
    put(&mut data, "environment", run.node.as_ref().and_then(|node| node.chef_environment.as_deref()));
    put(&mut data, "policy_name", run.policy_name.as_deref());
    put(&mut data, "policy_group", run.policy_group.as_deref());
    let run_list = run.run_list.iter().flatten().take(NAMES_MAX).map(|item| short(item));
    put(&mut data, "run_list", Some(run_list.collect::<Vec<_>>()));
    put(&mut data, "resources", Some(counts(run)));
    put(&mut data, "seconds", seconds(run));
    let names = |status| run.with(status).take(NAMES_MAX).map(name).collect::<Vec<_>>();
    put(&mut data, "failed", Some(names("failed")));
    put(&mut data, "updated", Some(names("updated")));
    put(&mut data, "resources_left_out", Some(left_out).filter(|count| *count > 0));
    if let Some(error) = &run.error {
        put(&mut data, "error_class", error.class.as_deref());
        put(&mut data, "error", error.message.as_deref().map(short));
    }
    let deprecations: Vec<&str> = run.deprecations.iter().flatten().map(Deprecation::message).collect();
    let more = deprecations.len().saturating_sub(DEPRECATIONS_MAX);
    let shown = deprecations.iter().take(DEPRECATIONS_MAX).map(|message| short(message));
    put(&mut data, "deprecations", Some(shown.collect::<Vec<_>>()));
    put(&mut data, "deprecations_left_out", Some(more).filter(|count| *count > 0));
    Value::Object(data)
}

fn counts(run: &Run) -> Value {
    let count = |status| run.with(status).count();
    json!({
        "total": run.total(), "updated": run.updated(), "failed": count("failed"),
        "skipped": count("skipped"), "unprocessed": count("unprocessed"),
    })
}

fn seconds(run: &Run) -> Option<f64> {
    let time = |text: &Option<String>| text.as_deref()?.parse::<Timestamp>().ok();
    Some(time(&run.end_time)?.since(time(&run.start_time)?) as f64 / 1000.0)
}

fn of_resource(run: &Run, resource: &Resource) -> NewEvent {
    let failed = resource.status == "failed";
    let ignored = !matches!(&resource.ignore_failure, None | Some(Value::Null | Value::Bool(false)));
    let (severity, effect) = match (failed, ignored) {
        (true, false) => (Severity::Error, Effect::Negative),
        (true, true) => (Severity::Warning, Effect::Negative),
        (false, _) => (Severity::Info, Effect::Positive),
    };
    let mut data = Map::new();
    put(&mut data, "node", Some(run.node_name.as_str()));
    put(&mut data, "resource", Some(name(resource)));
    put(&mut data, "resource_type", Some(short(&resource.kind)));
    put(&mut data, "status", Some(resource.status.as_str()));
    put(&mut data, "action", resource.result.as_deref());
    put(&mut data, "cookbook", resource.cookbook_name.as_deref());
    put(&mut data, "cookbook_version", resource.cookbook_version.as_deref());
    put(&mut data, "recipe", resource.recipe_name.as_deref());
    put(&mut data, "error_class", resource.error.as_ref().and_then(|error| error.class.as_deref()));
    put(&mut data, "error", failed.then(|| why(resource)).flatten().map(short));
    let ms = resource.duration.as_deref().and_then(|ms| ms.parse::<f64>().ok());
    put(&mut data, "seconds", ms.map(|ms| ms / 1000.0));
    let delta = resource.delta.as_deref().filter(|delta| !delta.is_empty());
    put(&mut data, "delta", delta.map(|delta| cut(delta, DELTA_CHARS_MAX)));
    put(&mut data, "environment", run.node.as_ref().and_then(|node| node.chef_environment.as_deref()));
    put(&mut data, "run_id", run.run_id.as_deref());
    let done = resource.result.as_deref().unwrap_or(&resource.status);
    let what = if failed { why(resource).unwrap_or("failed") } else { done };
    let event = NewEvent::new("chef.resource")
        .severity(severity)
        .effect(effect)
        .text(short(&format!("{} on {}: {what}", name(resource), run.node_name)))
        .data(Value::Object(data));
    // One resource may act more than once in a run.
    let key = format!("{} {done}", name(resource));
    of_node(event, &run.node_name, run.end_time.as_deref(), run.run_id.as_deref(), &key)
}

/// `Chef run on web3 failed: 1 of 12 resources failed, 2 updated`, and what failed.
fn text(run: &Run) -> String {
    let failed = run.with("failed").count();
    let mut facts = Vec::new();
    if failed > 0 {
        facts.push(format!("{failed} of {} resources failed", run.total()));
    }
    if run.updated() > 0 {
        facts.push(format!("{} updated", run.updated()));
    }
    let outcome = match run.status {
        Status::Failure => "failed",
        Status::Success if run.updated() > 0 => "made changes",
        Status::Success => "changed nothing",
    };
    let mut lines = vec![format!("Chef run on {} {outcome}", run.node_name)];
    if !facts.is_empty() {
        lines[0] = format!("{}: {}", lines[0], facts.join(", "));
    }
    let told = run.with("failed").take(TOLD_MAX);
    lines.extend(
        told.map(|resource| {
            format!("- {}: {}", name(resource), first_line(why(resource).unwrap_or("failed")))
        }),
    );
    // Without a failed resource the run broke off before it came to any.
    let error = run.error.as_ref().and_then(|error| error.message.as_deref()).filter(|_| failed == 0);
    lines.extend(error.map(|message| format!("- {}", first_line(message))));
    lines.join("\n")
}

/// What a node says of itself, at a time, once for each run and `part` of it.
fn of_node(event: NewEvent, node: &str, time: Option<&str>, run: Option<&str>, part: &str) -> NewEvent {
    let mut event = event.source(node).subject(node);
    event.time = time.and_then(|time| time.parse().ok());
    event.dedupe_key = run.or(time).map(|run| format!("{node} {run} {part}"));
    event
}

fn why(resource: &Resource) -> Option<&str> {
    let error = resource.error.as_ref().and_then(|error| error.message.as_deref());
    resource.error_message.as_deref().or(error)
}

/// As Chef itself writes it: `file[/etc/motd]`.
fn name(resource: &Resource) -> String {
    short(&format!("{}[{}]", resource.kind, resource.name)).to_owned()
}

pub(crate) fn first_line(text: &str) -> &str {
    short(text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default())
}

/// What fits of a text that somebody else wrote.
pub(crate) fn short(text: &str) -> &str {
    cut(text, TEXT_CHARS_MAX)
}

impl Deprecation {
    fn message(&self) -> &str {
        match self {
            Deprecation::Object { message } | Deprecation::Text(message) => message,
        }
    }
}

/// Characters of one text: a message with its stack still reads, and an event with all
/// its lists stays far below the limit of an event.
const TEXT_CHARS_MAX: usize = 500;
/// Characters of the difference that a resource made to a file.
const DELTA_CHARS_MAX: usize = 4_000;
/// Names in a list of resources.
const NAMES_MAX: usize = 50;
/// Warnings of features that will go.
const DEPRECATIONS_MAX: usize = 20;
/// Failures that the text of an event tells.
pub(crate) const TOLD_MAX: usize = 10;
