//! Field by field, between the interface's types and ours.

use super::bindings::described::tellify::plugin::types;
use super::bindings::handling::exports::tellify::plugin::handling;
use crate::{
    Alert, AlertState, Condition, Effect, Error, Event, NewEvent, Origin, Outcome, Requirement, Severity,
    Timestamp, Trigger, Wake,
};

/// The interface keeps whole milliseconds in a double, which holds them exactly.
pub(super) fn time(ms: f64) -> Timestamp {
    Timestamp(ms as i64)
}

fn ms(time: Timestamp) -> f64 {
    time.0 as f64
}

impl From<Error> for types::Error {
    fn from(error: Error) -> types::Error {
        match error {
            Error::BadConfig(why) => types::Error::BadConfig(why),
            Error::Retry { after_ms, reason } => types::Error::Retry(types::RetryLater { after_ms, reason }),
            Error::Failed(why) => types::Error::Failed(why),
        }
    }
}

impl TryFrom<handling::Trigger> for Trigger {
    type Error = Error;

    fn try_from(trigger: handling::Trigger) -> Result<Trigger, Error> {
        Ok(match trigger {
            handling::Trigger::Event(event) => Trigger::Event(event.try_into()?),
            handling::Trigger::Wake(at) => Trigger::Wake(time(at)),
            handling::Trigger::Cleared(key) => Trigger::Cleared(key),
        })
    }
}

impl TryFrom<types::Event> for Event {
    type Error = Error;

    fn try_from(event: types::Event) -> Result<Event, Error> {
        Ok(Event {
            id: event.id,
            source: event.source,
            kind: event.kind,
            subject: event.subject,
            time: time(event.time),
            received: time(event.received),
            severity: event.severity.map(Into::into),
            effect: event.effect.map(Into::into),
            origin: event.origin.map(Into::into),
            tags: event.tags,
            text: event.text,
            data: serde_json::from_slice(event.data.as_bytes())?,
        })
    }
}

impl From<NewEvent> for types::NewEvent {
    fn from(event: NewEvent) -> types::NewEvent {
        types::NewEvent {
            kind: event.kind,
            source: event.source,
            subject: event.subject,
            time: event.time.map(ms),
            severity: event.severity.map(Into::into),
            effect: event.effect.map(Into::into),
            origin: event.origin.map(Into::into),
            tags: event.tags,
            text: event.text,
            data: event.data.to_string(),
            dedupe_key: event.dedupe_key,
        }
    }
}

impl From<Requirement> for handling::Requirement {
    fn from(requirement: Requirement) -> handling::Requirement {
        let condition = match requirement.condition {
            Condition::Present => handling::Condition::Present,
            Condition::Equals(scalars) => {
                handling::Condition::Equals(scalars.iter().map(ToString::to_string).collect())
            }
            Condition::Prefix(prefixes) => handling::Condition::Prefix(prefixes),
            Condition::AtLeast(bound) => handling::Condition::AtLeast(bound),
            Condition::AtMost(bound) => handling::Condition::AtMost(bound),
        };
        handling::Requirement { field: requirement.field, condition }
    }
}

impl From<Outcome> for handling::Outcome {
    fn from(outcome: Outcome) -> handling::Outcome {
        handling::Outcome {
            alerts: outcome.alerts.into_iter().map(Into::into).collect(),
            events: outcome.events.into_iter().map(Into::into).collect(),
            wake: match outcome.wake {
                Wake::Keep => handling::Wake::Keep,
                Wake::Clear => handling::Wake::Clear,
                Wake::At(at) => handling::Wake::At(ms(at)),
            },
        }
    }
}

impl From<Alert> for handling::Alert {
    fn from(alert: Alert) -> handling::Alert {
        handling::Alert {
            key: alert.key,
            state: alert.state.into(),
            severity: alert.severity.into(),
            title: alert.title,
            data: alert.data.to_string(),
        }
    }
}

impl TryFrom<handling::Alert> for Alert {
    type Error = Error;

    fn try_from(alert: handling::Alert) -> Result<Alert, Error> {
        Ok(Alert {
            key: alert.key,
            state: alert.state.into(),
            severity: alert.severity.into(),
            title: alert.title,
            data: serde_json::from_slice(alert.data.as_bytes())?,
        })
    }
}

/// The small vocabularies are the same words on both sides.
macro_rules! same_words {
    ($name:ident: $($variant:ident),+) => {
        impl From<types::$name> for $name {
            fn from(word: types::$name) -> $name {
                match word { $(types::$name::$variant => $name::$variant),+ }
            }
        }

        impl From<$name> for types::$name {
            fn from(word: $name) -> types::$name {
                match word { $($name::$variant => types::$name::$variant),+ }
            }
        }
    };
}

same_words!(Severity: Debug, Info, Notice, Warning, Error, Critical);
same_words!(Effect: Positive, Negative);
same_words!(Origin: Internal, External);
same_words!(AlertState: Firing, Resolved, Note);
