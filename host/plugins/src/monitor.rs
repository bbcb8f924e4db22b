//! Monitors: a look at the outside world.

use std::sync::Arc;

use event::{PluginKind, StateWrite, Timestamp};
use serde_json::Value;

use crate::bindings::checking as wit;
use crate::exports::CHECK;
use crate::output::{self, Check, Misfit, bad};
use crate::running::Scope;
use crate::state::{CallState, Pending};
use crate::{Called, Config, NewEvent, Outside, Plugin, StateRead, convert, text};

/// What a monitor saw. It is to be taken whole, or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub status: MonitorStatus,
    /// For people: some lines, possibly none.
    pub message: String,
    pub value: MonitorValue,
    pub details: Value,
    pub events: Vec<NewEvent>,
    /// One for each key.
    pub writes: Vec<StateWrite>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorStatus {
    Ok,
    Alarm,
}

/// What was measured, to be recorded for every run.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum MonitorValue {
    #[default]
    None,
    /// Finite.
    Number(f64),
    /// One line.
    Text(String),
}

impl Plugin {
    /// Runs a monitor once, in a fresh instance, which reaches what `outside` grants.
    /// Blocks.
    ///
    /// `state` is the committed state of this configuration.
    pub fn check(
        &self,
        config: &Config,
        now: Timestamp,
        state: Arc<dyn StateRead>,
        outside: Arc<dyn Outside>,
    ) -> Called<Report> {
        let seed = [config.id.as_bytes(), &now.0.to_le_bytes()];
        let state = CallState::new(state, Pending::default(), now);
        let scope = Scope {
            now,
            seed: &seed,
            state: Some(state),
            outside: Some(outside),
            known: self.secrets_in(&config.data),
            ..Scope::TIMELESS
        };
        let params = (convert::config(config), convert::timestamp(now));
        let (called, state) = self.call(PluginKind::Monitor, scope, &CHECK, params);
        called.and_then(|said| {
            let report = self.report(said.map_err(output::error)?, now)?;
            let writes = state.map(|state| state.succeed().0).unwrap_or_default();
            Ok(Report { writes, ..report })
        })
    }

    fn report(&self, said: wit::Report, now: Timestamp) -> Result<Report, Misfit> {
        let mut check = Check::new(self.limits(), now);
        check.spend(&[&said.message, &said.details])?;
        Ok(Report {
            status: match said.status {
                wit::Status::Ok => MonitorStatus::Ok,
                wit::Status::Alarm => MonitorStatus::Alarm,
            },
            message: text::message(&said.message),
            value: value(said.value, &mut check)?,
            details: check.json(&said.details).map_err(|misfit| misfit.of("`details`"))?,
            events: check.events(said.events)?,
            writes: Vec::new(),
        })
    }
}

fn value(value: wit::Value, check: &mut Check<'_>) -> Result<MonitorValue, Misfit> {
    match value {
        wit::Value::None => Ok(MonitorValue::None),
        wit::Value::Number(number) if number.is_finite() => Ok(MonitorValue::Number(number)),
        wit::Value::Number(number) => Err(bad(format!("its value {number} is no finite number"))),
        wit::Value::Text(said) => {
            check.spend(&[&said])?;
            Ok(MonitorValue::Text(text::line(&said, text::LINE_MAX)))
        }
    }
}
