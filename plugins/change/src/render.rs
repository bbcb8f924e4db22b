//! Words: titles, data, and several alerts in one part of a message.

use tellify_plugin::serde_json::Map;
use tellify_plugin::{AlertItem, AlertState, AnyOf, Event, Finding, Gang, Severity, Turn, Value};

use crate::{Config, chosen};

/// How changes read together.
pub(crate) const GANG: Gang<Config> =
    Gang { holding: |_| "changed", over: "back", brief: |item| word(item, "to"), particulars };

/// What is told of a thing whose field went from one value to another.
pub(crate) fn finding<'e>(
    config: &'e Config,
    key: &str,
    turn: Turn,
    severity: Severity,
    [from, to]: [&Value; 2],
    event: &'e Event,
) -> Finding<'e> {
    let mut data = Map::new();
    data.insert("field".into(), Value::from(config.field.as_str()));
    data.insert("from".into(), from.clone());
    data.insert("to".into(), to.clone());
    let title = format!("{key}: {}", words(turn.is_over(), &config.field, &written(from), &written(to)));
    let finding = Finding {
        key: key.to_owned(),
        turn,
        severity,
        title,
        data,
        event: Some(event),
        by: config.key.as_ref(),
    };
    finding.entitled(config.title.as_ref())
}

/// `from good to fail`, `to fail`, `from good` or `changes`
pub(crate) fn edge(config: &Config) -> String {
    let side = |word: &str, values: Option<&AnyOf>| values.map(|values| format!("{word} {values}"));
    let sides = [side("from", chosen(&config.from)), side("to", chosen(&config.to))];
    let sides: Vec<String> = sides.into_iter().flatten().collect();
    if sides.is_empty() { "changes".to_owned() } else { sides.join(" ") }
}

pub(crate) fn summary(config: &Config) -> String {
    let key = config.key.as_ref().map_or_else(|| "subject".to_owned(), ToString::to_string);
    let edge = match edge(config) {
        changes if changes == "changes" => changes,
        sides => format!("goes {sides}"),
    };
    let what = if config.resolve { "Fires for" } else { "Notes for" };
    let mut summary = format!("{what} each {key} when its {} {edge}", config.field);
    if !config.only.is_empty() {
        summary += &format!(" where {}", config.only);
    }
    if config.resolve {
        summary += ", until it goes back";
    }
    summary + &config.telling().words() + "."
}

/// That there is no room for another thing.
pub(crate) fn full(config: &Config) -> String {
    let key = config.key.as_ref().map_or_else(|| "subject".to_owned(), ToString::to_string);
    format!(
        "There are too many values of {key} to remember what all of them were: changes of new ones are missed \
         until others are forgotten. Narrow the filter, or spread them over several subscriptions."
    )
}

/// `status went from good to fail`
fn particulars(item: &AlertItem<Config>) -> String {
    match (word(item, "field"), word(item, "from"), word(item, "to")) {
        (Some(field), Some(from), Some(to)) => {
            words(item.alert.state == AlertState::Resolved, &field, &from, &to)
        }
        _ => item.alert.title.clone(),
    }
}

fn words(is_over: bool, field: &str, from: &str, to: &str) -> String {
    match is_over {
        true => format!("{field} is {to} again"),
        false => format!("{field} went from {from} to {to}"),
    }
}

fn word(item: &AlertItem<Config>, name: &str) -> Option<String> {
    item.alert.data.get(name).map(written)
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
