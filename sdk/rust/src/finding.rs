//! What a handler found about a key, and how its subscription tells it: as an alert, as
//! an event, or as both.

use serde_json::{Map, Value};

use crate::{AlertState, Emit, Event, Fields, Outcome, Problem, Severity, Template};

/// What a handler found about one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding<'e> {
    /// The key of the alert.
    pub key: String,
    /// What has become of it.
    pub turn: Turn,
    /// How bad it is, or was.
    pub severity: Severity,
    /// One line for people.
    pub title: String,
    /// What templates and readers may want to know of it.
    pub data: Map<String, Value>,
    /// The event that brought it to light; none when a wake-up did.
    pub event: Option<&'e Event>,
    /// The fields that the key is made of: placeholders know them without an event, too.
    pub by: Option<&'e Fields>,
}

/// What has become of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It holds from now on.
    Begins,
    /// It holds, and is worse than before.
    Worsens,
    /// It still holds.
    Continues,
    /// It holds no longer.
    Ends,
    /// A one-off, which never ends.
    Once,
}

/// How a subscription tells what is found: its keys `alert` and `emit`.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'c> {
    /// Whether people are told.
    pub alert: bool,
    /// The event to emit.
    pub emit: Option<&'c Emit>,
}

impl Turn {
    /// Whether people have not been told of it yet.
    pub fn is_news(self) -> bool {
        self != Turn::Continues
    }

    /// Whether it holds no longer.
    pub fn is_over(self) -> bool {
        self == Turn::Ends
    }

    /// The turn that a condition takes which held before at one severity, and holds now
    /// at another; none: not at all. None when it neither held nor holds.
    pub fn between(before: Option<Severity>, now: Option<Severity>) -> Option<Turn> {
        match (before, now) {
            (None, None) => None,
            (None, Some(_)) => Some(Turn::Begins),
            (Some(_), None) => Some(Turn::Ends),
            (Some(before), Some(now)) if now > before => Some(Turn::Worsens),
            (Some(_), Some(_)) => Some(Turn::Continues),
        }
    }

    fn state(self) -> AlertState {
        match self {
            Turn::Begins | Turn::Worsens | Turn::Continues => AlertState::Firing,
            Turn::Ends => AlertState::Resolved,
            Turn::Once => AlertState::Note,
        }
    }
}

impl Finding<'_> {
    /// Replaces the title with the owner's own, if there is one.
    #[must_use]
    pub fn entitled(mut self, own: Option<&Template>) -> Self {
        if let Some(own) = own {
            self.title = own.line(|name| self.word(name));
        }
        self
    }

    /// What a placeholder of this name stands for: `key`, `title`, `severity`, `state`,
    /// one of the data's fields, or a field of the event.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.own(name).or_else(|| self.event?.field(name)).or_else(|| self.in_key(name).map(Value::from))
    }

    /// The same as people write it.
    pub fn word(&self, name: &str) -> Option<String> {
        match self.own(name) {
            Some(Value::Array(elements)) => Some(elements.iter().map(word).collect::<Vec<_>>().join(", ")),
            Some(own) => Some(word(&own)),
            None => self
                .event
                .and_then(|event| event.string(name))
                .or_else(|| self.in_key(name).map(str::to_owned)),
        }
    }

    fn in_key(&self, name: &str) -> Option<&str> {
        self.by?.part(name, &self.key)
    }

    fn own(&self, name: &str) -> Option<Value> {
        match name {
            "key" => Some(Value::from(self.key.as_str())),
            "title" => Some(Value::from(self.title.as_str())),
            "severity" => Some(Value::from(self.severity.as_str())),
            "state" => Some(Value::from(self.turn.state().as_str())),
            name => self.data.get(name).cloned(),
        }
    }
}

impl Telling<'_> {
    /// Adds to `out` what is to be told of a finding. Emitted events carry its data, with
    /// `key` and `state`.
    pub fn tell(&self, mut finding: Finding<'_>, out: &mut Outcome) {
        if let Some(emit) = self.emit {
            let mut told = finding.clone();
            for name in ["key", "state"] {
                let value = finding.value(name).unwrap_or_default();
                told.data.entry(name).or_insert(value);
            }
            emit.event(&told).into_iter().for_each(|event| out.emit(event));
        }
        if self.alert {
            let data = std::mem::take(&mut finding.data);
            let (key, severity, title) = (finding.key, finding.severity, finding.title);
            match finding.turn.state() {
                AlertState::Firing => out.firing(key, severity, title),
                AlertState::Resolved => out.resolved(key, severity, title),
                AlertState::Note => out.note(key, severity, title),
            }
            .with(data.into());
        }
    }

    /// What is wrong with these keys of the configuration.
    pub fn problems(&self) -> Vec<Problem> {
        match self.emit {
            Some(emit) => emit.problems(),
            None if !self.alert => {
                vec![Problem::at(
                    "/alert",
                    "nothing would come of it: let it alert, or give an event to `emit`",
                )]
            }
            None => Vec::new(),
        }
    }

    /// For the end of a summary: `, and emits blocks.failing`, or nothing.
    pub fn words(&self) -> String {
        match (self.emit, self.alert) {
            (Some(emit), true) => format!(", and emits {}", emit.kind()),
            (Some(emit), false) => format!(", and emits {} instead of an alert", emit.kind()),
            (None, _) => String::new(),
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
