//! The exports of the world `monitor`.

use super::bindings::checking::exports::tellify::plugin::checking;
use super::bindings::described::exports::tellify::plugin::descriptor;
use super::bindings::described::tellify::plugin::types;
use super::{convert, parsed, report_panics};
use crate::{Measured, Monitor, Report, Status};

component!(
    /// A monitor as a component.
    MonitorComponent of Monitor
);

impl<M: Monitor> checking::Guest for MonitorComponent<M> {
    fn check(c: types::Config, now: f64) -> Result<checking::Report, types::Error> {
        report_panics();
        let config = parsed(&c).map_err(types::Error::BadConfig)?;
        Ok(report(M::check(&config, convert::time(now))?))
    }
}

fn report(report: Report) -> checking::Report {
    checking::Report {
        status: match report.status {
            Status::Ok => checking::Status::Ok,
            Status::Alarm => checking::Status::Alarm,
        },
        message: report.message,
        value: match report.value {
            Measured::None => checking::Value::None,
            Measured::Number(number) => checking::Value::Number(number),
            Measured::Text(text) => checking::Value::Text(text),
        },
        details: report.details.to_string(),
        events: report.events.into_iter().map(Into::into).collect(),
    }
}
