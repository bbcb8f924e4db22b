//! `threshold`: a number above or below its limits, for each value of a key.
//!
//! The worst limit that holds gives the severity. With hysteresis, a limit that held
//! goes on holding until the number is back inside by that much; which ones held is
//! the only state, one entry for each key that is outside.

mod limit;
mod render;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tellify_plugin::{
    AlertItem, Conditions, Error, Event, Handler, Outcome, Problem, Requirement, Severity, Template,
    Timestamp, Trigger, handler, json, state,
};

use crate::limit::{Bound, Limit};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The field with the number, such as `percent` or `disk.percent`.
    field: String,
    /// The field that tells one thing from another. None: the subject, or else the source.
    key: Option<String>,
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

    fn validate(_: &str, config: &Config) -> Vec<Problem> {
        let mut problems = limit::problems(&config.limits);
        if !(config.hysteresis >= 0.0 && config.hysteresis.is_finite()) {
            problems.push(Problem::at("/hysteresis", "must be nought or more"));
        }
        if config.field.is_empty() {
            problems.push(Problem::at("/field", "must name the field with the number"));
        }
        problems
    }

    fn title(config: &Config) -> String {
        format!("{} {}", config.field, render::limits(config))
    }

    fn summary(config: &Config) -> String {
        let key = config.key.as_deref().unwrap_or("subject");
        format!("Fires for each {key} while its {} is {}.", config.field, render::limits(config))
    }

    /// No bound is required of the number: it must be seen coming back, too.
    fn required_fields(config: &Config) -> Vec<Requirement> {
        let present = [Some(&config.field), config.key.as_ref()];
        present.into_iter().flatten().map(Requirement::present).chain(config.only.requirements()).collect()
    }

    fn handle(config: &Config, _: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        let event = match trigger {
            Trigger::Event(event) => event,
            Trigger::Cleared(key) => return state::delete(key),
            Trigger::Wake(_) => return Ok(()),
        };
        let (Some(value), Some(key)) = (event.number(&config.field), key(config, event)) else {
            return Ok(());
        };
        if !config.only.hold(event) {
            return Ok(());
        }
        let before: Option<Outside> = state::get(&key)?;
        let held = before.as_ref().map_or(&[][..], |outside| &outside.bounds);
        let holding = limit::holding(&config.limits, config.hysteresis, held, value);
        if let Some(worst) = limit::worst(&holding) {
            let bounds = holding.iter().filter_map(|limit| limit.bound()).collect();
            state::set(&key, &Outside { bounds, severity: worst.severity })?;
            let bound = worst.bound().ok_or_else(|| Error::BadConfig("a limit is above or below".into()))?;
            let title = render::firing(config, event, &key, value, bound);
            out.firing(key, worst.severity, title).with(data(config, value, bound));
        } else if let Some(Outside { bounds, severity }) = before {
            state::delete(&key)?;
            let bound = bounds.last().copied().unwrap_or(Bound::Above(value));
            let title = render::resolved(config, event, &key, value, bound);
            out.resolved(key, severity, title).with(data(config, value, bound));
        }
        Ok(())
    }

    fn alert_text(items: &[AlertItem<Config>]) -> Option<String> {
        Some(render::line(items))
    }

    fn alert_ascii(items: &[AlertItem<Config>]) -> Option<String> {
        Some(render::lines(items))
    }

    fn alert_html(items: &[AlertItem<Config>]) -> Option<String> {
        Some(render::list(items))
    }
}

handler!(Threshold);

fn key(config: &Config, event: &Event) -> Option<String> {
    match &config.key {
        Some(field) => event.string(field),
        None => Some(event.subject.clone().unwrap_or_else(|| event.source.clone())),
    }
}

fn data(config: &Config, value: f64, bound: Bound) -> tellify_plugin::Value {
    json!({ "field": config.field, "value": value, "limit": bound, "unit": config.unit })
}
