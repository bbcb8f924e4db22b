//! `change`: a field went from one value to another, for each value of a key.
//!
//! The last value of each key is the state. An edge is told once: as a note or, if
//! asked, as an alert that lasts until the field goes back.

mod render;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tellify_plugin::{
    AnyOf, Conditions, Emit, Error, Event, Fields, Gang, Handler, Outcome, Problem, Requirement, Rows,
    Severity, Span, Telling, Template, Timestamp, Trigger, Turn, Value, bounded, handler, same,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The field that changes.
    field: String,
    /// The field, or fields, that tell one thing from another. None: the subject, or else the source.
    key: Option<Fields>,
    /// What the field was: any one of these. None, or `*`: anything else.
    from: Option<AnyOf>,
    /// What it is now: any one of these. None, or `*`: anything else.
    to: Option<AnyOf>,
    /// Whether it is an alert until the field goes back, rather than a note.
    #[serde(default)]
    resolve: bool,
    /// What else must hold of an event: field by field, any one of these values.
    #[serde(default, rename = "where")]
    only: Conditions,
    /// None: the event's own, or `notice`.
    severity: Option<Severity>,
    /// How long the value of a thing is remembered that nothing is heard of.
    #[serde(default = "thirty_days")]
    forget: Span,
    /// A title with {field} placeholders; {key}, {from} and {to} are our own.
    title: Option<Template>,
    /// Whether people are told.
    #[serde(default = "yes")]
    alert: bool,
    /// An event to emit when the field changes, or goes back.
    emit: Option<Emit>,
}

/// What is known of a thing.
#[derive(Serialize, Deserialize)]
struct Known {
    value: Value,
    /// When this was written, in milliseconds; it is written anew from time to time, so
    /// that it does not expire.
    at: i64,
    /// Its alert fires, at this severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    firing: Option<Severity>,
}

const KNOWN: Rows<Known> = Rows::new("k:", 3000);

struct Change;

impl Handler for Change {
    type Config = Config;
    const NAME: &'static str = "change";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "A field that changes";
    const DESCRIPTION: &'static str = "Tells when a field goes from one value to another, for each value of \
        another field: once for each time, or as an alert until it goes back.";
    const GANG: Option<Gang<Config>> = Some(render::GANG);

    fn validate(_: &str, config: &Config) -> Vec<Problem> {
        let mut problems = Vec::new();
        if config.field.is_empty() {
            problems.push(Problem::at("/field", "must name the field that changes"));
        }
        if config.resolve && chosen(&config.to).is_none() {
            let message = "there is no way back from any value: say `to` which it goes, or leave this out";
            problems.push(Problem::at("/resolve", message));
        }
        if config.forget.as_ms() < 60_000 {
            problems.push(Problem::at("/forget", "a value is remembered for one minute at least"));
        }
        problems.extend(config.telling().problems());
        problems
    }

    fn title(config: &Config) -> String {
        format!("{} {}", config.field, render::edge(config))
    }

    fn summary(config: &Config) -> String {
        render::summary(config)
    }

    /// Nothing is required of the value: it must be seen going elsewhere, too.
    fn required_fields(config: &Config) -> Vec<Requirement> {
        let key = config.key.iter().flat_map(Fields::requirements);
        std::iter::once(Requirement::present(&config.field))
            .chain(config.only.requirements())
            .chain(key)
            .collect()
    }

    fn handle(config: &Config, now: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        match trigger {
            Trigger::Event(event) => {
                let key = Fields::key_or_about(config.key.as_ref(), event);
                if let (Some(key), Some(value)) = (key, event.field(&config.field))
                    && config.only.hold(event)
                {
                    look(config, now, event, key, short(value), out)?;
                }
                Ok(())
            }
            Trigger::Cleared(key) => match KNOWN.get(key)? {
                Some(known) => remember(config, now, key, Known { firing: None, ..known }, out),
                None => Ok(()),
            },
            Trigger::Wake(_) => Ok(()),
        }
    }
}

handler!(Change);

impl Config {
    fn telling(&self) -> Telling<'_> {
        Telling { alert: self.alert, emit: self.emit.as_ref() }
    }

    fn severity(&self, event: &Event) -> Severity {
        self.severity.or(event.severity).unwrap_or(Severity::Notice)
    }
}

/// Looks at the value that a thing has now.
fn look(
    config: &Config,
    now: Timestamp,
    event: &Event,
    key: String,
    value: Value,
    out: &mut Outcome,
) -> Result<(), Error> {
    let Some(known) = KNOWN.get(&key)? else {
        // What is seen for the first time has not changed.
        let first = Known { value, at: now.0, firing: None };
        return match KNOWN.insert(&key, &first, Some(config.forget.as_s()))? {
            true => Ok(()),
            false => KNOWN.turn_away(&render::full(config), out),
        };
    };
    if same(&known.value, &value) {
        let is_fresh = now.0 - known.at < config.forget.as_ms() / 8;
        return if is_fresh { Ok(()) } else { remember(config, now, &key, known, out) };
    }
    let turn = turn(config, &known, &value);
    let severity = match (turn, known.firing) {
        (Some(Turn::Ends), Some(severity)) => severity,
        _ => config.severity(event),
    };
    let firing = match turn {
        Some(Turn::Begins | Turn::Worsens | Turn::Continues) => Some(severity),
        Some(Turn::Ends | Turn::Once) => None,
        None => known.firing,
    };
    let finding =
        turn.map(|turn| render::finding(config, &key, turn, severity, [&known.value, &value], event));
    remember(config, now, &key, Known { value, at: now.0, firing }, out)?;
    finding.into_iter().for_each(|finding| config.telling().tell(finding, out));
    Ok(())
}

/// What a change of value means; none: nothing to anybody.
fn turn(config: &Config, known: &Known, value: &Value) -> Option<Turn> {
    let is_edge = meets(&config.from, &known.value) && meets(&config.to, value);
    if !config.resolve {
        return is_edge.then_some(Turn::Once);
    }
    // Back is where it came from; from anywhere, it is whatever else it may be.
    let is_back = meets(&config.from, value) && !meets(&config.to, value);
    match known.firing {
        None => is_edge.then_some(Turn::Begins),
        Some(_) if is_back => Some(Turn::Ends),
        Some(_) => is_edge.then_some(Turn::Continues),
    }
}

fn remember(
    config: &Config,
    now: Timestamp,
    key: &str,
    known: Known,
    out: &mut Outcome,
) -> Result<(), Error> {
    // What fires is remembered until it is over.
    let ttl_s = known.firing.is_none().then(|| config.forget.as_s());
    match KNOWN.update(key, &Known { at: now.0, ..known }, ttl_s)? {
        true => Ok(()),
        false => KNOWN.turn_away(&render::full(config), out),
    }
}

/// The values that were chosen; none: any will do.
fn chosen(values: &Option<AnyOf>) -> Option<&AnyOf> {
    values.as_ref().filter(|values| !values.contains(&Value::from("*")))
}

fn meets(values: &Option<AnyOf>, value: &Value) -> bool {
    chosen(values).is_none_or(|values| values.contains(value))
}

/// A value that may be kept: a text as long as a key, and anything that is no scalar as
/// its JSON.
fn short(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(bounded(text)),
        Value::Array(_) | Value::Object(_) => Value::String(bounded(value.to_string())),
        scalar => scalar,
    }
}

fn thirty_days() -> Span {
    Span::from_ms(30 * 86_400_000)
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests;
