//! An event from what somebody typed: flags, words, or the fields of a template.

use clap::builder::PossibleValuesParser;
use event::{Clock, Effect, Origin, Severity, Timestamp};
use serde_json::{Map, Number, Value};

use crate::clock::SystemClock;

/// As many fields as an event may have by default.
const FIELDS_MAX: usize = 1024;

/// Everything of an event but its text.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub(super) struct Envelope {
    /// What kind of thing happened, such as deploy or disk.usage [default: event]
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) kind: Option<String>,
    /// Who says so [default: the token's name, or this machine's address]
    #[arg(long)]
    pub(super) source: Option<String>,
    /// What it happened to
    #[arg(long)]
    pub(super) subject: Option<String>,
    /// How bad it is
    #[arg(long, value_parser = words(Severity::ALL.iter().map(|word| word.as_str())))]
    pub(super) severity: Option<String>,
    /// May be repeated
    #[arg(long = "tag", value_name = "TAG")]
    pub(super) tags: Vec<String>,
    /// A field of data; may be repeated. KEY:=JSON is any JSON, and {…} a whole object
    #[arg(long, value_name = "KEY=VALUE", value_parser = data)]
    pub(super) data: Vec<Data>,
    /// When it happened: RFC 3339, or how long ago, such as '5m ago' [default: now]
    #[arg(long, value_parser = time)]
    pub(super) time: Option<Timestamp>,
    /// Its own name at its source: sent twice, it is still one event
    #[arg(long)]
    pub(super) id: Option<String>,
    /// Good news or bad
    #[arg(long, value_parser = words(Effect::ALL.iter().map(|word| word.as_str())))]
    pub(super) effect: Option<String>,
    /// Did we do it ourselves, or was it done to us?
    #[arg(long, value_parser = words(Origin::ALL.iter().map(|word| word.as_str())))]
    pub(super) origin: Option<String>,
}

/// One or several fields of data.
pub(super) type Data = Map<String, Value>;

impl Envelope {
    /// The event with this text. What stands in the text as `key=value` becomes data,
    /// unless it is also given outright.
    pub(super) fn event(&self, text: &str) -> Map<String, Value> {
        let time = self.time.map(|time| time.to_string());
        let envelope = [
            ("type", &self.kind),
            ("source", &self.source),
            ("subject", &self.subject),
            ("id", &self.id),
            ("time", &time),
            ("severity", &self.severity),
            ("effect", &self.effect),
            ("origin", &self.origin),
        ];
        let given = envelope
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), Value::from(value.clone()?))));
        let mut event: Map<String, Value> = given.collect();
        if !self.tags.is_empty() {
            event.insert("tags".into(), Value::from(self.tags.clone()));
        }
        let mut fields = ingest::fields(text, FIELDS_MAX);
        fields.extend(self.data.iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
        if !fields.is_empty() {
            event.insert("data".into(), Value::Object(fields));
        }
        if !text.is_empty() {
            event.insert("text".into(), Value::from(text));
        }
        event
    }

    /// Nothing of it says what happened.
    pub(super) fn says_nothing(&self) -> bool {
        self.kind.is_none() && self.subject.is_none() && self.data.is_empty()
    }
}

/// Reads RFC 3339, or a duration with `ago` behind it.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let Some(length) = text.strip_suffix("ago") else {
        return text.parse().map_err(|error| format!("{error}, or '5m ago'"));
    };
    let length: schedule::Duration =
        length.trim().parse().map_err(|error: schedule::ScheduleError| error.to_string())?;
    Ok(SystemClock.now().plus_ms(-length.as_ms()))
}

/// Reads `key=value`, `key:=JSON`, or a JSON object.
pub(super) fn data(text: &str) -> Result<Data, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| format!("this is no JSON object: {error}"));
    }
    let (key, value) = text
        .split_once('=')
        .ok_or("write KEY=VALUE, such as percent=93.5, or a JSON object such as '{\"percent\":93.5}'")?;
    let (key, value) = match key.strip_suffix(':') {
        Some(key) => {
            let json = serde_json::from_str(value).map_err(|error| format!("`{value}` is no JSON: {error}"));
            (key, json?)
        }
        None => (key, scalar(value)),
    };
    if key.is_empty() {
        return Err(format!("`{text}` has no key in front of the ="));
    }
    Ok(Map::from_iter([(key.to_owned(), value)]))
}

/// A number where one is written, else a text: as it is in structured text.
fn scalar(text: &str) -> Value {
    match serde_json::from_str::<Number>(text) {
        Ok(number) if !text.contains(char::is_whitespace) => Value::Number(number),
        _ => Value::from(text),
    }
}

fn words(words: impl Iterator<Item = &'static str>) -> PossibleValuesParser {
    PossibleValuesParser::new(words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_is_read_as_people_write_it() {
        let table = [
            ("a=b", Some(json!({"a": "b"}))),
            ("a=", Some(json!({"a": ""}))),
            ("a=93.5", Some(json!({"a": 93.5}))),
            ("a= 93.5", Some(json!({"a": " 93.5"}))),
            ("a=b=c", Some(json!({"a": "b=c"}))),
            ("a=true", Some(json!({"a": "true"}))),
            ("a:=true", Some(json!({"a": true}))),
            (r#"a:=["x",1]"#, Some(json!({"a": ["x", 1]}))),
            (r#"{"a":{"b":1},"c":2}"#, Some(json!({"a": {"b": 1}, "c": 2}))),
            ("a", None),
            ("=b", None),
            ("a:=[", None),
            ("{a}", None),
        ];
        for (text, expected) in table {
            assert_eq!(data(text).ok().map(Value::Object), expected, "for {text}");
        }
    }

    #[test]
    fn what_is_given_outright_stands_before_what_is_found_in_the_text() {
        let envelope = Envelope {
            kind: Some("deploy".into()),
            tags: vec!["web".into()],
            data: vec![data("commit=1").expect("data"), data(r#"{"n":2}"#).expect("data")],
            time: Some(Timestamp(0)),
            ..Envelope::default()
        };
        assert_eq!(
            Value::Object(envelope.event("commit=e8e5e4 by=alice\nmore")),
            json!({
                "type": "deploy",
                "tags": ["web"],
                "time": "1970-01-01T00:00:00.000Z",
                "data": {"commit": 1, "by": "alice", "n": 2},
                "text": "commit=e8e5e4 by=alice\nmore",
            })
        );
    }

    #[test]
    fn a_time_is_a_moment_or_lies_so_far_back() {
        assert_eq!(time("2026-11-20T10:00:00+01:00"), Ok(Timestamp(1_795_165_200_000)));
        assert!(time("5m ago").expect("a time") < time("1s ago").expect("a time"));
        for wrong in ["", "yesterday", "5m", "ago", "2026-11-20", "5 minutes ago"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
