//! JSON, read strictly: keys once, depth and fields bounded, every refusal with its
//! place. The parser is `serde_json`; this only watches what it builds.
//!
//! A body is read twice. The first pass cuts it into events without building
//! anything or recursing; so each event's size is known before its values exist.

use std::fmt;

use event::EventLimits;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::native::ENVELOPE;
use crate::{Rejection, Shape};

/// Cuts a body into the events that it holds, each still text. `lines` says that its
/// type promised one event on each line.
pub(crate) fn split<'a>(
    body: &'a str,
    lines: bool,
    limits: &EventLimits,
) -> Result<(Vec<&'a RawValue>, Shape), Rejection> {
    let (events, shape) = match body.trim_start().starts_with('[') && !lines {
        true => (elements(body, limits)?, Shape::Many),
        false => documents(body, lines, limits)?,
    };
    for (index, event) in events.iter().enumerate() {
        if event.get().len() > limits.event_bytes {
            let rejection = Rejection::event_too_large(event.get().len(), limits);
            return Err(placed(rejection, index, shape));
        }
    }
    Ok((events, shape))
}

/// Gives a rejection its place, which only a batch has.
pub(crate) fn placed(rejection: Rejection, index: usize, shape: Shape) -> Rejection {
    match shape {
        Shape::One => rejection,
        Shape::Many => rejection.at(index),
    }
}

/// The members of an event.
pub(crate) fn object(text: &str, limits: &EventLimits) -> Result<Map<String, Value>, Rejection> {
    match value(text, limits)? {
        Value::Object(members) => Ok(members),
        other => {
            Err(Rejection::malformed(format!("an event is a JSON object, and this is {}", kind(&other))))
        }
    }
}

/// Any JSON value.
pub(crate) fn value(text: &str, limits: &EventLimits) -> Result<Value, Rejection> {
    let mut watch = Watch { limits, depth: 0, fields: 0, trail: Vec::new(), refusal: None };
    let mut parser = serde_json::Deserializer::from_str(text);
    let parsed = Strict(&mut watch).deserialize(&mut parser).and_then(|v| parser.end().map(|()| v));
    parsed.map_err(|error| {
        let rejection = watch.refusal.take().unwrap_or_else(|| not_json(&error));
        watch.trail.iter().fold(rejection, |r, step| r.inside(step))
    })
}

/// What a value is, in a sentence.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn elements<'a>(body: &'a str, limits: &EventLimits) -> Result<Vec<&'a RawValue>, Rejection> {
    let mut events = Vec::new();
    let mut parser = serde_json::Deserializer::from_str(body);
    let parsed = Elements { events: &mut events, limit: limits.batch_events }.deserialize(&mut parser);
    match parsed.and_then(|()| parser.end()) {
        Ok(()) => Ok(events),
        Err(_) if events.len() > limits.batch_events => Err(too_many_events(limits)),
        Err(error) => Err(not_json(&error)),
    }
}

/// The values of a body that stand behind each other: one, or one on each line.
fn documents<'a>(
    body: &'a str,
    lines: bool,
    limits: &EventLimits,
) -> Result<(Vec<&'a RawValue>, Shape), Rejection> {
    let mut events = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(body).into_iter::<&RawValue>();
    while let Some(next) = stream.next() {
        match next {
            Ok(event) => events.push(event),
            Err(e) if events.is_empty() && !lines => return Err(not_json(&e)),
            Err(e) => return Err(not_json(&e).at(events.len())),
        }
        let rest = &body[stream.byte_offset()..];
        let gap = &rest[..rest.len() - rest.trim_start().len()];
        if gap.len() < rest.len() && !gap.contains('\n') {
            let position = stream.byte_offset() + gap.len();
            return Err(Rejection::malformed(format!(
                "behind the JSON value, at byte {position}, something else begins: events stand on lines of their own"
            )));
        }
        if events.len() > limits.batch_events {
            return Err(too_many_events(limits));
        }
    }
    let shape = if lines || events.len() > 1 { Shape::Many } else { Shape::One };
    if events.is_empty() && !lines {
        return Err(Rejection::malformed("the body is empty"));
    }
    Ok((events, shape))
}

fn too_many_events(limits: &EventLimits) -> Rejection {
    Rejection::too_large(format!("the request holds more than {} events", limits.batch_events))
}

fn not_json(error: &serde_json::Error) -> Rejection {
    Rejection::malformed(format!("this is not valid JSON: {error}"))
}

/// Collects the elements of an array, uncut, one more than the limit at most.
struct Elements<'e, 'de> {
    events: &'e mut Vec<&'de RawValue>,
    limit: usize,
}

impl<'de> DeserializeSeed<'de> for Elements<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(event) = seq.next_element()? {
            self.events.push(event);
            if self.events.len() > self.limit {
                return Err(de::Error::custom("too many events"));
            }
        }
        Ok(())
    }
}

/// What the parser has been through, in one event.
struct Watch<'l> {
    limits: &'l EventLimits,
    depth: usize,
    fields: usize,
    /// The steps to where it failed, innermost first; written only on the way out.
    trail: Vec<String>,
    /// Our own reason, when it was not the parser's.
    refusal: Option<Rejection>,
}

impl Watch<'_> {
    fn refuse<E: de::Error>(&mut self, rejection: Rejection) -> E {
        let error = E::custom(&rejection.detail);
        self.refusal = Some(rejection);
        error
    }

    fn enter<E: de::Error>(&mut self) -> Result<(), E> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            let limit = self.limits.depth;
            return Err(
                self.refuse(Rejection::too_large(format!("the event is nested deeper than {limit} levels")))
            );
        }
        Ok(())
    }

    /// Counts one member. The envelope's own are no fields.
    fn count<E: de::Error>(&mut self, key: &str) -> Result<(), E> {
        if self.depth > 1 || !ENVELOPE.contains(&key) {
            self.fields += 1;
        }
        if self.fields > self.limits.fields {
            return Err(self.refuse(Rejection::too_many_fields(self.limits)));
        }
        Ok(())
    }
}

/// Builds a value under the eyes of a watch.
struct Strict<'w, 'l>(&'w mut Watch<'l>);

impl<'de> DeserializeSeed<'de> for Strict<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let watch = self.0;
        watch.enter()?;
        let mut elements = Vec::new();
        loop {
            match seq.next_element_seed(Strict(watch)) {
                Ok(Some(element)) => elements.push(element),
                Ok(None) => break,
                Err(error) => {
                    watch.trail.push(elements.len().to_string());
                    return Err(error);
                }
            }
        }
        watch.depth -= 1;
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let watch = self.0;
        watch.enter()?;
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.contains_key(&key) {
                return Err(watch.refuse(Rejection::twice(&key)));
            }
            watch.count(&key)?;
            match map.next_value_seed(Strict(watch)) {
                Ok(value) => members.insert(key, value),
                Err(error) => {
                    watch.trail.push(key);
                    return Err(error);
                }
            };
        }
        watch.depth -= 1;
        Ok(Value::Object(members))
    }
}
