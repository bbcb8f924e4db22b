//! CloudEvents 1.0 over HTTP: binary, structured and batched mode.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use crate::body::{self, MediaType};
use crate::json::{self, kind};
use crate::rejection::shown;
use crate::{Batch, Context, Incoming, Rejection, Request, Shape, form, identity, native};

const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];

pub(crate) fn read(request: &Request<'_>, context: Context<'_>) -> Result<Batch, Rejection> {
    let media = MediaType::parse(request.content_type);
    let bytes = body::decoded(request, context.limits)?;
    match media.essence.as_str() {
        "application/cloudevents-batch+json" => {
            let text = body::utf8(&bytes, &media)?;
            if !text.trim_start().starts_with('[') {
                return Err(Rejection::malformed("a batch of CloudEvents is a JSON array"));
            }
            structured(text, context)
        }
        "application/cloudevents+json" | "application/cloudevents" => {
            let batch = structured(body::utf8(&bytes, &media)?, context)?;
            match batch.shape {
                Shape::One => Ok(batch),
                Shape::Many => Err(Rejection::malformed("one CloudEvent is one JSON object")),
            }
        }
        other if media.is_cloudevents() => Err(Rejection::unsupported(format!(
            "CloudEvents as `{}` are not read here: use application/cloudevents+json",
            shown(other)
        ))),
        _ => {
            let sent = binary(request.headers, &media, &bytes, context)?;
            Ok(Batch { events: vec![event(sent, context)?], shape: Shape::One })
        }
    }
}

fn structured(text: &str, context: Context<'_>) -> Result<Batch, Rejection> {
    let (raw, shape) = json::split(text, false, context.limits)?;
    let mut events = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let incoming = json::object(raw.get(), context.limits).and_then(|sent| event(sent, context));
        events.push(incoming.map_err(|rejection| json::placed(rejection, index, shape))?);
    }
    Ok(Batch { events, shape })
}

/// The members that a structured event would have had.
fn binary(
    headers: &[(String, String)],
    media: &MediaType,
    body: &[u8],
    context: Context<'_>,
) -> Result<Map<String, Value>, Rejection> {
    let mut sent = Map::new();
    for (name, value) in headers {
        let Some(attribute) = name.strip_prefix("ce-") else { continue };
        if attribute == "datacontenttype" {
            return Err(Rejection::malformed("`ce-datacontenttype` must not be sent: Content-Type says it"));
        }
        if sent.insert(attribute.to_owned(), Value::String(header(value)?)).is_some() {
            return Err(Rejection::twice(name));
        }
    }
    if !media.essence.is_empty() {
        sent.insert("datacontenttype".to_owned(), Value::from(media.essence.clone()));
    }
    if body.len() > context.limits.event_bytes {
        return Err(Rejection::event_too_large(body.len(), context.limits));
    }
    if body.is_empty() {
        return Ok(sent);
    }
    if media.is_json() || media.essence.is_empty() {
        let data = json::value(body::utf8(body, media)?, context.limits);
        sent.insert("data".to_owned(), data.map_err(|rejection| rejection.inside("data"))?);
    } else if let Ok(text) = std::str::from_utf8(body) {
        sent.insert("data".to_owned(), Value::from(text));
    } else {
        sent.insert("data_base64".to_owned(), Value::String(STANDARD.encode(body)));
    }
    Ok(sent)
}

/// A header's value: double quotes undone, then percent-decoded exactly once.
fn header(value: &str) -> Result<String, Rejection> {
    let mut plain = String::with_capacity(value.len());
    match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
        None => plain.push_str(value),
        Some(quoted) => {
            let mut chars = quoted.chars();
            while let Some(c) = chars.next() {
                plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
            }
        }
    }
    match percent_decode(plain.as_bytes()).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(Rejection::malformed(format!(
            "the header value `{}` is not UTF-8 once decoded",
            shown(value)
        ))),
    }
}

fn event(mut sent: Map<String, Value>, context: Context<'_>) -> Result<Incoming, Rejection> {
    sent.retain(|_, value| !value.is_null());
    let content = identity::content(&sent);
    for attribute in REQUIRED {
        if !sent.contains_key(attribute) {
            return Err(Rejection::malformed(format!(
                "the CloudEvent has no `{attribute}`: it stands in the JSON, or in the header `ce-{attribute}`"
            )));
        }
    }
    if sent.remove("specversion").is_some_and(|version| version != "1.0") {
        return Err(
            Rejection::malformed("only CloudEvents of `specversion` 1.0 are read here").inside("specversion")
        );
    }
    let payload = Payload::take(&mut sent)?;
    // CloudEvents knows times as text only, and no lists.
    if let Some(time) = sent.get("time").filter(|time| !time.is_string()) {
        return Err(
            Rejection::malformed(format!("`time` must be a string, and is {}", kind(time))).inside("time")
        );
    }
    if let Some(Value::String(tags)) = sent.get("tags") {
        let tags = form::listed(tags).collect();
        sent.insert("tags".to_owned(), Value::Array(tags));
    }
    let mut event = native::envelope(&mut sent, context)?;
    for (name, value) in &sent {
        check_extension(name, value)?;
    }
    payload.put(&mut event, sent)?;
    let identity = identity::named(&event.source, &event.id, content);
    Ok(Incoming { event, identity: Some(identity) })
}

fn check_extension(name: &str, value: &Value) -> Result<(), Rejection> {
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        let detail = "the name of an attribute has only the letters a to z and digits";
        return Err(Rejection::malformed(detail).inside(name));
    }
    match value {
        Value::String(_) | Value::Bool(_) => Ok(()),
        Value::Number(n) if n.is_i64() => Ok(()),
        other => {
            let detail =
                format!("an attribute is a string, a boolean or a whole number, and this is {}", kind(other));
            Err(Rejection::malformed(detail).inside(name))
        }
    }
}

/// What a CloudEvent carries.
enum Payload {
    Nothing,
    Json(Value),
    Text(String),
    /// Something else, under the key that says how it is written.
    Other {
        key: &'static str,
        value: String,
        content_type: Option<String>,
    },
}

impl Payload {
    /// Takes `data`, `data_base64` and `datacontenttype` out of what was sent.
    fn take(sent: &mut Map<String, Value>) -> Result<Payload, Rejection> {
        let content_type = match sent.remove("datacontenttype") {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                let detail = format!("`datacontenttype` must be a string, and is {}", kind(&other));
                return Err(Rejection::malformed(detail).inside("datacontenttype"));
            }
        };
        let media = MediaType::parse(content_type.as_deref());
        match (sent.remove("data"), sent.remove("data_base64")) {
            (None, None) => Ok(Payload::Nothing),
            (Some(_), Some(_)) => Err(Rejection::malformed("`data` and `data_base64` cannot both be given")),
            (None, Some(Value::String(value))) if STANDARD.decode(&value).is_ok() => {
                Ok(Payload::Other { key: "data_base64", value, content_type })
            }
            (None, Some(_)) => Err(Rejection::malformed("this is not valid base64").inside("data_base64")),
            (Some(Value::String(text)), None) if media.is_text() => Ok(Payload::Text(text)),
            (Some(Value::String(value)), None) if content_type.is_some() && !media.is_json() => {
                Ok(Payload::Other { key: "data", value, content_type })
            }
            (Some(value), None) => Ok(Payload::Json(value)),
        }
    }

    /// Puts the payload and the extensions into an event.
    fn put(self, event: &mut event::Event, mut extensions: Map<String, Value>) -> Result<(), Rejection> {
        let data = match self {
            Payload::Nothing => Value::Null,
            Payload::Json(value) => value,
            Payload::Text(text) => {
                let text = native::lines(text).map_err(|rejection| rejection.inside("data"))?;
                match event.text.is_empty() {
                    true => {
                        event.text = text;
                        Value::Null
                    }
                    false => Value::String(text),
                }
            }
            Payload::Other { key, value, content_type } => {
                let mut data = Map::from_iter([(key.to_owned(), Value::String(value))]);
                data.extend(content_type.map(|t| ("datacontenttype".to_owned(), Value::String(t))));
                Value::Object(data)
            }
        };
        event.data = match data {
            data if extensions.is_empty() => data,
            Value::Null => Value::Object(extensions),
            Value::Object(mut data) => {
                for (name, value) in extensions {
                    data.entry(name).or_insert(value);
                }
                Value::Object(data)
            }
            data => {
                extensions.insert("data".to_owned(), data);
                Value::Object(extensions)
            }
        };
        Ok(())
    }
}
