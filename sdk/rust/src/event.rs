//! Events: those that come to a plugin, and those that it makes.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;

/// How bad it is, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Severity {
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
}

/// Whether an event is good news or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Effect {
    Positive,
    Negative,
}

/// Whether we did it ourselves or it was done to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Origin {
    Internal,
    External,
}

/// An event as the journal holds it: a CloudEvents 1.0 envelope, with severity, tags
/// and text for people. Its fields by path: [`Event::field`] and its relatives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Unique among the events of its source.
    pub id: String,
    /// Who says so.
    pub source: String,
    /// Its `type`.
    pub kind: String,
    /// What it is about.
    pub subject: Option<String>,
    /// When it happened, as the sender says.
    pub time: Timestamp,
    /// When it came in.
    pub received: Timestamp,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Whether it is good news or bad.
    pub effect: Option<Effect>,
    /// Whether we did it ourselves.
    pub origin: Option<Origin>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Plain text or Markdown, possibly many lines, possibly empty.
    pub text: String,
    /// Everything else; usually an object.
    pub data: Value,
}

/// An event that a plugin wants stored and routed.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct NewEvent {
    /// Its `type`; `tellify.*` is the daemon's own and is refused.
    pub kind: String,
    /// Who says so; none: the plugin's configuration or door.
    pub source: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// When it happened; none: now.
    pub time: Option<Timestamp>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Whether it is good news or bad.
    pub effect: Option<Effect>,
    /// Whether we did it ourselves.
    pub origin: Option<Origin>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Plain text or Markdown, possibly many lines, possibly empty.
    pub text: String,
    /// Everything else; usually an object.
    pub data: Value,
    /// A second event with the same key, from the same configuration or door, is not stored.
    pub dedupe_key: Option<String>,
}

impl Event {
    /// What it is about: its subject, or else its source.
    pub fn about(&self) -> &str {
        self.subject.as_deref().unwrap_or(&self.source)
    }
}

impl NewEvent {
    /// An event of this type, with nothing else set.
    pub fn new(kind: impl Into<String>) -> NewEvent {
        NewEvent { kind: kind.into(), ..NewEvent::default() }
    }

    /// Sets who says so.
    pub fn source(mut self, source: impl Into<String>) -> NewEvent {
        self.source = Some(source.into());
        self
    }

    /// Sets what it is about.
    pub fn subject(mut self, subject: impl Into<String>) -> NewEvent {
        self.subject = Some(subject.into());
        self
    }

    /// Sets when it happened.
    pub fn time(mut self, time: Timestamp) -> NewEvent {
        self.time = Some(time);
        self
    }

    /// Sets how bad it is.
    pub fn severity(mut self, severity: Severity) -> NewEvent {
        self.severity = Some(severity);
        self
    }

    /// Sets whether it is good news or bad.
    pub fn effect(mut self, effect: Effect) -> NewEvent {
        self.effect = Some(effect);
        self
    }

    /// Sets whether we did it ourselves.
    pub fn origin(mut self, origin: Origin) -> NewEvent {
        self.origin = Some(origin);
        self
    }

    /// Adds a word to find it by.
    pub fn tag(mut self, tag: impl Into<String>) -> NewEvent {
        self.tags.push(tag.into());
        self
    }

    /// Sets the text for people.
    pub fn text(mut self, text: impl Into<String>) -> NewEvent {
        self.text = text.into();
        self
    }

    /// Sets everything else.
    pub fn data(mut self, data: Value) -> NewEvent {
        self.data = data;
        self
    }

    /// Sets the key under which it is stored once.
    pub fn dedupe_key(mut self, key: impl Into<String>) -> NewEvent {
        self.dedupe_key = Some(key.into());
        self
    }
}

impl Severity {
    /// The word, as filters and configurations write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Debug => "debug",
            Severity::Info => "info",
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Effect {
    /// The word, as filters and configurations write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Positive => "positive",
            Effect::Negative => "negative",
        }
    }
}

impl Origin {
    /// The word, as filters and configurations write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Internal => "internal",
            Origin::External => "external",
        }
    }
}
