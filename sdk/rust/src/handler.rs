//! Handlers: configuration, event and state in, outcome out.

use std::rc::Rc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{AnyOf, Error, Event, Gang, NewEvent, Problem, Severity, Timestamp};

/// A handler: looks at events for a subscription and says what people should know.
///
/// It is pure: what it does follows from its arguments and from [`crate::state`], the
/// store of the one subscription it is called for.
pub trait Handler {
    /// What a subscription configures. Its schema is drawn as a form.
    type Config: DeserializeOwned + JsonSchema + 'static;

    /// What subscriptions call it; unique among the installed plugins.
    const NAME: &'static str;
    /// Usually `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// One line for lists.
    const TITLE: &'static str;
    /// One paragraph for whoever chooses a handler.
    const DESCRIPTION: &'static str;

    /// Whether a subscription is woken for the first time as soon as it is saved, so that
    /// it can begin to wait for something before any event has come. It is the pending
    /// wake-up like any other: a call that comes before may ask for another instead.
    const WAKES_FIRST: bool = false;

    /// The words in which several alerts for one person are told together; none: the
    /// host's own rendering, unless the three functions below say something else.
    const GANG: Option<Gang<Self::Config>> = None;

    /// Extra form hints, keyed by JSON pointer.
    fn ui_hints() -> Value {
        json!({})
    }

    /// Checks beyond the schema, before `username` may save; empty: accepted.
    fn validate(username: &str, config: &Self::Config) -> Vec<Problem> {
        let _ = (username, config);
        Vec::new()
    }

    /// One line for this saved configuration.
    fn title(config: &Self::Config) -> String {
        let _ = config;
        Self::TITLE.to_owned()
    }

    /// One paragraph for this saved configuration.
    fn summary(config: &Self::Config) -> String {
        let _ = config;
        Self::DESCRIPTION.to_owned()
    }

    /// What must hold of an event, all of it, before the handler is called for it.
    /// The more it says, the fewer calls there are.
    fn required_fields(config: &Self::Config) -> Vec<Requirement> {
        let _ = config;
        Vec::new()
    }

    /// Adds to `out` what follows from `trigger`.
    fn handle(
        config: &Self::Config,
        now: Timestamp,
        trigger: &Trigger,
        out: &mut Outcome,
    ) -> Result<(), Error>;

    /// One line, for a phone, about several alerts for one person; none: the host's own.
    fn alert_text(items: &[AlertItem<Self::Config>]) -> Option<String> {
        Self::GANG.map(|gang| gang.line(items))
    }

    /// Several lines of plain text about several alerts for one person; none: the host's own.
    fn alert_ascii(items: &[AlertItem<Self::Config>]) -> Option<String> {
        Self::GANG.map(|gang| gang.lines(items))
    }

    /// HTML about several alerts for one person; none: the host's own. Texts from
    /// events go through [`crate::escape_html`]; the host sanitises the whole.
    fn alert_html(items: &[AlertItem<Self::Config>]) -> Option<String> {
        Self::GANG.map(|gang| gang.list(items))
    }
}

/// Why a handler is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// An event that meets requirements and filter.
    Event(Event),
    /// The wake-up that this configuration asked for; it is spent now.
    Wake(Timestamp),
    /// Somebody cleared the alert with this key: forget it, and the next event that
    /// meets the condition fires anew.
    Cleared(String),
}

/// What a handler returns, gathered in the order of the calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What people may have to hear of.
    pub alerts: Vec<Alert>,
    /// Events to store and route.
    pub events: Vec<NewEvent>,
    /// What becomes of the one pending wake-up.
    pub wake: Wake,
}

/// A keyed condition, as the handler sees it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// The same key in the same configuration is the same alert, updated or resolved.
    pub key: String,
    /// Whether it holds.
    pub state: AlertState,
    /// How bad it is.
    pub severity: Severity,
    /// One line for people.
    pub title: String,
    /// For templates and for the handler's own renderings.
    pub data: Value,
}

/// Whether an alert's condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// It holds.
    Firing,
    /// It holds no longer.
    Resolved,
    /// A one-off: told once and never resolved.
    Note,
}

/// The one pending wake-up of a configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wake {
    /// Leave it as it is.
    #[default]
    Keep,
    /// There shall be none.
    Clear,
    /// It shall be at this time; at or before now means in one second.
    At(Timestamp),
}

/// What must hold of one field of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// An envelope name, else a dotted path into `data`.
    pub field: String,
    /// What must hold of it.
    pub condition: Condition,
}

/// A condition on a field; an array meets it when any element does.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// There is a value.
    Present,
    /// It is any one of these JSON scalars.
    Equals(Vec<Value>),
    /// It is a text that begins with any one of these.
    Prefix(Vec<String>),
    /// It is a number and at least this.
    AtLeast(f64),
    /// It is a number and at most this.
    AtMost(f64),
}

/// An alert among those that one message tells one person.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertItem<C> {
    /// The configuration that raised it.
    pub config: Rc<C>,
    /// As it was raised last.
    pub alert: Alert,
    /// How often it was raised in this span.
    pub count: u32,
    /// When it was raised first.
    pub since: Timestamp,
    /// When it was raised last.
    pub latest: Timestamp,
    /// When it was resolved.
    pub ended: Option<Timestamp>,
    /// The event that raised it last, when one did.
    pub event: Option<Event>,
}

impl AlertState {
    /// The word, as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertState::Firing => "firing",
            AlertState::Resolved => "resolved",
            AlertState::Note => "note",
        }
    }
}

impl Trigger {
    /// The event, when it is one.
    pub fn event(&self) -> Option<&Event> {
        match self {
            Trigger::Event(event) => Some(event),
            Trigger::Wake(_) | Trigger::Cleared(_) => None,
        }
    }
}

impl Outcome {
    /// The condition with this key holds.
    pub fn firing(
        &mut self,
        key: impl Into<String>,
        severity: Severity,
        title: impl Into<String>,
    ) -> &mut Alert {
        self.alert(AlertState::Firing, key.into(), severity, title.into())
    }

    /// The condition with this key holds no longer.
    pub fn resolved(
        &mut self,
        key: impl Into<String>,
        severity: Severity,
        title: impl Into<String>,
    ) -> &mut Alert {
        self.alert(AlertState::Resolved, key.into(), severity, title.into())
    }

    /// Something to tell once.
    pub fn note(
        &mut self,
        key: impl Into<String>,
        severity: Severity,
        title: impl Into<String>,
    ) -> &mut Alert {
        self.alert(AlertState::Note, key.into(), severity, title.into())
    }

    /// Stores an event, and routes it like any other.
    pub fn emit(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Asks to be called again at this time, instead of any time asked for before.
    pub fn wake_at(&mut self, time: Timestamp) {
        self.wake = Wake::At(time);
    }

    /// Gives up the pending wake-up.
    pub fn clear_wake(&mut self) {
        self.wake = Wake::Clear;
    }

    fn alert(&mut self, state: AlertState, key: String, severity: Severity, title: String) -> &mut Alert {
        self.alerts.push(Alert { key, state, severity, title, data: Value::Null });
        self.alerts.last_mut().expect("it was just pushed")
    }
}

impl Alert {
    /// Attaches data.
    pub fn with(&mut self, data: Value) -> &mut Alert {
        self.data = data;
        self
    }
}

impl Requirement {
    /// The field is there.
    pub fn present(field: impl Into<String>) -> Requirement {
        Requirement { field: field.into(), condition: Condition::Present }
    }

    /// The field is any one of these.
    pub fn any_of(field: impl Into<String>, values: &AnyOf) -> Requirement {
        Requirement { field: field.into(), condition: Condition::Equals(values.scalars().to_vec()) }
    }

    /// The field is a text that begins with any one of these.
    pub fn prefix(field: impl Into<String>, prefixes: Vec<String>) -> Requirement {
        Requirement { field: field.into(), condition: Condition::Prefix(prefixes) }
    }

    /// The field is a number and at least this.
    pub fn at_least(field: impl Into<String>, bound: f64) -> Requirement {
        Requirement { field: field.into(), condition: Condition::AtLeast(bound) }
    }

    /// The field is a number and at most this.
    pub fn at_most(field: impl Into<String>, bound: f64) -> Requirement {
        Requirement { field: field.into(), condition: Condition::AtMost(bound) }
    }
}
