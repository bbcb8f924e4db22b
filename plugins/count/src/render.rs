//! Words: titles, data, and several alerts in one part of a message.

use tellify_plugin::limits::{Bound, Limit};
use tellify_plugin::serde_json::Map;
use tellify_plugin::{AlertItem, AlertState, Event, Finding, Gang, Severity, Turn, Value, json};

use crate::seen::Seen;
use crate::{ALL, Config};

/// How alerts of a count read together.
pub(crate) const GANG: Gang<Config> =
    Gang { holding: |_| "too many", over: "back", brief: |item| Some(count(item)?.to_string()), particulars };

/// Values that a title names; the others are counted.
const NAMED_MAX: usize = 10;
/// Values that an alert carries.
const VALUES_MAX: usize = 50;

/// What is told of a group.
pub(crate) fn finding<'e>(
    config: &'e Config,
    key: &str,
    turn: Turn,
    severity: Severity,
    bound: Option<Bound>,
    seen: &Seen,
    event: Option<&'e Event>,
) -> Finding<'e> {
    let mut data = Map::new();
    data.insert("count".into(), seen.count().into());
    data.insert("within".into(), json!(config.within));
    data.insert("limit".into(), json!(bound));
    if let Some(field) = &config.distinct {
        data.insert("distinct".into(), json!(field));
        data.insert("values".into(), seen.values().take(VALUES_MAX).collect());
    }
    let mut title = match key {
        ALL => String::new(),
        key => format!("{key}: "),
    };
    title += &standing(config, seen.count());
    if !turn.is_over() {
        title += &bound.map_or_else(String::new, |bound| format!(" ({bound})"));
        title += &names(seen);
    }
    let key = key.to_owned();
    let finding = Finding { key, turn, severity, title, data, event, by: config.key.as_ref() };
    match &config.title {
        // The limit is an object in the data, and a number to people.
        Some(own) => {
            let limit = bound.map(|bound| bound.number().to_string());
            let title =
                own.line(|name| limit.clone().filter(|_| name == "limit").or_else(|| finding.word(name)));
            Finding { title, ..finding }
        }
        None => finding,
    }
}

/// `events`, or `values of block`.
pub(crate) fn counted(config: &Config) -> String {
    match &config.distinct {
        None => "events".to_owned(),
        Some(field) => format!("values of {field}"),
    }
}

/// `above 4 (error) or at least 10 (critical)`
pub(crate) fn limits(config: &Config) -> String {
    let one = |limit: &Limit| Some(format!("{} ({})", limit.bound()?, limit.severity));
    config.limits.iter().filter_map(one).collect::<Vec<_>>().join(" or ")
}

/// That there is no room for another group.
pub(crate) fn full(config: &Config) -> String {
    let key = config.key.as_ref().map_or_else(|| ALL.to_owned(), ToString::to_string);
    format!(
        "There are too many values of {key} at once: new ones are not counted until others have been quiet \
         for {}. Narrow the filter, or count by another field.",
        config.within
    )
}

/// `5 events within 1h`
fn standing(config: &Config, count: u64) -> String {
    let counted = match (&config.distinct, count) {
        (None, 1) => "event".to_owned(),
        (Some(field), 1) => format!("value of {field}"),
        _ => counted(config),
    };
    format!("{count} {counted} within {}", config.within)
}

/// `: a, b, c, +2 more`; nothing when events are counted.
fn names(seen: &Seen) -> String {
    let names: Vec<&str> = seen.values().take(NAMED_MAX).collect();
    let more = seen.values().count() - names.len();
    match (names.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", names.join(", ")),
        (false, more) => format!(": {}, +{more} more", names.join(", ")),
    }
}

/// `5 events within 1h (above 4)`
fn particulars(item: &AlertItem<Config>) -> String {
    let Some(count) = count(item) else { return item.alert.title.clone() };
    let mut text = standing(&item.config, count);
    let bound = item.alert.data.get("limit").and_then(Bound::read);
    if item.alert.state != AlertState::Resolved
        && let Some(bound) = bound
    {
        text += &format!(" ({bound})");
    }
    text
}

fn count(item: &AlertItem<Config>) -> Option<u64> {
    item.alert.data.get("count").and_then(Value::as_u64)
}
