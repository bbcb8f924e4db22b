//! A handler over events that have happened already, with nothing coming of it.

use std::sync::Arc;

use event::{AlertUpdate, Event, Requirement, Seq, Timestamp, WakeChange};
use plugins::{CallError, Config, EventRef, HandlerInstance, NewEvent, Plugin, Trigger};

use crate::cases::Store;

/// One configuration, with a store, a wake-up and the journal's time of its own.
pub struct DryRun<'p> {
    plugin: &'p Plugin,
    config: Config,
    requirements: Vec<Requirement>,
    instance: HandlerInstance,
    store: Arc<Store>,
    wake: Option<Timestamp>,
    counted: Counted,
}

/// How often the handler was called, and why not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub events: u64,
    pub calls: u64,
    pub wakes: u64,
    pub failures: u64,
}

/// What would have come of a call.
#[derive(Clone, Debug)]
pub struct Made {
    pub at: Timestamp,
    /// None: a wake-up.
    pub event: Option<Seq>,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Alert(AlertUpdate),
    Event(Box<NewEvent>),
    Failed(CallError),
}

/// A handler that asks for one wake-up after the other is stopped between two events.
const WAKES_MAX: u64 = 100_000;

impl<'p> DryRun<'p> {
    /// Begins at a moment, with an empty store.
    ///
    /// # Errors
    /// When the handler does not answer which events it wants.
    pub fn new(plugin: &'p Plugin, config: Config, begin: Timestamp) -> Result<DryRun<'p>, CallError> {
        let wakes_first = plugin.describe()?.config_schema["x-wakes-first"] == true;
        Ok(DryRun {
            requirements: plugin.required_fields(&config)?,
            instance: plugin.handler(config.owner.clone()),
            plugin,
            config,
            store: Arc::default(),
            wake: wakes_first.then_some(begin),
            counted: Counted::default(),
        })
    }

    /// Hands it an event, after the wake-ups that were due before.
    pub fn event(&mut self, seq: Seq, received: Timestamp, event: &Event) -> Vec<Made> {
        let mut made = self.until(received);
        self.counted.events += 1;
        if self.requirements.iter().all(|requirement| requirement.holds(event)) {
            self.counted.calls += 1;
            made.extend(self.call(received, Trigger::Event(EventRef { seq, received, event })));
        }
        made
    }

    /// Lets time pass up to a moment.
    pub fn until(&mut self, end: Timestamp) -> Vec<Made> {
        let (mut made, mut wakes) = (Vec::new(), 0);
        while let Some(due) = self.wake.filter(|due| *due <= end && wakes < WAKES_MAX) {
            self.wake = None;
            wakes += 1;
            made.extend(self.call(due, Trigger::Wake(due)));
        }
        self.counted.wakes += wakes;
        made
    }

    pub fn counted(&self) -> Counted {
        self.counted
    }

    fn call(&mut self, now: Timestamp, trigger: Trigger<'_>) -> Vec<Made> {
        let event = match trigger {
            Trigger::Event(stored) => Some(stored.seq),
            Trigger::Wake(_) | Trigger::Cleared(_) => None,
        };
        let made = |what| Made { at: now, event, what };
        // Each call is committed by itself, so none leans on what an instance remembers.
        self.instance = self.plugin.handler(self.config.owner.clone());
        self.store.expire(now);
        match self.instance.handle(&self.config, now, trigger, self.store.clone()) {
            Err(error) => {
                self.counted.failures += 1;
                vec![made(What::Failed(error))]
            }
            Ok(handled) => {
                self.store.apply(&handled.writes);
                match handled.wake {
                    WakeChange::Keep => {}
                    WakeChange::Clear => self.wake = None,
                    WakeChange::At(time) if time > now => self.wake = Some(time),
                    WakeChange::At(_) => self.wake = Some(now.plus_s(1)),
                }
                let alerts = handled.alerts.into_iter().map(What::Alert);
                let events = handled.events.into_iter().map(|event| What::Event(Box::new(event)));
                alerts.chain(events).map(made).collect()
            }
        }
    }
}
