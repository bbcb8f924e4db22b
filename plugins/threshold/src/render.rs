//! Titles, and several alerts in one part of a message.

use tellify_plugin::{AlertItem, AlertState, Event, Value, escape_html};

use crate::Config;
use crate::limit::{Bound, Limit};

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

/// One line for a phone: `3 over limit: /a 98.1%, /b 93%, +1 more; 1 back: /d`.
pub(crate) fn line(items: &[AlertItem<Config>]) -> String {
    if let [only] = items {
        return only.alert.title.clone();
    }
    let (back, outside): (Vec<_>, Vec<_>) =
        sorted(items).into_iter().partition(|item| item.alert.state == AlertState::Resolved);
    let outside_names = outside.iter().map(|item| match value(item) {
        Some(value) => format!("{} {value}", item.alert.key),
        None => item.alert.key.clone(),
    });
    let parts = [
        (outside.len(), side(&outside), short(outside_names.collect(), LINE_CHARS_MAX * 2 / 3)),
        (
            back.len(),
            "back",
            short(back.iter().map(|item| item.alert.key.clone()).collect(), LINE_CHARS_MAX / 3),
        ),
    ];
    let parts = parts.iter().filter(|(count, ..)| *count > 0);
    parts.map(|(count, what, names)| format!("{count} {what}: {names}")).collect::<Vec<_>>().join("; ")
}

/// One line for each alert, worst first.
pub(crate) fn lines(items: &[AlertItem<Config>]) -> String {
    let width = items.iter().map(|item| item.alert.key.chars().count()).max().unwrap_or(0).min(KEY_WIDTH_MAX);
    let line = |item: &AlertItem<Config>| {
        format!("{:<8}  {:<width$}  {}", standing(item), item.alert.key, particulars(item))
            .trim_end()
            .to_owned()
    };
    sorted(items).into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The same as an HTML list.
pub(crate) fn list(items: &[AlertItem<Config>]) -> String {
    let entry = |item: &AlertItem<Config>| {
        let (key, particulars) = (escape_html(&item.alert.key), escape_html(&particulars(item)));
        format!("<li>{}: <b>{key}</b> {particulars}</li>", standing(item))
    };
    format!("<ul>{}</ul>", sorted(items).into_iter().map(entry).collect::<String>())
}

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

/// Worst first, those that came back last.
fn sorted(items: &[AlertItem<Config>]) -> Vec<&AlertItem<Config>> {
    let mut items: Vec<_> = items.iter().collect();
    let rank = |item: &AlertItem<Config>| {
        let severity = (item.alert.state != AlertState::Resolved).then_some(item.alert.severity);
        (std::cmp::Reverse(severity), std::cmp::Reverse(item.latest))
    };
    items.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.alert.key.cmp(&b.alert.key)));
    items
}

/// What all of these have in common.
fn side(outside: &[&AlertItem<Config>]) -> &'static str {
    let all =
        |wanted: &str| outside.iter().all(|item| bound(item).is_some_and(|bound| bound.side() == wanted));
    match (all("above"), all("below")) {
        (true, _) => "over limit",
        (_, true) => "under limit",
        _ => "past limits",
    }
}

fn standing(item: &AlertItem<Config>) -> &'static str {
    match item.alert.state {
        AlertState::Resolved => "resolved",
        AlertState::Firing | AlertState::Note => item.alert.severity.as_str(),
    }
}

/// `98.1% (above 97%)`, with how often when it was more than once.
fn particulars(item: &AlertItem<Config>) -> String {
    let mut text = value(item).unwrap_or_default();
    if item.alert.state != AlertState::Resolved
        && let Some(bound) = bound(item)
    {
        text += &format!(" ({} {})", bound.side(), figure(bound.number(), None, &item.config.unit));
    }
    if item.count > 1 {
        text += &format!(", {} times", item.count);
    }
    text
}

fn value(item: &AlertItem<Config>) -> Option<String> {
    let value = item.alert.data.get("value").and_then(Value::as_f64)?;
    Some(figure(value, bound(item), &item.config.unit))
}

fn bound(item: &AlertItem<Config>) -> Option<Bound> {
    tellify_plugin::serde_json::from_value(item.alert.data.get("limit")?.clone()).ok()
}

/// As many of the names as fit, and how many more there are.
fn short(names: Vec<String>, chars_max: usize) -> String {
    let mut line = String::new();
    for (i, name) in names.iter().enumerate() {
        if i > 0 && line.chars().count() + name.chars().count() > chars_max {
            return format!("{line}, +{} more", names.len() - i);
        }
        line += if i > 0 { ", " } else { "" };
        line += name;
    }
    line
}

/// Names of a line together; with the words around them it stays one text message.
const LINE_CHARS_MAX: usize = 120;

/// Longer keys stand out of their column rather than push all others away.
const KEY_WIDTH_MAX: usize = 40;

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

    #[test]
    fn names_that_do_not_fit_are_counted() {
        let names = |count: usize| (0..count).map(|i| format!("name{i}")).collect();
        assert_eq!(short(names(2), 20), "name0, name1");
        assert_eq!(short(names(9), 20), "name0, name1, name2, +6 more");
        assert_eq!(short(vec!["a".repeat(50)], 20), "a".repeat(50));
    }
}
