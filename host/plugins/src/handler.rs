//! Handlers: an event and state in, an outcome out.

use std::collections::HashMap;
use std::sync::Arc;

use event::{AlertUpdate, Name, PluginKind, StateWrite, Timestamp, WakeChange};
use wasmtime::component::TypedFunc;

use crate::bindings::{handling as wit, types};
use crate::exports::HANDLE;
use crate::output::{self, Check};
use crate::running::{Running, Scope};
use crate::state::{CallState, Pending};
use crate::{CallError, Config, Cost, Instances, Logs, NewEvent, Plugin, StateRead, Trigger, convert};

/// One instance, which serves one batch of one owner and is then dropped.
///
/// Its calls make up runs, one for each configuration: a call sees what earlier
/// calls of its run wrote, though nothing of it is committed yet. So when the
/// writes of a run come to nothing, drop the instance too.
pub struct HandlerInstance {
    plugin: Plugin,
    owner: Name,
    started: Option<Started>,
    /// The configuration that it served last.
    served: Option<String>,
    spent: bool,
    /// Uncommitted writes, by the configuration's identifier.
    runs: HashMap<String, Pending>,
    logs: Logs,
}

struct Started {
    running: Running,
    /// Found once, since it is called for each event.
    handle: TypedFunc<(types::Config, f64, wit::Trigger), (Result<wit::Outcome, types::Error>,)>,
}

/// What one call brought. It is to be taken whole, or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Handled {
    pub alerts: Vec<AlertUpdate>,
    pub events: Vec<NewEvent>,
    /// As it was asked for: the moment may have passed.
    pub wake: WakeChange,
    /// Of this call alone, one for each key.
    pub writes: Vec<StateWrite>,
    pub logs: Logs,
}

impl HandlerInstance {
    pub(crate) fn new(plugin: Plugin, owner: Name) -> HandlerInstance {
        let runs = HashMap::new();
        let (started, served) = (None, None);
        HandlerInstance { plugin, owner, started, served, spent: false, runs, logs: Logs::default() }
    }

    /// Handles one trigger. Blocks, up to the limits of a call.
    ///
    /// `state` is the committed state of this configuration as of `now`; the writes
    /// of earlier calls of the run lie on top of it. After an error nothing of this
    /// call remains.
    pub fn handle(
        &mut self,
        config: &Config,
        now: Timestamp,
        trigger: Trigger<'_>,
        state: Arc<dyn StateRead>,
    ) -> Result<Handled, CallError> {
        self.logs = Logs::default();
        if self.spent {
            return Err(CallError::Host { message: "the instance is spent: make a fresh one".into() });
        }
        if config.owner != self.owner {
            let message = format!("an instance for {} is no place for data of {}", self.owner, config.owner);
            return Err(CallError::Host { message });
        }
        self.set_apart(config);
        let run = self.runs.remove(&config.id).unwrap_or_default();
        let (outcome, state) = self.call(config, now, trigger, CallState::new(state, run, now))?;
        let handled = outcome.and_then(|outcome| self.check(outcome, now, trigger));
        let (writes, run) = match handled {
            Ok(_) => state.succeed(),
            Err(_) => (Vec::new(), state.abandon()),
        };
        self.runs.insert(config.id.clone(), run);
        handled.map(|handled| Handled { writes, logs: self.logs.clone(), ..handled })
    }

    /// Whether a trap or time-out ended the instance: it takes no more calls.
    pub fn is_spent(&self) -> bool {
        self.spent
    }

    /// What the guest said in the last call, whether it ended well or not.
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// What it took so far, since it was last started.
    pub fn cost(&self) -> Cost {
        self.started.as_ref().map(|started| started.running.cost()).unwrap_or_default()
    }

    /// A plugin that runs its users' own texts is started anew for each configuration, so
    /// that none finds what another one's text left.
    fn set_apart(&mut self, config: &Config) {
        let is_another = self.served.as_ref().is_some_and(|served| *served != config.id);
        if is_another && !self.plugin.shares_instances() {
            self.started = None;
        }
        if self.served.as_ref() != Some(&config.id) {
            self.served = Some(config.id.clone());
        }
    }

    /// # Errors
    /// When the instance does not start.
    fn call(
        &mut self,
        config: &Config,
        now: Timestamp,
        trigger: Trigger<'_>,
        state: CallState,
    ) -> Result<(Result<wit::Outcome, CallError>, CallState), CallError> {
        let reason = reason(trigger);
        let seed = [config.id.as_bytes(), reason.as_bytes()];
        let scope = Scope { now, seed: &seed, state: Some(state), ..Scope::TIMELESS };
        let (config, trigger) = (convert::config(config), convert::trigger(trigger));
        let time = convert::timestamp(now);
        let Started { running, handle } = self.start()?;
        let (answer, logs, state) =
            running.call(scope, |store, _| handle.call(store, (config, time, trigger)));
        self.spent = running.is_spent();
        if self.plugin.instances() == Instances::OneForACall {
            self.started = None;
        }
        self.logs = logs;
        let state = state.expect("a call gives back the state that it was given");
        Ok((answer.and_then(|(said,)| said.map_err(output::error)), state))
    }

    fn check(
        &self,
        outcome: wit::Outcome,
        now: Timestamp,
        trigger: Trigger<'_>,
    ) -> Result<Handled, CallError> {
        let event = match trigger {
            Trigger::Event(stored) => Some(stored.seq),
            Trigger::Wake(_) | Trigger::Cleared(_) => None,
        };
        let mut check = Check::new(self.plugin.limits(), now);
        let alerts = check.alerts(outcome.alerts, event)?;
        let events = check.events(outcome.events)?;
        Ok(Handled { alerts, events, wake: check.wake(outcome.wake)?, ..Handled::default() })
    }

    fn start(&mut self) -> Result<&mut Started, CallError> {
        // An instance that does not start is none; `?` leaves it marked as spent.
        if self.started.is_none() {
            self.spent = true;
            self.plugin.must_be(PluginKind::Handler)?;
            let mut running = self.plugin.fresh()?;
            let handle = running.find(&HANDLE)?;
            self.started = Some(Started { running, handle });
            self.spent = false;
        }
        Ok(self.started.as_mut().expect("it was just started"))
    }
}

/// What distinguishes this call of a configuration from its others, also in a replay.
fn reason(trigger: Trigger<'_>) -> String {
    match trigger {
        Trigger::Event(stored) => format!("event {} {}", stored.event.source, stored.event.id),
        Trigger::Wake(due) => format!("wake {}", due.0),
        Trigger::Cleared(key) => format!("cleared {key}"),
    }
}
