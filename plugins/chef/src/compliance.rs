//! What InSpec found on a node.

use tellify_plugin::{Effect, NewEvent, Severity, Value, json, put, serde_json::Map};

use crate::message::{Control, Profile, Report};
use crate::run::{TOLD_MAX, first_line, short};

/// The report's own event, and after it those of its failed controls, the gravest first.
pub(crate) fn events(report: &Report, controls_max: usize) -> Vec<NewEvent> {
    let found = Found::of(report);
    let shown = &found.failed[..found.failed.len().min(controls_max)];
    let mut events = vec![whole(report, &found, found.failed.len() - shown.len())];
    events.extend(shown.iter().map(|(profile, control)| one(report, profile, control)));
    events
}

/// The controls by what came of them. One that a waiver excuses is neither good nor bad.
#[derive(Default)]
struct Found<'r> {
    failed: Vec<(&'r Profile, &'r Control)>,
    passed: usize,
    skipped: usize,
    waived: usize,
    /// Profiles that could not be run at all.
    broken: Vec<&'r Profile>,
}

impl<'r> Found<'r> {
    fn of(report: &'r Report) -> Found<'r> {
        let mut found = Found::default();
        for profile in &report.profiles {
            if profile.status.as_deref() == Some("failed") {
                found.broken.push(profile);
            }
            for control in &profile.controls {
                match control.verdict() {
                    Verdict::Failed => found.failed.push((profile, control)),
                    Verdict::Passed => found.passed += 1,
                    Verdict::Skipped => found.skipped += 1,
                    Verdict::Waived => found.waived += 1,
                }
            }
        }
        found.failed.sort_by(|(_, a), (_, b)| b.weight().total_cmp(&a.weight()));
        found
    }

    fn total(&self) -> usize {
        self.failed.len() + self.passed + self.skipped + self.waived
    }

    fn severity(&self) -> Severity {
        let worst = self.failed.first().map(|(_, control)| control.severity());
        let broken = (!self.broken.is_empty()).then_some(Severity::Error);
        worst.max(broken).unwrap_or(Severity::Debug)
    }
}

enum Verdict {
    Failed,
    Passed,
    Skipped,
    Waived,
}

impl Control {
    fn verdict(&self) -> Verdict {
        let any = |status| self.results.iter().flatten().any(|result| result.status == status);
        match (self.is_waived(), any("failed"), any("skipped")) {
            (true, ..) => Verdict::Waived,
            (false, true, _) => Verdict::Failed,
            (false, false, true) => Verdict::Skipped,
            (false, false, false) => Verdict::Passed,
        }
    }

    /// A waiver that has run out says so in a message.
    fn is_waived(&self) -> bool {
        self.waiver_data.as_ref().is_some_and(|waiver| {
            let message = waiver.get("message").and_then(Value::as_str).unwrap_or_default();
            !waiver.is_empty() && message.is_empty()
        })
    }

    /// InSpec's own default lies in the middle.
    fn weight(&self) -> f64 {
        self.impact.unwrap_or(0.5)
    }

    /// By the bounds at which Chef itself speaks of minor, major and critical.
    fn severity(&self) -> Severity {
        match self.weight() {
            weight if weight >= 0.7 => Severity::Error,
            weight if weight >= 0.4 => Severity::Warning,
            _ => Severity::Notice,
        }
    }

    /// What of it failed, a line for each.
    fn failures(&self) -> Vec<String> {
        let failed = self.results.iter().flatten().filter(|result| result.status == "failed");
        let told = failed.map(|result| match (result.code_desc.as_deref(), result.message.as_deref()) {
            (Some(what), Some(why)) => format!("{}: {}", first_line(what), short(why.trim())),
            (Some(text), None) | (None, Some(text)) => short(text).to_owned(),
            (None, None) => "failed".to_owned(),
        });
        told.take(TOLD_MAX).collect()
    }
}

fn whole(report: &Report, found: &Found<'_>, left_out: usize) -> NewEvent {
    let mut data = context(report);
    put(&mut data, "inspec_version", report.version.as_deref());
    put(&mut data, "seconds", report.statistics.as_ref().and_then(|statistics| statistics.duration));
    put(
        &mut data,
        "controls",
        Some(json!({
            "total": found.total(), "passed": found.passed, "failed": found.failed.len(),
            "skipped": found.skipped, "waived": found.waived,
        })),
    );
    let names = found.failed.iter().take(NAMES_MAX).map(|(_, control)| short(&control.id));
    put(&mut data, "failed", Some(names.collect::<Vec<_>>()));
    put(&mut data, "controls_left_out", Some(left_out).filter(|count| *count > 0));
    let profiles = report.profiles.iter().take(NAMES_MAX).map(profile);
    put(&mut data, "profiles", Some(profiles.collect::<Vec<_>>()));
    let mut event = NewEvent::new("chef.compliance").severity(found.severity()).text(text(report, found));
    event.effect = (!found.failed.is_empty() || !found.broken.is_empty()).then_some(Effect::Negative);
    stamped(event.data(Value::Object(data)), report, "report")
}

fn profile(profile: &Profile) -> Value {
    let mut data = Map::new();
    put(&mut data, "name", Some(short(&profile.name)));
    put(&mut data, "version", profile.version.as_deref());
    put(&mut data, "status", profile.status.as_deref());
    put(&mut data, "message", profile.status_message.as_deref().map(short));
    Value::Object(data)
}

fn one(report: &Report, profile: &Profile, control: &Control) -> NewEvent {
    let mut data = context(report);
    put(&mut data, "control", Some(short(&control.id)));
    put(&mut data, "title", control.title.as_deref().map(short));
    put(&mut data, "impact", control.impact);
    put(&mut data, "profile", Some(short(&profile.name)));
    put(&mut data, "profile_version", profile.version.as_deref());
    let failures = control.failures();
    let first = failures.first().map_or("failed", |failure| first_line(failure));
    let title = control.title.as_deref().unwrap_or(&control.id);
    let text = format!("{} on {}: {first}", first_line(title), report.node_name);
    put(&mut data, "failures", Some(failures));
    let event = NewEvent::new("chef.control")
        .severity(control.severity())
        .effect(Effect::Negative)
        .text(short(&text))
        .data(Value::Object(data));
    stamped(event, report, &format!("{}/{}", profile.name, control.id))
}

/// What both kinds of event tell of the report.
fn context(report: &Report) -> Map<String, Value> {
    let mut data = Map::new();
    put(&mut data, "node", Some(report.node_name.as_str()));
    put(&mut data, "environment", report.environment.as_deref());
    put(&mut data, "report_uuid", report.report_uuid.as_deref());
    let platform = report.platform.as_ref();
    put(&mut data, "platform", platform.and_then(|platform| platform.name.as_deref()));
    put(&mut data, "platform_release", platform.and_then(|platform| platform.release.as_deref()));
    data
}

fn stamped(event: NewEvent, report: &Report, part: &str) -> NewEvent {
    let mut event = event.source(&report.node_name).subject(&report.node_name);
    event.time = report.end_time.as_deref().and_then(|time| time.parse().ok());
    let id = report.report_uuid.as_ref().or(report.end_time.as_ref());
    event.dedupe_key = id.map(|id| format!("{} {id} {part}", report.node_name));
    event
}

/// `web3 fails 3 of 40 compliance controls`, and which.
fn text(report: &Report, found: &Found<'_>) -> String {
    let node = &report.node_name;
    let mut lines = vec![match (found.failed.len(), found.broken.is_empty()) {
        (0, true) => format!("{node} fails none of {} compliance controls", found.total()),
        (0, false) => format!("compliance of {node} could not be checked"),
        (failed, _) => format!("{node} fails {failed} of {} compliance controls", found.total()),
    }];
    let broken = found.broken.iter().take(TOLD_MAX).map(|profile| {
        let why = profile.status_message.as_deref().map_or("failed", first_line);
        format!("- profile {}: {why}", short(&profile.name))
    });
    lines.extend(broken);
    let failed = found.failed.iter().take(TOLD_MAX);
    lines.extend(failed.map(|(_, control)| {
        let title = control.title.as_deref().unwrap_or_default();
        format!("- {} {}", short(&control.id), first_line(title)).trim_end().to_owned()
    }));
    lines.join("\n")
}

/// Names in a list of controls or profiles.
const NAMES_MAX: usize = 50;
