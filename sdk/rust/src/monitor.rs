//! Monitors: a scheduled look at the outside world.

use serde_json::Value;

use crate::about::about;
use crate::{Error, NewEvent, Timestamp};

/// A monitor: looks at something with [`http`](crate::http) or [`sources`](crate::sources),
/// and says whether it is as it should be. What it must remember it keeps in
/// [`state`](crate::state).
pub trait Monitor {
    about!();

    /// Looks once. An error is told as the monitor's own trouble, not as an alarm.
    fn check(config: &Self::Config, now: Timestamp) -> Result<Report, Error>;
}

/// What a monitor saw.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Report {
    /// Whether it is as it should be.
    pub status: Status,
    /// For people.
    pub message: String,
    /// What was measured: recorded for every run, and plotted when it is a number.
    pub value: Measured,
    /// More of it, for programs.
    pub details: Value,
    /// Events to be stored and routed.
    pub events: Vec<NewEvent>,
}

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Ok,
    /// It is not, and people are told.
    Alarm,
}

/// A measured value.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub enum Measured {
    #[default]
    None,
    Number(f64),
    Text(String),
}

impl Report {
    /// All is well.
    pub fn ok(message: impl Into<String>) -> Report {
        Report::new(Status::Ok, message.into())
    }

    /// People are to be told.
    pub fn alarm(message: impl Into<String>) -> Report {
        Report::new(Status::Alarm, message.into())
    }

    /// With what was measured.
    pub fn value(self, value: impl Into<Measured>) -> Report {
        Report { value: value.into(), ..self }
    }

    /// With more for programs.
    pub fn details(self, details: Value) -> Report {
        Report { details, ..self }
    }

    /// With one more event.
    pub fn emit(mut self, event: NewEvent) -> Report {
        self.events.push(event);
        self
    }

    fn new(status: Status, message: String) -> Report {
        Report { status, message, value: Measured::None, details: Value::Null, events: Vec::new() }
    }
}

impl From<f64> for Measured {
    fn from(number: f64) -> Measured {
        Measured::Number(number)
    }
}

impl From<String> for Measured {
    fn from(text: String) -> Measured {
        Measured::Text(text)
    }
}

impl From<&str> for Measured {
    fn from(text: &str) -> Measured {
        Measured::Text(text.to_owned())
    }
}
