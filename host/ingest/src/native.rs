//! The native form: an envelope with everything else in `data`.

use std::str::FromStr;

use event::{Event, Timestamp};
use serde_json::{Map, Number, Value};

use crate::json::{self, kind};
use crate::rejection::shown;
use crate::{Batch, Context, Incoming, Rejection, identity};

/// The keys of an event's own; every other one goes into `data`.
pub(crate) const ENVELOPE: [&str; 11] =
    ["id", "source", "type", "subject", "time", "severity", "effect", "origin", "tags", "text", "data"];

/// Types that only the daemon itself may use.
const RESERVED: &str = "tellify";

pub(crate) fn batch(body: &str, lines: bool, context: Context<'_>) -> Result<Batch, Rejection> {
    let (raw, shape) = json::split(body, lines, context.limits)?;
    let mut events = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let incoming = json::object(raw.get(), context.limits).and_then(|sent| event(sent, context));
        events.push(incoming.map_err(|rejection| json::placed(rejection, index, shape))?);
    }
    Ok(Batch { events, shape })
}

/// The event that was sent as these members.
pub(crate) fn event(mut sent: Map<String, Value>, context: Context<'_>) -> Result<Incoming, Rejection> {
    let content = identity::content(&sent);
    let timed = sent.get("time").is_some_and(|time| !time.is_null());
    let mut event = envelope(&mut sent, context)?;
    event.data = Value::Object(data(sent)?);
    let identity = match event.id.is_empty() {
        false => Some(identity::named(&event.source, &event.id, content)),
        true if timed => Some(identity::timed(&event.source, content)),
        true => None,
    };
    Ok(Incoming { event, identity })
}

/// Takes the envelope out of what was sent; what remains there is data. A null is as
/// good as nothing.
pub(crate) fn envelope(sent: &mut Map<String, Value>, context: Context<'_>) -> Result<Event, Rejection> {
    Ok(Event {
        id: name(sent, "id")?.unwrap_or_default(),
        source: name(sent, "source")?.unwrap_or_else(|| context.defaults.source.clone()),
        kind: event_type(sent)?,
        subject: name(sent, "subject")?,
        time: time(sent, context)?.unwrap_or(context.defaults.now),
        severity: word(sent, "severity")?,
        effect: word(sent, "effect")?,
        origin: word(sent, "origin")?,
        tags: tags(sent, context)?,
        text: text(sent)?,
        data: Value::Null,
    })
}

/// A text of many lines, which end in a line feed whatever the sender's system says.
pub(crate) fn lines(text: String) -> Result<String, Rejection> {
    let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
    match text.chars().find(|c| c.is_control() && !"\n\t".contains(*c)) {
        Some(c) => Err(control(c)),
        None => Ok(text),
    }
}

/// Everything that is not the envelope's, as one object.
fn data(mut sent: Map<String, Value>) -> Result<Map<String, Value>, Rejection> {
    let mut data = match sent.remove("data") {
        None | Some(Value::Null) => return Ok(sent),
        Some(Value::Object(data)) => data,
        Some(other) => return Err(wrong("data", "an object", &other)),
    };
    for (key, value) in sent {
        if data.contains_key(&key) {
            let detail = format!("`{}` stands in `data` and beside it", shown(&key));
            return Err(Rejection::malformed(detail).inside(&key));
        }
        data.insert(key, value);
    }
    Ok(data)
}

fn event_type(sent: &mut Map<String, Value>) -> Result<String, Rejection> {
    let kind = name(sent, "type")?.unwrap_or_else(|| "event".to_owned());
    match kind.strip_prefix(RESERVED) {
        Some(rest) if rest.is_empty() || rest.starts_with('.') => {
            Err(Rejection::malformed("types that begin with `tellify.` are the daemon's own").inside("type"))
        }
        _ => Ok(kind),
    }
}

fn string(sent: &mut Map<String, Value>, key: &str) -> Result<Option<String>, Rejection> {
    match sent.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong(key, "a string", &other)),
    }
}

/// A text of one line that says something.
fn name(sent: &mut Map<String, Value>, key: &str) -> Result<Option<String>, Rejection> {
    let Some(text) = string(sent, key)? else { return Ok(None) };
    one_line(&text).map_err(|rejection| rejection.inside(key))?;
    Ok(Some(text))
}

fn one_line(text: &str) -> Result<(), Rejection> {
    match text.chars().find(|c| c.is_control()) {
        _ if text.is_empty() => Err(Rejection::malformed("this must not be empty: leave it out instead")),
        Some(c) => Err(control(c)),
        None => Ok(()),
    }
}

fn text(sent: &mut Map<String, Value>) -> Result<String, Rejection> {
    let text = string(sent, "text")?.unwrap_or_default();
    lines(text).map_err(|rejection| rejection.inside("text"))
}

fn word<W: FromStr<Err = event::UnknownWord>>(
    sent: &mut Map<String, Value>,
    key: &str,
) -> Result<Option<W>, Rejection> {
    let Some(text) = string(sent, key)? else { return Ok(None) };
    text.parse().map(Some).map_err(|e: event::UnknownWord| Rejection::malformed(e.to_string()).inside(key))
}

fn tags(sent: &mut Map<String, Value>, context: Context<'_>) -> Result<Vec<String>, Rejection> {
    let limits = context.limits;
    let sent = match sent.remove("tags") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(tags)) => tags,
        Some(other) => return Err(wrong("tags", "an array of strings", &other)),
    };
    if sent.len() > limits.tags {
        let detail = format!("the event has {} tags, and {} are allowed", sent.len(), limits.tags);
        return Err(Rejection::too_large(detail).inside("tags"));
    }
    let tag = |(index, tag): (usize, Value)| match tag {
        Value::String(tag) if tag.len() > limits.tag_bytes => {
            let detail = format!("the tag takes {} bytes, and {} are allowed", tag.len(), limits.tag_bytes);
            Err(Rejection::too_large(detail).inside(&index.to_string()).inside("tags"))
        }
        Value::String(tag) => match one_line(&tag) {
            Ok(()) => Ok(tag),
            Err(rejection) => Err(rejection.inside(&index.to_string()).inside("tags")),
        },
        other => Err(wrong(&index.to_string(), "a string", &other).inside("tags")),
    };
    sent.into_iter().enumerate().map(tag).collect()
}

/// A time is RFC 3339 text, or a number of seconds since the epoch.
fn time(sent: &mut Map<String, Value>, context: Context<'_>) -> Result<Option<Timestamp>, Rejection> {
    let time = match sent.remove("time") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().map_err(|_| {
            Rejection::malformed(format!(
                "`{}` is no time: use RFC 3339 with an offset, such as 2026-11-20T10:00:00Z, or seconds since 1970",
                shown(&text)
            ))
        }),
        Some(Value::Number(seconds)) => Ok(since_epoch(&seconds)),
        Some(other) => return Err(wrong("time", "a string or a number", &other)),
    };
    time.and_then(|t| bounded(t, context)).map(Some).map_err(|rejection| rejection.inside("time"))
}

/// What lies outside all bounds stays outside them: both conversions saturate.
fn since_epoch(seconds: &Number) -> Timestamp {
    match seconds.as_i64() {
        Some(whole) => Timestamp(whole.saturating_mul(1000)),
        None => Timestamp((seconds.as_f64().unwrap_or(f64::INFINITY) * 1000.0).round() as i64),
    }
}

fn bounded(time: Timestamp, context: Context<'_>) -> Result<Timestamp, Rejection> {
    let (now, ahead_s) = (context.defaults.now, context.limits.future_s);
    if time < Timestamp(0) {
        return Err(Rejection::malformed("the time lies before 1970"));
    }
    if time > now.plus_s(ahead_s) {
        return Err(Rejection::malformed(format!(
            "the time lies more than {ahead_s} seconds ahead of this server's clock, which shows {now}; a number means seconds, not milliseconds"
        )));
    }
    Ok(time)
}

fn wrong(key: &str, wanted: &str, found: &Value) -> Rejection {
    Rejection::malformed(format!("`{key}` must be {wanted}, and is {}", kind(found))).inside(key)
}

fn control(c: char) -> Rejection {
    Rejection::malformed(format!("the control character U+{:04X} is not allowed here", u32::from(c)))
}
