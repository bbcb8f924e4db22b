//! A value as people read it.

use event::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::look::Look;

/// A value on one line, without what a terminal would obey.
pub(super) fn line(value: &Value, look: &Look) -> String {
    if let (Some(window), Some(moment)) = (look.window, moment(value)) {
        return ago(moment, window.now);
    }
    plain(&text(value))
}

/// A value that may take several lines, in full.
pub(super) fn block(value: &Value, look: &Look) -> String {
    match value {
        Value::Object(_) if look.window.is_some() => lines(&format!("{value:#}")),
        Value::String(_) => match (look.window, moment(value)) {
            (Some(window), Some(moment)) => {
                let relative = relative(moment, window.now).map(|told| format!(" ({told})"));
                local(moment, "%Y-%m-%d %H:%M:%S %Z") + &relative.unwrap_or_default()
            }
            (Some(_), None) => lines(&text(value)),
            (None, _) => plain(&text(value)),
        },
        _ => plain(&text(value)),
    }
}

/// A moment as the wall clock shows it, for a line of a stream.
pub(super) fn clock(value: &Value, look: &Look) -> Option<String> {
    look.window?;
    moment(value).map(|moment| local(moment, "%m-%d %H:%M:%S"))
}

/// The ANSI style in which a column shows such a value; empty for none.
pub(super) fn style(column: &str, value: &Value) -> &'static str {
    match (column, value.as_str().unwrap_or_default()) {
        ("severity", "critical") => "1;31",
        ("severity", "error") | ("state", "firing") => "31",
        ("severity", "warning") => "33",
        ("severity", "notice") => "36",
        ("severity", "debug") => "2",
        ("state", "resolved") => "32",
        ("status", "active") => "32",
        ("status", "quarantined" | "lagging") => "33",
        ("status", "disabled") => "2",
        _ => "",
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// A terminal obeys control characters, and shows text in another order than it is
/// written behind some invisible ones.
fn plain(text: &str) -> String {
    text.chars().map(|c| if is_obeyed(c) { ' ' } else { c }).collect()
}

fn lines(text: &str) -> String {
    text.chars().map(|c| if is_obeyed(c) && c != '\n' { ' ' } else { c }).collect()
}

fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// What the API writes as a time: RFC 3339 in UTC with milliseconds, and nothing else.
fn moment(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    let shaped = text.len() == 24 && text.is_ascii() && text.ends_with('Z') && &text[10..11] == "T";
    shaped.then(|| text.parse().ok()).flatten()
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago it was, or the date when that says more.
fn ago(moment: Timestamp, now: Timestamp) -> String {
    relative(moment, now).unwrap_or_else(|| local(moment, "%Y-%m-%d %H:%M"))
}

/// How long ago it was, within a week.
fn relative(moment: Timestamp, now: Timestamp) -> Option<String> {
    let seconds = now.since(moment) / 1000;
    let length = match seconds.abs() {
        s if s < MINUTE => format!("{s}s"),
        s if s < HOUR => format!("{}m", s / MINUTE),
        s if s < DAY => format!("{}h", s / HOUR),
        s if s < 7 * DAY => format!("{}d", s / DAY),
        _ => return None,
    };
    Some(match seconds {
        0 => "now".to_owned(),
        s if s < 0 => format!("in {length}"),
        _ => format!("{length} ago"),
    })
}

/// In the zone of this machine's user.
fn local(moment: Timestamp, format: &str) -> String {
    match jiff::Timestamp::from_millisecond(moment.0) {
        Ok(t) => t.to_zoned(TimeZone::system()).strftime(format).to_string(),
        Err(_) => moment.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::look::Window;
    use super::*;

    fn look() -> Look {
        let now = "2026-11-21T12:00:00Z".parse().expect("it is a time");
        Look { window: Some(Window { width: 80, height: 24, now }), colours: false }
    }

    #[test]
    fn times_are_seen_from_now_and_old_ones_are_dates() {
        let table = [
            ("2026-11-21T12:00:00.400Z", "now"),
            ("2026-11-21T11:59:18.000Z", "42s ago"),
            ("2026-11-21T11:00:01.000Z", "59m ago"),
            ("2026-11-21T09:59:00.000Z", "2h ago"),
            ("2026-11-19T11:00:00.000Z", "2d ago"),
            ("2026-11-21T12:01:30.000Z", "in 1m"),
            // What only looks like a time is not touched.
            ("2026-11-21 12:01:30.000Z", "2026-11-21 12:01:30.000Z"),
            ("2026-13-21T12:01:30.000Z", "2026-13-21T12:01:30.000Z"),
            ("2026-11-21T12:01:30Z", "2026-11-21T12:01:30Z"),
        ];
        for (time, told) in table {
            assert_eq!(line(&json!(time), &look()), told, "for {time}");
        }
        let old = line(&json!("2020-01-02T12:00:00.000Z"), &look());
        assert!(old.starts_with("2020-01-0"), "{old}");
        let piped = Look { window: None, colours: false };
        assert_eq!(line(&json!("2026-11-21T12:00:00.400Z"), &piped), "2026-11-21T12:00:00.400Z");
    }

    #[test]
    fn nothing_of_a_value_is_obeyed_by_a_terminal() {
        let table = [
            (json!("a\x1b[31mb\tc\r\nd"), "a [31mb c  d"),
            (json!("gnp\u{202e}exe.jpg"), "gnp exe.jpg"),
            (json!(["a", "b\n"]), "a, b "),
            (json!({"a": [1, null]}), r#"{"a":[1,null]}"#),
            (json!(null), ""),
            (json!(93.5), "93.5"),
        ];
        for (value, told) in table {
            assert_eq!(line(&value, &look()), told, "for {value}");
        }
        assert_eq!(block(&json!("one\ntwo\x07"), &look()), "one\ntwo ");
    }
}
