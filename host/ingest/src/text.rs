//! Plain text, and the fields that stand in it.

use serde_json::{Map, Number, Value};

use crate::native;
use crate::{Context, Incoming, Rejection, form};

/// The event that a text is, with its envelope from a query string.
pub(crate) fn event(body: &str, query: &str, context: Context<'_>) -> Result<Incoming, Rejection> {
    if body.len() > context.limits.event_bytes {
        return Err(Rejection::event_too_large(body.len(), context.limits));
    }
    let mut pairs = form::pairs(query)?;
    if body.is_empty() && pairs.is_empty() {
        return Err(Rejection::malformed("the body is empty"));
    }
    let extract = wants_fields(&mut pairs)?;
    let mut sent = form::members(pairs, context)?;
    if sent.contains_key("text") {
        return Err(
            Rejection::malformed("the body is the text: it cannot stand in the query as well").inside("text")
        );
    }
    sent.insert("text".to_owned(), Value::from(body));
    let mut incoming = native::event(sent, context)?;
    if extract && let Value::Object(data) = &mut incoming.event.data {
        // What the query says outright stands before what we find in the text.
        let room = context.limits.fields.saturating_sub(data.len());
        for (key, value) in fields(&incoming.event.text, room) {
            data.entry(key).or_insert(value);
        }
    }
    Ok(incoming)
}

/// The fields that stand in a text as `key=value` or `key:value`, up to `most`; of two
/// with one name, the first.
///
/// A key is an identifier: a letter or `_`, then letters, digits, `_`, `.` and `-`.
/// Nothing stands between sign and value, which is a bare word or quoted; a bare
/// number is a number. What looks like a URL is none.
pub fn fields(text: &str, most: usize) -> Map<String, Value> {
    let mut found = Map::new();
    for line in text.lines() {
        let mut rest = line;
        while found.len() < most {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || OPENERS.contains(c));
            if rest.is_empty() {
                break;
            }
            let (field, after) = token(rest);
            if let Some((key, value)) = field {
                found.entry(key).or_insert(value);
            }
            rest = after;
        }
    }
    found
}

/// A word as the JSON scalar that it spells: a number, or else a string.
pub(crate) fn scalar(word: &str) -> Value {
    match serde_json::from_str::<Number>(word) {
        // The parser would also take a number with space around it, which is text.
        Ok(number) if !word.contains(char::is_whitespace) => Value::Number(number),
        _ => Value::from(word),
    }
}

/// May stand in front of a field: `(host=web3)`.
const OPENERS: &str = "([{<,;";

/// `?fields=off` leaves the text alone.
fn wants_fields(pairs: &mut Vec<(String, String)>) -> Result<bool, Rejection> {
    let Some(position) = pairs.iter().position(|(name, _)| name == "fields") else { return Ok(true) };
    match pairs.remove(position).1.as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Rejection::malformed("`fields` in the query string is `on` or `off`")),
    }
}

/// The next token of a line, if it is a field, and what follows it.
fn token(line: &str) -> (Option<(String, Value)>, &str) {
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (word, after) = line.split_at(end);
    let Some(sign) = word.find(['=', ':']) else { return (None, after) };
    let key = &word[..sign];
    if !is_identifier(key) {
        return (None, after);
    }
    let behind = &line[sign + 1..];
    if let Some((value, after)) = quoted(behind) {
        return (Some((key.to_owned(), Value::from(value))), after);
    }
    let value = trimmed(&word[sign + 1..]);
    // `a==b`, `a=>b` and `std::io` are no fields, nor are `https://…` and `C:\…`.
    if value.is_empty() || value.starts_with(['=', ':', '>', '\\']) || value.starts_with("//") {
        return (None, after);
    }
    (Some((key.to_owned(), scalar(value))), after)
}

fn is_identifier(key: &str) -> bool {
    key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c))
}

/// A quoted value, with `\"` and `\\` undone, and what follows it on the line.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| "\"'".contains(*c))?;
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next()?.1),
            c if c == quote => return Some((value, &text[at + 1..])),
            c => value.push(c),
        }
    }
    None
}

/// A bare value without the punctuation of the sentence around it.
fn trimmed(word: &str) -> &str {
    let mut value = word;
    loop {
        let shorter = value.trim_end_matches([',', ';', '.']);
        let shorter = match shorter.chars().last() {
            Some(')') if !shorter.contains('(') => &shorter[..shorter.len() - 1],
            Some(']') if !shorter.contains('[') => &shorter[..shorter.len() - 1],
            Some('}') if !shorter.contains('{') => &shorter[..shorter.len() - 1],
            Some('>') if !shorter.contains('<') => &shorter[..shorter.len() - 1],
            _ => shorter,
        };
        if shorter.len() == value.len() {
            return value;
        }
        value = shorter;
    }
}
