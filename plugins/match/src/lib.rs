//! `match`: tells of each event that the subscription's filter lets through.
//!
//! Without a key an event is a note; with one it fires the alert of its key, and an
//! event that meets `resolve` ends it. It keeps no state: whether an alert is open is
//! for the daemon to know.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::{
    AnyOf, Conditions, Error, Event, Handler, Outcome, Problem, Requirement, Severity, Template, Timestamp,
    Trigger, handler, one_line,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The field that tells one alert from another, such as `subject`. None: each event
    /// is a note of its own.
    key: Option<String>,
    /// What else must hold: field by field, any one of these values.
    #[serde(default, rename = "where")]
    only: Conditions,
    /// The events that resolve the alert of their key instead.
    resolve: Option<Resolve>,
    /// None: the event's own, or `notice`.
    severity: Option<Severity>,
    /// A title with {field} placeholders. None: the first line of the event's text.
    title: Option<Template>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resolve {
    /// The field to look at.
    field: String,
    /// The values that resolve.
    equals: AnyOf,
}

struct Match;

impl Handler for Match {
    type Config = Config;
    const NAME: &'static str = "match";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Matching events";
    const DESCRIPTION: &'static str = "Tells of each event that the filter lets through: as a note, or as an \
        alert for each value of a field, which other events may resolve.";

    fn validate(_: &str, config: &Config) -> Vec<Problem> {
        let mut problems = Vec::new();
        if config.resolve.is_some() && config.key.is_none() {
            problems
                .push(Problem::at("/resolve", "a note is never resolved: name the field of the `key`, too"));
        }
        problems
    }

    fn title(config: &Config) -> String {
        match &config.key {
            Some(key) => format!("Matching events, for each {key}"),
            None => Self::TITLE.to_owned(),
        }
    }

    fn summary(config: &Config) -> String {
        let mut summary = match &config.key {
            Some(key) => format!("Fires an alert for each {key}"),
            None => "Notes each event".to_owned(),
        };
        if !config.only.is_empty() {
            summary = format!("{summary} where {}", config.only);
        }
        if let Some(Resolve { field, equals }) = &config.resolve {
            summary = format!("{summary}, until {field} is {equals}");
        }
        summary + "."
    }

    fn required_fields(config: &Config) -> Vec<Requirement> {
        let only = config.only.iter().map(|(field, values)| match &config.resolve {
            Some(resolve) if resolve.field == field => {
                Requirement::any_of(field, &values.clone().or(&resolve.equals))
            }
            _ => Requirement::any_of(field, values),
        });
        only.chain(config.key.as_ref().map(Requirement::present)).collect()
    }

    fn handle(config: &Config, _: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        let Some(event) = trigger.event() else { return Ok(()) };
        let resolve = config.resolve.as_ref().filter(|resolve| resolve.equals.holds(event, &resolve.field));
        // A resolving event differs from a firing one in the field that says so.
        let mut only = config.only.iter().filter(|(field, _)| resolve.is_none_or(|r| r.field != *field));
        if !only.all(|(field, values)| values.holds(event, field)) {
            return Ok(());
        }
        let severity = config.severity.or(event.severity).unwrap_or(Severity::Notice);
        let title = match &config.title {
            Some(template) => template.render(event, |_| None),
            None => headline(event),
        };
        let alert = match &config.key {
            None => out.note(&event.id, severity, title),
            Some(field) => match (event.string(field), resolve) {
                (None, _) => return Ok(()),
                (Some(key), None) => out.firing(key, severity, title),
                (Some(key), Some(_)) => out.resolved(key, severity, title),
            },
        };
        alert.with(event.data.clone());
        Ok(())
    }
}

handler!(Match);

/// The first line of an event's text, or what its envelope says.
fn headline(event: &Event) -> String {
    let first = event.text.lines().map(one_line).find(|line| !line.is_empty());
    let line = first.unwrap_or_else(|| match &event.subject {
        Some(subject) => one_line(&format!("{}: {subject}", event.kind)),
        None => one_line(&format!("{} from {}", event.kind, event.source)),
    });
    match line.char_indices().nth(TITLE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What still reads as a title; the whole text stays with the event.
const TITLE_CHARS_MAX: usize = 160;
