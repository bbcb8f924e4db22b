//! Names and values from a form or a query string.

use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use crate::native::{self, ENVELOPE};
use crate::rejection::shown;
use crate::text::scalar;
use crate::{Context, Incoming, Rejection};

/// The event that a form is.
pub(crate) fn event(body: &str, context: Context<'_>) -> Result<Incoming, Rejection> {
    if body.len() > context.limits.event_bytes {
        return Err(Rejection::event_too_large(body.len(), context.limits));
    }
    native::event(members(pairs(body)?, context)?, context)
}

/// A body that holds its own envelope takes none from the query: what stands there
/// would otherwise be lost without a word.
pub(crate) fn refuse_query(query: &str) -> Result<(), Rejection> {
    match query.split('&').find(|pair| !pair.is_empty()) {
        None => Ok(()),
        Some(pair) => {
            let name = shown(pair.split('=').next().unwrap_or(pair));
            Err(Rejection::malformed(format!(
                "`{name}` in the query string is not read: only a text body takes its envelope from there"
            )))
        }
    }
}

/// The names and values, decoded, in order.
pub(crate) fn pairs(encoded: &str) -> Result<Vec<(String, String)>, Rejection> {
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        match percent_decode(spaced.as_bytes()).decode_utf8() {
            Ok(text) => Ok(text.into_owned()),
            Err(_) => Err(Rejection::malformed(format!("`{}` is not UTF-8 once decoded", shown(part)))),
        }
    };
    let split = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(name)?, decode(value)?))
    };
    encoded.split('&').filter(|pair| !pair.is_empty()).map(split).collect()
}

/// The same as the members of an event: tags with commas between them, numbers as
/// numbers, and an envelope key without a value as if it were not there.
pub(crate) fn members(
    pairs: Vec<(String, String)>,
    context: Context<'_>,
) -> Result<Map<String, Value>, Rejection> {
    if pairs.len() > context.limits.fields + ENVELOPE.len() {
        return Err(Rejection::too_many_fields(context.limits));
    }
    let mut members = Map::new();
    for (name, value) in pairs {
        if name == "tags" {
            let tags = members.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(tags) = tags {
                tags.extend(listed(&value));
            }
            continue;
        }
        let known = ENVELOPE.contains(&name.as_str());
        if known && value.is_empty() {
            continue;
        }
        if members.contains_key(&name) {
            return Err(Rejection::twice(&name));
        }
        let value = if known && name != "time" { Value::String(value) } else { scalar(&value) };
        members.insert(name, value);
    }
    Ok(members)
}

/// The tags of `web, prod`.
pub(crate) fn listed(tags: &str) -> impl Iterator<Item = Value> {
    tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(Value::from)
}
