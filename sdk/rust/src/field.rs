//! Fields of an event by path, by the same rules as in filters and requirements.

use std::borrow::Cow;

use serde_json::Value;

use crate::Event;

impl Event {
    /// The first value that a path leads to. A path is an envelope name (`type source
    /// subject severity effect origin tag text time id`), else dotted into `data`
    /// (`disk.percent`; `data.` in front forces the latter). An array stands for its
    /// elements; `time` is in milliseconds.
    pub fn field(&self, path: &str) -> Option<Value> {
        let mut found = None;
        any(self, path, &mut |value| {
            found = Some(value.into_owned());
            true
        });
        found
    }

    /// All values that a path leads to, in order.
    pub fn fields(&self, path: &str) -> Vec<Value> {
        let mut found = Vec::new();
        any(self, path, &mut |value| {
            found.push(value.into_owned());
            false
        });
        found
    }

    /// Whether the path leads anywhere.
    pub fn has(&self, path: &str) -> bool {
        any(self, path, &mut |_| true)
    }

    /// The first value there that is a number, or a text that spells one.
    pub fn number(&self, path: &str) -> Option<f64> {
        let mut found = None;
        any(self, path, &mut |value| {
            found = match &*value {
                Value::Number(n) => n.as_f64(),
                Value::String(text) => text.parse().ok().filter(|n: &f64| n.is_finite()),
                _ => None,
            };
            found.is_some()
        });
        found
    }

    /// The first value there as people write it: a text as it is, a time as RFC 3339,
    /// anything else as JSON.
    pub fn string(&self, path: &str) -> Option<String> {
        match (path, self.field(path)?) {
            ("time", _) => Some(self.time.to_string()),
            (_, Value::String(text)) => Some(text),
            (_, other) => Some(other.to_string()),
        }
    }
}

/// Calls `f` with each value found, in order, until it returns true. Returns whether
/// it did.
pub(crate) fn any<'e>(event: &'e Event, path: &str, f: &mut dyn FnMut(Cow<'e, Value>) -> bool) -> bool {
    let mut word = |text: &str| f(Cow::Owned(Value::from(text)));
    match path {
        "type" => word(&event.kind),
        "source" => word(&event.source),
        "subject" => event.subject.as_deref().is_some_and(word),
        "severity" => event.severity.is_some_and(|s| word(s.as_str())),
        "effect" => event.effect.is_some_and(|e| word(e.as_str())),
        "origin" => event.origin.is_some_and(|o| word(o.as_str())),
        "tag" => event.tags.iter().any(|tag| word(tag)),
        "text" => !event.text.is_empty() && word(&event.text),
        "id" => word(&event.id),
        "time" => f(Cow::Owned(Value::from(event.time.0))),
        path => any_at(&event.data, Some(path.strip_prefix("data.").unwrap_or(path)), f),
    }
}

/// `path` is what is still to go; none: we are there.
fn any_at<'e>(value: &'e Value, path: Option<&str>, f: &mut dyn FnMut(Cow<'e, Value>) -> bool) -> bool {
    if let Value::Array(elements) = value {
        return elements.iter().any(|element| any_at(element, path, f));
    }
    let Some(path) = path else {
        return f(Cow::Borrowed(value));
    };
    let Value::Object(map) = value else {
        return false;
    };
    let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
    // A key may itself hold dots ("disk.percent": 93): what stands there is found first.
    (rest.is_some() && map.get(path).is_some_and(|v| any_at(v, None, f)))
        || map.get(step).is_some_and(|v| any_at(v, rest, f))
}
