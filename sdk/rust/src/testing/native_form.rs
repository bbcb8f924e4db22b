//! Events as people send them: one JSON object, envelope and data side by side.

use serde_json::{Map, Value};

use crate::{Event, Timestamp};

/// Reads an event; what it leaves out has a default. A test's mistake panics.
pub(super) fn native_form(value: Value, id: &str, now: Timestamp) -> Event {
    let Value::Object(mut fields) = value else { panic!("an event is an object, unlike {value}") };
    let id = word(&mut fields, "id").unwrap_or_else(|| id.to_owned());
    let source = word(&mut fields, "source").unwrap_or_else(|| "test".to_owned());
    let kind = word(&mut fields, "type").unwrap_or_else(|| "event".to_owned());
    let time = word(&mut fields, "time")
        .map_or(now, |time| time.parse().unwrap_or_else(|error| panic!("`{time}`: {error}")));
    let read = |fields: &mut Map<String, Value>, name| fields.remove(name).unwrap_or_default();
    let (severity, effect, origin) =
        (read(&mut fields, "severity"), read(&mut fields, "effect"), read(&mut fields, "origin"));
    let event = Event {
        id,
        source,
        kind,
        time,
        received: now,
        subject: word(&mut fields, "subject"),
        text: word(&mut fields, "text").unwrap_or_default(),
        tags: serde_json::from_value(fields.remove("tags").unwrap_or_else(|| Value::Array(Vec::new())))
            .expect("tags are texts"),
        severity: serde_json::from_value(severity).expect("a severity is one of its words"),
        effect: serde_json::from_value(effect).expect("an effect is `positive` or `negative`"),
        origin: serde_json::from_value(origin).expect("an origin is `internal` or `external`"),
        ..Event::default()
    };
    let data = match fields.remove("data") {
        Some(Value::Object(mut data)) => {
            data.append(&mut fields);
            Value::Object(data)
        }
        Some(other) if fields.is_empty() => other,
        Some(other) => panic!("data that is no object, {other}, leaves no place for {fields:?}"),
        None => Value::Object(fields),
    };
    Event { data, ..event }
}

fn word(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    fields.remove(name).map(|value| match value {
        Value::String(word) => word,
        other => panic!("`{name}` is a text, unlike {other}"),
    })
}
