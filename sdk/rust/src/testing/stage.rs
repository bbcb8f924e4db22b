//! A handler over a list of events and a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use super::native_form::native_form;
use crate::host::native::{self, Host};
use crate::log::Level;
use crate::{
    Alert, AlertItem, AlertState, Error, Event, Handler, NewEvent, Outcome, Requirement, Timestamp, Trigger,
    Wake,
};

/// One subscription of a handler, with a clock, a store and a pending wake-up of its
/// own, as the daemon would keep them.
///
/// Time goes forward only, and on the way every wake-up fires at its moment: after the
/// events that came in up to then, before any later one. Events that do not meet the
/// handler's requirements are not for it. All that comes of the calls is written down
/// as lines, in order, which [`Stage::told`] takes.
///
/// ```
/// # use schemars::JsonSchema;
/// # use serde::Deserialize;
/// # use tellify_plugin::*;
/// use tellify_plugin::testing::Stage;
///
/// # #[derive(Deserialize, JsonSchema)]
/// # struct Config { after_s: u32 }
/// # struct Reminder;
/// # impl Handler for Reminder {
/// #     type Config = Config;
/// #     const NAME: &'static str = "reminder";
/// #     const VERSION: &'static str = "1.0.0";
/// #     const TITLE: &'static str = "Reminder";
/// #     const DESCRIPTION: &'static str = "Reminds of what was not finished.";
/// #     fn required_fields(_: &Config) -> Vec<Requirement> { vec![Requirement::present("job")] }
/// #     fn handle(config: &Config, now: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
/// #         match trigger {
/// #             Trigger::Event(event) if event.kind == "done" => out.clear_wake(),
/// #             Trigger::Event(event) => {
/// #                 state::set("job", &event.string("job"))?;
/// #                 out.wake_at(now.plus_s(config.after_s.into()));
/// #             }
/// #             _ => {
/// #                 let job: String = state::get("job")?.unwrap_or_default();
/// #                 out.firing(&job, Severity::Warning, format!("{job} is not finished"));
/// #             }
/// #         }
/// #         Ok(())
/// #     }
/// # }
/// let mut stage = Stage::<Reminder>::new(json!({ "after_s": 60 }));
/// stage.event(json!({ "type": "begun", "job": "backup" }));
/// stage.pass("59s");
/// assert_eq!(stage.told(), [] as [&str; 0]);
/// stage.pass("1s");
/// assert_eq!(stage.told(), ["warning firing backup: backup is not finished"]);
/// assert_eq!(stage.firing(), ["backup"]);
/// ```
pub struct Stage<H: Handler> {
    config: Rc<H::Config>,
    requirements: Vec<Requirement>,
    now: Timestamp,
    wake: Option<Timestamp>,
    host: Host,
    /// Events delivered so far, for their ids.
    delivered: usize,
    alerts: Vec<Item>,
    emitted: Vec<NewEvent>,
    dedupe_keys: BTreeSet<String>,
    lines: Vec<String>,
}

/// What is known of an alert; the configuration is added when it is shown.
#[derive(Clone, Debug)]
struct Item {
    alert: Alert,
    count: u32,
    since: Timestamp,
    latest: Timestamp,
    ended: Option<Timestamp>,
    event: Option<Event>,
}

/// Several alerts of a handler told together; none is the daemon's own rendering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line, for a phone.
    pub text: Option<String>,
    /// Several lines of plain text.
    pub ascii: Option<String>,
    /// HTML.
    pub html: Option<String>,
}

/// When every stage begins: 2026-11-20, ten o'clock UTC.
pub const BEGIN: Timestamp = Timestamp(1_795_168_800_000);

/// A handler that is woken so often without the clock moving on is caught in a circle.
const WAKES_MAX: usize = 100_000;

impl<H: Handler> Stage<H> {
    /// A subscription with this configuration, saved at [`BEGIN`].
    ///
    /// # Panics
    /// When the handler does not take the configuration; [`super::validate`] tests that.
    pub fn new(config: Value) -> Stage<H> {
        let problems = super::validate::<H>(&config);
        assert!(problems.is_empty(), "{} does not take {config}: {problems:?}", H::NAME);
        let config: H::Config = serde_json::from_value(config).expect("it was read just now");
        Stage {
            requirements: H::required_fields(&config),
            config: Rc::new(config),
            now: BEGIN,
            wake: H::WAKES_FIRST.then(|| BEGIN.plus_s(1)),
            host: Host::default(),
            delivered: 0,
            alerts: Vec::new(),
            emitted: Vec::new(),
            dedupe_keys: BTreeSet::new(),
            lines: Vec::new(),
        }
    }

    /// The same store and time under another configuration, as when somebody edits a
    /// subscription.
    ///
    /// # Panics
    /// When the handler does not take it.
    #[must_use]
    pub fn edited(self, config: Value) -> Stage<H> {
        let new: Stage<H> = Stage::new(config);
        let wake = new.wake.map(|_| self.now.plus_s(1)).or(self.wake);
        Stage { config: new.config, requirements: new.requirements, wake, ..self }
    }

    /// The clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When the pending wake-up is due.
    pub fn wake(&self) -> Option<Timestamp> {
        self.wake
    }

    /// Delivers an event in the native form: envelope keys, and all others are data. Its
    /// time is now, unless it says otherwise. Returns whether it met the requirements.
    ///
    /// # Panics
    /// When the call fails.
    pub fn event(&mut self, event: Value) -> bool {
        self.delivered += 1;
        let event = native_form(event, &format!("e{}", self.delivered), self.now);
        self.deliver(event).unwrap_or_else(|error| panic!("at {}: {error}", self.now))
    }

    /// Delivers an event, received now. Returns whether it met the requirements.
    ///
    /// # Errors
    /// What the call failed with; then nothing comes of it.
    pub fn deliver(&mut self, event: Event) -> Result<bool, Error> {
        let event = Event { received: self.now, ..event };
        let is_for_it = self.requirements.iter().all(|requirement| requirement.holds(&event));
        if is_for_it {
            self.call(Trigger::Event(event))?;
        }
        Ok(is_for_it)
    }

    /// Somebody clears the alert with this key.
    ///
    /// # Panics
    /// When the call fails.
    pub fn clear(&mut self, key: &str) {
        let now = self.now;
        for item in self.alerts.iter_mut().filter(|item| item.is_open(key)) {
            (item.alert.state, item.ended) = (AlertState::Resolved, Some(now));
        }
        self.must(Trigger::Cleared(key.to_owned()));
    }

    /// Lets time pass, such as `90s` or `1h30m`, with all that falls due on the way.
    ///
    /// # Panics
    /// When the text is no length of time, or a call fails.
    pub fn pass(&mut self, span: &str) {
        let span: crate::Span = span.parse().unwrap_or_else(|error| panic!("{error}"));
        self.until(self.now.plus_ms(span.as_ms()));
    }

    /// Moves the clock to this moment, with all that falls due up to it.
    ///
    /// # Panics
    /// When a call fails, or the handler never comes to rest.
    pub fn until(&mut self, end: Timestamp) {
        let mut wakes = 0;
        while let Some(due) = self.wake.filter(|due| *due <= end) {
            wakes += 1;
            assert!(wakes <= WAKES_MAX, "{} was woken {WAKES_MAX} times before {end}", H::NAME);
            self.now = self.now.max(due);
            self.wake = None;
            self.must(Trigger::Wake(due));
        }
        self.now = self.now.max(end);
    }

    /// The daemon was down for so long: nothing is delivered or fired, and a wake-up that
    /// fell due meanwhile moves to a minute after the start.
    ///
    /// # Panics
    /// When the text is no length of time.
    pub fn down(&mut self, span: &str) {
        let span: crate::Span = span.parse().unwrap_or_else(|error| panic!("{error}"));
        self.now = self.now.plus_ms(span.as_ms());
        if self.wake.is_some_and(|due| due <= self.now) {
            self.wake = Some(self.now.plus_s(60));
        }
    }

    /// The lines since they were last taken: `error firing /a: /a is full`,
    /// `notice note e1: gc_t failed`, `error resolved /a: /a is fine`, and for an event
    /// `emitted disk.full /a: …` with its subject and text.
    pub fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    /// The keys of the alerts that fire, in the order in which they began.
    pub fn firing(&self) -> Vec<&str> {
        let firing = self.alerts.iter().filter(|item| item.ended.is_none());
        firing.map(|item| item.alert.key.as_str()).collect()
    }

    /// All alerts so far, each as it stands, for renderings and a closer look.
    pub fn alerts(&self) -> Vec<AlertItem<H::Config>> {
        let item = |item: &Item| AlertItem {
            config: Rc::clone(&self.config),
            alert: item.alert.clone(),
            count: item.count,
            since: item.since,
            latest: item.latest,
            ended: item.ended,
            event: item.event.clone(),
        };
        self.alerts.iter().map(item).collect()
    }

    /// All events emitted so far, those with a key of an earlier one left out.
    pub fn emitted(&self) -> &[NewEvent] {
        &self.emitted
    }

    /// What all alerts so far read like in one message.
    pub fn rendered(&self) -> Rendered {
        let items = self.alerts();
        Rendered { text: H::alert_text(&items), ascii: H::alert_ascii(&items), html: H::alert_html(&items) }
    }

    /// What the handler keeps, by key, without what has expired.
    pub fn state(&self) -> BTreeMap<String, Value> {
        self.host.values(self.now)
    }

    /// What the handler has logged.
    pub fn log(&self) -> &[(Level, String)] {
        &self.host.lines
    }

    fn must(&mut self, trigger: Trigger) {
        let called = self.call(trigger);
        called.unwrap_or_else(|error| panic!("at {}: {error}", self.now));
    }

    fn call(&mut self, trigger: Trigger) -> Result<(), Error> {
        self.host.begin(self.now);
        let mut out = Outcome::default();
        native::with(|host| std::mem::swap(host, &mut self.host));
        let handled = H::handle(&self.config, self.now, &trigger, &mut out);
        native::with(|host| std::mem::swap(host, &mut self.host));
        if let Err(error) = handled {
            self.host.take_back();
            return Err(error);
        }
        match out.wake {
            Wake::Keep => {}
            Wake::Clear => self.wake = None,
            Wake::At(at) => self.wake = Some(if at > self.now { at } else { self.now.plus_s(1) }),
        }
        out.alerts.into_iter().for_each(|alert| self.raise(alert, trigger.event()));
        out.events.into_iter().for_each(|event| self.emit(event));
        Ok(())
    }

    fn raise(&mut self, alert: Alert, event: Option<&Event>) {
        self.lines.push(format!(
            "{} {} {}: {}",
            alert.severity,
            alert.state.as_str(),
            alert.key,
            alert.title
        ));
        let now = self.now;
        let ended = (alert.state != AlertState::Firing).then_some(now);
        let open = match alert.state {
            AlertState::Note => None,
            _ => self.alerts.iter_mut().find(|item| item.is_open(&alert.key)),
        };
        match open {
            Some(item) => {
                item.count += u32::from(alert.state == AlertState::Firing);
                // A resolved alert keeps the severity at which people know it.
                let severity = if ended.is_some() { item.alert.severity } else { alert.severity };
                item.alert = Alert { severity, ..alert };
                (item.latest, item.ended) = (now, ended);
            }
            None if alert.state == AlertState::Resolved => {}
            None => {
                let event = event.cloned();
                self.alerts.push(Item { alert, count: 1, since: now, latest: now, ended, event });
            }
        }
    }

    fn emit(&mut self, event: NewEvent) {
        let is_new = event.dedupe_key.as_ref().is_none_or(|key| self.dedupe_keys.insert(key.clone()));
        if is_new {
            let subject = event.subject.as_deref().unwrap_or("-");
            self.lines.push(format!("emitted {} {subject}: {}", event.kind, event.text));
            self.emitted.push(event);
        }
    }
}

impl Item {
    fn is_open(&self, key: &str) -> bool {
        self.ended.is_none() && self.alert.key == key
    }
}
