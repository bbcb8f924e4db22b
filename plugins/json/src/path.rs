//! Paths into a request: where something stands, and what is there when it does not.

use std::borrow::Cow;

use tellify_plugin::{Request, Value, cut};

/// `labels.severity` or `/labels/severity` in the element at hand, `$.status` or
/// `$/status` in the whole payload, `.` and `$` for themselves, `header:x-github-event`,
/// `query:env`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    root: Root,
    steps: Vec<String>,
    shown: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Root {
    Element,
    Payload,
    Header(String),
    Query(String),
}

/// What paths lead into.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'r> {
    pub(crate) request: &'r Request,
    pub(crate) payload: &'r Value,
    pub(crate) element: &'r Value,
}

impl Path {
    /// # Errors
    /// With a sentence for whoever writes the mapping.
    pub(crate) fn parse(text: &str) -> Result<Path, String> {
        let of = |root, steps| Ok(Path { root, steps, shown: text.to_owned() });
        if let Some(name) = text.strip_prefix("header:").filter(|name| !name.is_empty()) {
            return of(Root::Header(name.to_ascii_lowercase()), Vec::new());
        }
        if let Some(name) = text.strip_prefix("query:").filter(|name| !name.is_empty()) {
            return of(Root::Query(name.to_owned()), Vec::new());
        }
        let (root, rest) = match text.strip_prefix('$') {
            Some(rest) => (Root::Payload, rest.strip_prefix('.').unwrap_or(rest)),
            None => (Root::Element, text),
        };
        if rest.is_empty() && root == Root::Payload || rest == "." {
            return of(root, Vec::new());
        }
        if let Some(pointer) = rest.strip_prefix('/') {
            let step = |step: &str| step.replace("~1", "/").replace("~0", "~");
            return of(root, pointer.split('/').map(step).collect());
        }
        let steps: Vec<String> = rest.split('.').map(str::to_owned).collect();
        if steps.iter().any(String::is_empty) {
            return Err(format!("`{text}` is no path such as `labels.severity` or `/labels/severity`"));
        }
        of(root, steps)
    }

    /// What stands there; null is nothing.
    ///
    /// # Errors
    /// With the end of a sentence: what was looked for, and what was there.
    pub(crate) fn find<'r>(&self, ground: Ground<'r>) -> Result<Cow<'r, Value>, String> {
        let text = |found: Option<String>, what: &str, name: &str| {
            found
                .map(|text| Cow::Owned(Value::String(text)))
                .ok_or_else(|| format!("looks for the {what} `{name}`, and there is none"))
        };
        let mut value = match &self.root {
            Root::Header(name) => {
                return text(ground.request.header(name).map(str::to_owned), "header", name);
            }
            Root::Query(name) => return text(parameter(&ground.request.query, name), "parameter", name),
            Root::Element => ground.element,
            Root::Payload => ground.payload,
        };
        let mut way = String::new();
        for step in &self.steps {
            let next = match value {
                Value::Object(map) => map.get(step),
                Value::Array(elements) => step.parse().ok().and_then(|index: usize| elements.get(index)),
                _ => None,
            };
            value = next.ok_or_else(|| self.missing(ground, &way, value))?;
            way = if way.is_empty() { step.clone() } else { format!("{way}.{step}") };
        }
        if value.is_null() { Err(self.missing(ground, &way, value)) } else { Ok(Cow::Borrowed(value)) }
    }

    fn missing(&self, ground: Ground<'_>, way: &str, there: &Value) -> String {
        let in_payload = self.root == Root::Payload || std::ptr::eq(ground.element, ground.payload);
        let place = match way {
            "" if in_payload => "the payload".to_owned(),
            "" => "the element".to_owned(),
            way => format!("`{}`", cut(way, SHOWN_CHARS)),
        };
        format!("looks for `{}`, and {place} is {}", cut(&self.shown, SHOWN_CHARS), kind(there))
    }
}

/// What a value is, for a sender.
pub(crate) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{}`", cut(text, SHOWN_CHARS)),
        Value::Array(elements) => format!("a list of {}", elements.len()),
        Value::Object(map) if map.is_empty() => "an empty object".to_owned(),
        Value::Object(map) => {
            let keys: Vec<_> = map.keys().take(SHOWN_KEYS).map(|key| format!("`{}`", cut(key, 40))).collect();
            let more = map.len().saturating_sub(SHOWN_KEYS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("an object with {}{more}", keys.join(", "))
        }
    }
}

/// A parameter of a query string, percent-decoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| decoded(key) == name).map(|(_, value)| decoded(value))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = after.get(..2).filter(|_| *first == b'%');
        let byte = pair.and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const SHOWN_CHARS: usize = 80;
const SHOWN_KEYS: usize = 12;
