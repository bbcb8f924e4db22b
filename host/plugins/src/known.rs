//! Secrets that a guest was told, taken out of what it says: logs, reports, events and errors
//! are kept, and shown to people.
//!
//! This holds against accidents, such as a URL with its token in an error. Who means harm
//! writes a secret backwards.

use std::cmp::Reverse;

use serde_json::Value;

use crate::bindings::{checking, delivering, intake, querying, types, v0_1};
use crate::{Logs, Secret};

/// Those of one instance.
#[derive(Default)]
pub(crate) struct Known(Vec<Secret>);

/// An answer, in whose texts no secret is to stand.
pub(crate) trait Said {
    fn hide(&mut self, known: &Known);
}

/// What is shorter stands everywhere by chance. In a log that hides a word too many, which
/// harms nothing; in what people read it would.
const LOGGED_MIN: usize = 4;
const SAID_MIN: usize = 8;

const HIDDEN: &str = "[secret]";

impl Known {
    /// The texts that stand in these parts of a configuration.
    pub(crate) fn of(config: &Value, parts: &[String]) -> Known {
        let mut known = Known::default();
        parts.iter().for_each(|part| known.add_texts(&config[part.as_str()]));
        known
    }

    pub(crate) const fn none() -> Known {
        Known(Vec::new())
    }

    pub(crate) fn add(&mut self, secret: Secret) {
        if !self.0.iter().any(|known| known.reveal() == secret.reveal()) {
            self.0.push(secret);
            // One that begins with another is taken out whole.
            self.0.sort_by_key(|secret| Reverse(secret.reveal().len()));
        }
    }

    pub(crate) fn add_all(&mut self, others: Known) {
        others.0.into_iter().for_each(|secret| self.add(secret));
    }

    fn add_texts(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(Secret::new(text.clone())),
            Value::Array(values) => values.iter().for_each(|value| self.add_texts(value)),
            Value::Object(fields) => fields.values().for_each(|value| self.add_texts(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    pub(crate) fn logs(&self, mut logs: Logs) -> Logs {
        logs.lines.iter_mut().for_each(|line| self.take_out(&mut line.message, LOGGED_MIN));
        self.take_out(&mut logs.written, LOGGED_MIN);
        logs
    }

    pub(crate) fn text(&self, text: &mut String) {
        self.take_out(text, SAID_MIN);
    }

    fn option(&self, text: &mut Option<String>) {
        text.iter_mut().for_each(|text| self.text(text));
    }

    /// JSON is looked through as what it means, however its characters are written.
    fn json(&self, text: &mut String) {
        if !self.0.iter().any(|secret| secret.reveal().len() >= SAID_MIN) {
            return;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(mut value) => {
                self.value(&mut value);
                *text = value.to_string();
            }
            // It is refused for that.
            Err(_) => self.text(text),
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Number(number) => {
                let mut text = number.to_string();
                self.text(&mut text);
                if text != number.to_string() {
                    *value = text.into();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            Value::Object(fields) => {
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(mut key, mut field)| {
                        self.text(&mut key);
                        self.value(&mut field);
                        (key, field)
                    })
                    .collect();
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Also where it stands as JSON would write it.
    fn take_out(&self, text: &mut String, min: usize) {
        for secret in self.0.iter().map(Secret::reveal).filter(|secret| secret.len() >= min) {
            let quoted = Value::from(secret).to_string();
            let quoted = &quoted[1..quoted.len() - 1];
            for form in [secret, quoted] {
                if text.contains(form) {
                    *text = text.replace(form, HIDDEN);
                }
            }
        }
    }
}

impl<T: Said, E: Said> Said for Result<T, E> {
    fn hide(&mut self, known: &Known) {
        match self {
            Ok(answer) => answer.hide(known),
            Err(error) => error.hide(known),
        }
    }
}

/// The result of a question to a source, which is JSON.
impl Said for String {
    fn hide(&mut self, known: &Known) {
        known.json(self);
    }
}

impl Said for checking::Report {
    fn hide(&mut self, known: &Known) {
        known.text(&mut self.message);
        known.json(&mut self.details);
        if let checking::Value::Text(text) = &mut self.value {
            known.text(text);
        }
        self.events.iter_mut().for_each(|event| event.hide(known));
    }
}

impl Said for types::NewEvent {
    fn hide(&mut self, known: &Known) {
        known.text(&mut self.kind);
        for text in [&mut self.source, &mut self.subject, &mut self.dedupe_key] {
            known.option(text);
        }
        self.tags.iter_mut().chain([&mut self.text]).for_each(|text| known.text(text));
        known.json(&mut self.data);
    }
}

impl Said for delivering::Receipt {
    fn hide(&mut self, known: &Known) {
        known.option(&mut self.reference);
    }
}

/// The reply goes to whoever sent the request, and is neither kept nor shown.
impl Said for intake::Accepted {
    fn hide(&mut self, known: &Known) {
        self.events.iter_mut().for_each(|event| event.hide(known));
    }
}

impl Said for intake::Rejection {
    fn hide(&mut self, known: &Known) {
        match self {
            intake::Rejection::Unauthorized(why)
            | intake::Rejection::Malformed(why)
            | intake::Rejection::Ignored(why)
            | intake::Rejection::Failed(why) => known.text(why),
        }
    }
}

impl Said for v0_1::intake::Rejection {
    fn hide(&mut self, known: &Known) {
        match self {
            v0_1::intake::Rejection::Unauthorized(why)
            | v0_1::intake::Rejection::Malformed(why)
            | v0_1::intake::Rejection::Ignored(why) => known.text(why),
        }
    }
}

impl Said for querying::QueryError {
    fn hide(&mut self, known: &Known) {
        match self {
            querying::QueryError::BadArguments(why)
            | querying::QueryError::BadConfig(why)
            | querying::QueryError::Failed(why) => known.text(why),
            querying::QueryError::UnknownMethod | querying::QueryError::Timeout => {}
        }
    }
}

impl Said for types::Error {
    fn hide(&mut self, known: &Known) {
        match self {
            types::Error::BadConfig(why) | types::Error::Failed(why) => known.text(why),
            types::Error::Retry(later) => known.text(&mut later.reason),
        }
    }
}
