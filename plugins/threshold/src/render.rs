//! Titles, and several alerts in one part of a message.

use tellify_plugin::limits::{Bound, Limit};
use tellify_plugin::{AlertItem, AlertState, Event, Gang, Value};

use crate::Config;

/// The title of a key that is outside.
pub(crate) fn firing(config: &Config, event: &Event, key: &str, value: f64, bound: Bound) -> String {
    own_title(config, event, key, value, bound).unwrap_or_else(|| {
        let (value, limit) =
            (figure(value, Some(bound), &config.unit), figure(bound.number(), None, &config.unit));
        format!("{key} is at {value} ({} {limit})", bound.side())
    })
}

/// The title of a key that came back.
pub(crate) fn resolved(config: &Config, event: &Event, key: &str, value: f64, bound: Bound) -> String {
    own_title(config, event, key, value, bound)
        .unwrap_or_else(|| format!("{key} is back to {}", figure(value, Some(bound), &config.unit)))
}

/// `above 90% (warning) or above 97% (critical)`
pub(crate) fn limits(config: &Config) -> String {
    let one = |limit: &Limit| {
        let bound = limit.bound()?;
        Some(format!("{} {} ({})", bound.side(), figure(bound.number(), None, &config.unit), limit.severity))
    };
    config.limits.iter().filter_map(one).collect::<Vec<_>>().join(" or ")
}

/// How alerts of a threshold read together.
pub(crate) const GANG: Gang<Config> = Gang { holding: side, over: "back", brief: value, particulars };

/// A number for people: two decimals at most, unless that would hide on which side of
/// the limit it is, or all of it.
fn figure(value: f64, bound: Option<Bound>, unit: &str) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    let hides = rounded == 0.0 || bound.is_none_or(|bound| rounded == bound.number());
    let number = if hides || !rounded.is_finite() { value } else { rounded };
    let blank = if unit.starts_with(char::is_alphanumeric) { " " } else { "" };
    format!("{number}{blank}{unit}")
}

fn own_title(config: &Config, event: &Event, key: &str, value: f64, bound: Bound) -> Option<String> {
    let own = |name: &str| match name {
        "key" => Some(key.to_owned()),
        "value" => Some(figure(value, Some(bound), "")),
        "limit" => Some(bound.number().to_string()),
        "unit" => Some(config.unit.clone()),
        _ => None,
    };
    Some(config.title.as_ref()?.render(event, own))
}

/// What all of these have in common.
fn side(outside: &[&AlertItem<Config>]) -> &'static str {
    let all = |upper: bool| outside.iter().all(|item| bound(item).is_some_and(|b| b.is_upper() == upper));
    match (all(true), all(false)) {
        (true, _) => "over limit",
        (_, true) => "under limit",
        _ => "past limits",
    }
}

/// `98.1% (above 97%)`
fn particulars(item: &AlertItem<Config>) -> String {
    let mut text = value(item).unwrap_or_default();
    if item.alert.state != AlertState::Resolved
        && let Some(bound) = bound(item)
    {
        text += &format!(" ({} {})", bound.side(), figure(bound.number(), None, &item.config.unit));
    }
    text
}

fn value(item: &AlertItem<Config>) -> Option<String> {
    let value = item.alert.data.get("value").and_then(Value::as_f64)?;
    Some(figure(value, bound(item), &item.config.unit))
}

fn bound(item: &AlertItem<Config>) -> Option<Bound> {
    item.alert.data.get("limit").and_then(Bound::read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_never_hides_on_which_side_of_the_limit_it_is() {
        let cases = [
            (93.5, 90.0, "%", "93.5%"),
            (98.127, 97.0, "%", "98.13%"),
            (90.001, 90.0, "%", "90.001%"),
            (0.00042, 0.1, "", "0.00042"),
            (1234.5, 1000.0, "ms", "1234.5 ms"),
            (-3.0, -5.0, "°C", "-3°C"),
            (1e300, 1.0, "", &format!("1{}", "0".repeat(300))),
        ];
        for (value, limit, unit, text) in cases {
            assert_eq!(figure(value, Some(Bound::Above(limit)), unit), text);
        }
    }
}
