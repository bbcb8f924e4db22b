//! `threshold`: a number past its limits, for each value of a key.
//!
//! The worst limit that holds gives the severity. With hysteresis, a limit that held
//! goes on holding until the number is back inside by that much; which ones held is
//! the only state, one entry for each key that is outside.

mod render;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tellify_plugin::limits::{self, Bound, Limit};
use tellify_plugin::serde_json::{Map, Value};
use tellify_plugin::{
    Conditions, Emit, Error, Event, Fields, Finding, Gang, Handler, Outcome, Problem, Requirement, Severity,
    Telling, Template, Timestamp, Trigger, Turn, handler, json, state,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The field with the number, such as `percent` or `disk.percent`.
    field: String,
    /// The field, or fields, that tell one thing from another. None: the subject, or else the source.
    key: Option<Fields>,
    /// The limits; of those that hold, the worst gives the severity.
    #[schemars(length(min = 1, max = 16))]
    limits: Vec<Limit>,
    /// How far back inside a limit the number must be, before the limit holds no longer.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    hysteresis: f64,
    /// What else must hold: field by field, any one of these values.
    #[serde(default, rename = "where")]
    only: Conditions,
    /// A title with {field} placeholders; {key}, {value}, {limit} and {unit} are our own.
    title: Option<Template>,
    /// What the number counts, such as `%` or `ms`.
    #[serde(default)]
    unit: String,
    /// Whether people are told.
    #[serde(default = "yes")]
    alert: bool,
    /// An event to emit when a number goes outside, or comes back.
    emit: Option<Emit>,
}

/// What is remembered of a key that is outside.
#[derive(Serialize, Deserialize)]
struct Outside {
    /// The limits that hold; by their numbers, since a configuration may be edited.
    bounds: Vec<Bound>,
    severity: Severity,
}

struct Threshold;

impl Handler for Threshold {
    type Config = Config;
    const NAME: &'static str = "threshold";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "A number past its limits";
    const DESCRIPTION: &'static str = "Fires while a number is above or below a limit, with a severity for each \
        limit, and resolves when it is back inside.";
    const GANG: Option<Gang<Config>> = Some(render::GANG);

    fn validate(_: &str, config: &Config) -> Vec<Problem> {
        let mut problems = limits::problems(&config.limits);
        if !(config.hysteresis >= 0.0 && config.hysteresis.is_finite()) {
            problems.push(Problem::at("/hysteresis", "must be nought or more"));
        }
        if config.field.is_empty() {
            problems.push(Problem::at("/field", "must name the field with the number"));
        }
        problems.extend(config.telling().problems());
        problems
    }

    fn title(config: &Config) -> String {
        format!("{} {}", config.field, render::limits(config))
    }

    fn summary(config: &Config) -> String {
        let key = config.key.as_ref().map_or_else(|| "subject".to_owned(), Fields::to_string);
        let (field, limits, emits) = (&config.field, render::limits(config), config.telling().words());
        format!("Fires for each {key} while its {field} is {limits}{emits}.")
    }

    /// No bound is required of the number: it must be seen coming back, too.
    fn required_fields(config: &Config) -> Vec<Requirement> {
        let key = config.key.iter().flat_map(Fields::requirements);
        std::iter::once(Requirement::present(&config.field))
            .chain(key)
            .chain(config.only.requirements())
            .collect()
    }

    fn handle(config: &Config, _: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        let event = match trigger {
            Trigger::Event(event) => event,
            Trigger::Cleared(key) => return state::delete(key),
            Trigger::Wake(_) => return Ok(()),
        };
        let key = Fields::key_or_about(config.key.as_ref(), event);
        if let (Some(value), Some(key)) = (event.number(&config.field), key)
            && config.only.hold(event)
        {
            judge(config, event, key, value, out)?;
        }
        Ok(())
    }
}

handler!(Threshold);

impl Config {
    fn telling(&self) -> Telling<'_> {
        Telling { alert: self.alert, emit: self.emit.as_ref() }
    }
}

fn judge(config: &Config, event: &Event, key: String, value: f64, out: &mut Outcome) -> Result<(), Error> {
    let before: Option<Outside> = state::get(&key)?;
    let held = before.as_ref().map_or(&[][..], |outside| &outside.bounds);
    let holding = limits::holding(&config.limits, config.hysteresis, held, value);
    let worst = limits::worst(&holding);
    let Some(turn) = Turn::between(before.as_ref().map(|b| b.severity), worst.map(|worst| worst.severity))
    else {
        return Ok(());
    };
    let (severity, bound, title) = match (worst, before) {
        (Some(worst), _) => {
            let bounds = holding.iter().filter_map(|limit| limit.bound()).collect();
            state::set(&key, &Outside { bounds, severity: worst.severity })?;
            let bound = worst.bound().ok_or_else(|| Error::BadConfig("a limit has one side".into()))?;
            (worst.severity, bound, render::firing(config, event, &key, value, bound))
        }
        (None, Some(before)) => {
            state::delete(&key)?;
            let bound = before.bounds.last().copied().unwrap_or(Bound::Above(value));
            (before.severity, bound, render::resolved(config, event, &key, value, bound))
        }
        (None, None) => return Ok(()),
    };
    let data = data(config, value, bound);
    config
        .telling()
        .tell(Finding { key, turn, severity, title, data, event: Some(event), by: config.key.as_ref() }, out);
    Ok(())
}

fn data(config: &Config, value: f64, bound: Bound) -> Map<String, Value> {
    let pairs = [
        ("field", json!(config.field)),
        ("value", json!(value)),
        ("limit", json!(bound)),
        ("unit", json!(config.unit)),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn yes() -> bool {
    true
}
