//! Words: titles, data, and several alerts in one part of a message.

use serde::{Deserialize, Serialize};
use tellify_plugin::serde_json::{self, Map};
use tellify_plugin::{AlertItem, AlertState, Finding, Gang, Span, Timestamp, Turn, Value, json};

use crate::Config;

/// How alerts of silent things read together.
pub(crate) const GANG: Gang<Config> = Gang {
    holding: |_| "silent",
    over: "back",
    brief: |item| Some(format!("for {}", silent(item)?)),
    particulars,
};

/// How a silence ended.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum End {
    Seen,
    Forgotten,
    Unexpected,
}

/// What is told of a thing that was silent for so long, since it was seen last.
pub(crate) fn finding<'e>(
    config: &'e Config,
    key: String,
    end: Option<End>,
    silent: Span,
    last: Option<Timestamp>,
) -> Finding<'e> {
    let silent = silent.rough();
    let title = format!("{key} {}", words(end, last.is_some(), &silent.to_string()));
    let mut data = Map::new();
    data.insert("after".into(), json!(config.after));
    data.insert("silent".into(), json!(silent));
    data.insert("last".into(), json!(last.map(|last| last.to_string())));
    let turn = if end.is_some() { Turn::Ends } else { Turn::Begins };
    end.into_iter().for_each(|end| drop(data.insert("end".into(), json!(end))));
    Finding { key, turn, severity: config.severity, title, data, event: None, by: config.key.as_ref() }
}

/// `Each host`, or `Each subject`.
pub(crate) fn each(config: &Config) -> String {
    let key = config.key.as_ref().map_or_else(|| "subject".to_owned(), ToString::to_string);
    format!("Each {key}")
}

pub(crate) fn summary(config: &Config) -> String {
    let mut summary = format!("Fires for {} that was seen", each(config).to_lowercase());
    if !config.only.is_empty() {
        summary += &format!(" where {}", config.only);
    }
    summary += &format!(", and is not seen again for {}", config.after);
    if !config.expect.is_empty() {
        summary += &format!("; also if it never was, for {}", config.expect.join(", "));
    }
    summary + &config.telling().words() + "."
}

/// That there is no room for another thing.
pub(crate) fn full(config: &Config) -> String {
    let key = config.key.as_ref().map_or_else(|| "subject".to_owned(), ToString::to_string);
    format!(
        "There are too many values of {key} to watch all of them: new ones are left out. Narrow the filter, or \
         spread them over several subscriptions."
    )
}

fn words(end: Option<End>, was_seen: bool, silent: &str) -> String {
    match (end, was_seen) {
        (None, true) => format!("has been silent for {silent}"),
        (None, false) => format!("was never seen, though expected for {silent}"),
        (Some(End::Seen), true) => format!("is back after {silent}"),
        (Some(End::Seen), false) => "was seen for the first time".to_owned(),
        (Some(End::Forgotten), _) => format!("is forgotten: it has been silent for {silent}"),
        (Some(End::Unexpected), _) => "is expected no more".to_owned(),
    }
}

fn particulars(item: &AlertItem<Config>) -> String {
    let was_seen = item.alert.data.get("last").is_some_and(|last| !last.is_null());
    let end = item.alert.data.get("end").and_then(|end| serde_json::from_value(end.clone()).ok());
    // Without its data it was resolved by somebody else, and its title says more.
    let is_told = end.is_some() || item.alert.state != AlertState::Resolved;
    match silent(item).filter(|_| is_told) {
        Some(silent) => words(end, was_seen, &silent),
        None => item.alert.title.clone(),
    }
}

fn silent(item: &AlertItem<Config>) -> Option<String> {
    item.alert.data.get("silent").and_then(Value::as_str).map(str::to_owned)
}
