//! One run: a subscription's next events, replays and wake-ups through its handler.
//!
//! A run reads state and calls the plugin, and changes nothing: all that it brings
//! forth is records for the journal. It runs on a thread that may block.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::sync::Arc;
use std::vec;

use event::{
    Event, EventRecord, Identity, Name, Outcome, Realm, Record, Seq, StateWrite, Subscription,
    SubscriptionId, Timestamp, WakeChange,
};
use journal::{Silences, StateError, View};
use meter::Timer;
use plugins::{CallError, Config, Handled, HandlerInstance, NewEvent, Plugin, StateRead, StateUnreadable};
use serde_json::Value;

use crate::call::{Call, Entry};
use crate::meters::Meters;
use crate::notice::{self, Cause};

/// What one subscription has before it.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) subscription: Arc<Subscription>,
    /// It has everything up to here behind it, whether that was worth a record or not.
    pub(crate) behind: Seq,
    pub(crate) entries: Vec<Entry>,
    /// Its pending wake-up.
    pub(crate) wake: Option<Timestamp>,
    /// How far time has come: a wake-up due before this moment fires in the run.
    pub(crate) horizon: Timestamp,
}

impl Run {
    /// Leaves the run for later, when its subscription reads for itself.
    pub(crate) fn postpone(self) -> Finished {
        let end = End::Late { position: self.behind };
        Finished {
            subscription: self.subscription,
            behind: self.behind,
            records: Vec::new(),
            wake: self.wake,
            end,
        }
    }

    /// Fails the run before its first call, because that cannot be made.
    pub(crate) fn fail(self, message: String) -> Finished {
        let first = self.entries.first();
        let early = self.wake.filter(|due| first.is_none_or(|entry| *due < entry.received()));
        let call = match (early, first) {
            (None, Some(entry)) => Call::Entry(entry.clone()),
            (due, _) => Call::Wake(due.unwrap_or(self.horizon)),
        };
        let error = CallError::Host { message };
        // Such a failure is never set aside, so its hops are nobody's business.
        let failed = FailedCall { call, hops: 0, position: self.behind, is_first: true, error, sha256: None };
        Finished {
            subscription: self.subscription,
            behind: self.behind,
            records: Vec::new(),
            wake: self.wake,
            end: End::Failed(Box::new(failed)),
        }
    }
}

/// What came of a run.
pub(crate) struct Finished {
    pub(crate) subscription: Arc<Subscription>,
    /// What it had behind it before the run.
    pub(crate) behind: Seq,
    /// Its outcome and what it emits; empty when nothing happened that the journal must hold.
    pub(crate) records: Vec<Record>,
    pub(crate) wake: Option<Timestamp>,
    pub(crate) end: End,
}

pub(crate) enum End {
    Done,
    /// Its turn was over; everything up to `position` is done.
    Late {
        position: Seq,
    },
    Failed(Box<FailedCall>),
}

/// The call that a run broke off at.
pub(crate) struct FailedCall {
    pub(crate) call: Call,
    /// How many handlers stand between the first cause and this call.
    pub(crate) hops: u8,
    /// What the subscription had behind it when the call was made.
    pub(crate) position: Seq,
    /// The run had made no call before.
    pub(crate) is_first: bool,
    pub(crate) error: CallError,
    /// The version that was called; none: it could not be.
    pub(crate) sha256: Option<String>,
}

/// A run ends early when it has brought forth so many bytes: an outcome is one group
/// of the journal, and one call more must still fit.
const RUN_BYTES: usize = 2 << 20;

/// A wake-up that is asked for at a moment that has passed comes so much later.
const PAST_WAKE_S: i64 = 1;

/// Expired values that one run removes: what is left is removed by the next.
const EXPIRED_MAX: usize = 500;

/// Performs the runs of one plugin for one owner, one after the other, in one
/// instance. When `late` turns true, what is left is postponed.
pub(crate) fn perform(
    plugin: &Plugin,
    owner: &Name,
    runs: Vec<Run>,
    view: &Arc<View>,
    meters: &Meters,
    late: impl Fn() -> bool,
) -> Vec<Finished> {
    let mut caller = Caller { plugin, owner, instance: None, calls: 0, meters };
    let perform_one = |run: Run| {
        let behind = run.behind;
        let id = &run.subscription.id;
        match Standing::of(id, view) {
            Ok(standing) => Course::new(run, standing, view).go(&mut caller, &late),
            Err(error) => Run { behind, ..run }.fail(error.to_string()),
        }
    };
    runs.into_iter().map(perform_one).collect()
}

/// The instance that serves a batch; dropped once it is spent, and made anew.
struct Caller<'a> {
    plugin: &'a Plugin,
    owner: &'a Name,
    instance: Option<HandlerInstance>,
    /// Made so far, for all runs together.
    calls: usize,
    meters: &'a Meters,
}

impl Caller<'_> {
    fn call(
        &mut self,
        handler: &Name,
        config: &Config,
        now: Timestamp,
        trigger: plugins::Trigger<'_>,
        state: Arc<dyn StateRead>,
    ) -> Result<Handled, CallError> {
        self.calls += 1;
        let mut instance = self.instance.take().unwrap_or_else(|| self.plugin.handler(self.owner.clone()));
        let timer = Timer::start();
        let handled = instance.handle(config, now, trigger, state);
        self.meters.called(handler.as_str(), timer, handled.as_ref().map(|_| ()));
        if !instance.is_spent() {
            self.instance = Some(instance);
        }
        handled
    }
}

/// What the journal says of a subscription before a run.
struct Standing {
    /// Events up to there were handled by an earlier run, whose answer was lost.
    at: Seq,
    wake_hops: u8,
    silences: Silences,
}

impl Standing {
    fn of(id: &SubscriptionId, view: &View) -> Result<Standing, StateError> {
        Ok(Standing { at: view.position(id)?, wake_hops: view.wake_hops(id)?, silences: view.silences()? })
    }
}

/// A run under way.
struct Course {
    subscription: Arc<Subscription>,
    config: Config,
    behind: Seq,
    entries: Peekable<vec::IntoIter<Entry>>,
    horizon: Timestamp,
    view: Arc<View>,
    silences: Silences,
    /// The wake-up that the state knows of, and whether it fired.
    known_wake: Option<Timestamp>,
    known_wake_fired: bool,
    wake: Option<Timestamp>,
    /// The hops behind the pending wake-up, as the state knows them and as they are now.
    known_wake_hops: u8,
    wake_hops: u8,
    /// The journal's time at the last call.
    now: Option<Timestamp>,
    position: Seq,
    calls: usize,
    bytes: usize,
    outcome: Outcome,
    emitted: Vec<Record>,
    /// The last write of each key.
    writes: BTreeMap<String, StateWrite>,
}

impl Course {
    fn new(run: Run, standing: Standing, view: &Arc<View>) -> Course {
        let Standing { at: stands, wake_hops, silences } = standing;
        let Run { subscription, behind, mut entries, wake, horizon } = run;
        entries.retain(|entry| entry.seq() > stands);
        Course {
            config: config_of(&subscription),
            behind,
            entries: entries.into_iter().peekable(),
            horizon,
            view: view.clone(),
            silences,
            known_wake: wake,
            known_wake_fired: false,
            wake,
            known_wake_hops: wake_hops,
            wake_hops,
            now: None,
            position: behind.max(stands),
            calls: 0,
            bytes: 0,
            outcome: Outcome {
                subscription: subscription.id.clone(),
                after: Some(stands),
                upto: None,
                spent: None,
                alerts: Vec::new(),
                writes: Vec::new(),
                wake: WakeChange::Keep,
                wake_hops: 0,
                replayed: Vec::new(),
            },
            emitted: Vec::new(),
            writes: BTreeMap::new(),
            subscription,
        }
    }

    fn go(mut self, caller: &mut Caller<'_>, late: &impl Fn() -> bool) -> Finished {
        let end = loop {
            // Each batch makes some progress, so at least one call is made.
            if self.bytes > RUN_BYTES || (caller.calls > 0 && late()) {
                break match self.entries.peek() {
                    Some(_) => End::Late { position: self.position },
                    None => End::Done,
                };
            }
            let Some(next) = self.next() else { break End::Done };
            if let Err(failed) = self.make(next, caller) {
                break End::Failed(failed);
            }
        };
        self.finish(end)
    }

    /// A wake-up that is due at T comes after every event received up to T, and
    /// before any later one.
    fn next(&mut self) -> Option<Call> {
        let time = self.entries.peek().map_or(self.horizon, Entry::received);
        match self.wake {
            Some(due) if due < time => Some(Call::Wake(due)),
            _ => self.entries.next().map(Call::Entry),
        }
    }

    fn make(&mut self, call: Call, caller: &mut Caller<'_>) -> Result<(), Box<FailedCall>> {
        let now = call.now();
        let subscription = self.subscription.id.clone();
        let state = Arc::new(Committed { subscription, view: self.view.clone(), now });
        let is_first = self.calls == 0;
        self.calls += 1;
        self.now = Some(now);
        match caller.call(&self.subscription.handler, &self.config, now, call.told(), state) {
            Ok(handled) => {
                self.absorb(handled, now, &call);
                Ok(())
            }
            Err(error) => {
                let hops = match &call {
                    Call::Entry(entry) => entry.hops(),
                    Call::Wake(_) => self.wake_hops,
                };
                let position = self.position;
                let sha256 = Some(caller.plugin.sha256().to_owned());
                Err(Box::new(FailedCall { call, hops, position, is_first, error, sha256 }))
            }
        }
    }

    fn absorb(&mut self, handled: Handled, now: Timestamp, call: &Call) {
        // What brought forth all that comes of this call.
        let cause = match call {
            Call::Entry(entry) => {
                self.position = entry.seq();
                self.outcome.replayed.extend(entry.failure());
                Cause { event: call.event().map(|stored| stored.seq), hops: entry.hops() }
            }
            Call::Wake(_) => {
                self.known_wake_fired |= self.wake == self.known_wake;
                self.wake = None;
                Cause { event: None, hops: std::mem::take(&mut self.wake_hops) }
            }
        };
        match handled.wake {
            WakeChange::Keep => {}
            WakeChange::Clear => (self.wake, self.wake_hops) = (None, 0),
            WakeChange::At(due) => {
                // Handlers keep several moments on their one wake-up: the longest chain counts.
                let due = self.silences.settled(due);
                self.wake = Some(if due > now { due } else { now.plus_s(PAST_WAKE_S) });
                self.wake_hops = self.wake_hops.max(cause.hops);
            }
        }
        let is_ours = call.event().is_some_and(|stored| stored.event.kind.starts_with("tellify."));
        self.bytes += weight(&handled);
        self.outcome.alerts.extend(handled.alerts);
        self.writes.extend(handled.writes.into_iter().map(|write| (write.key.clone(), write)));
        for new in handled.events {
            self.emit(new, now, Cause { hops: cause.hops.saturating_add(1), ..cause }, is_ours);
        }
    }

    /// `is_ours` says that it comes of one of the daemon's own notices: that such a chain
    /// is cut is no news, or there would be a notice of each notice.
    fn emit(&mut self, new: NewEvent, now: Timestamp, cause: Cause, is_ours: bool) {
        let Subscription { id, owner, name, publish, .. } = &*self.subscription;
        if cause.hops > EventRecord::HOPS_MAX && !is_ours {
            self.emitted.push(notice::looped(&self.subscription, cause.event, now));
        }
        let moment = notice::moment(cause.event, now);
        let event = Event {
            id: format!("{id}-{moment}-{}", self.emitted.len()),
            source: new.source.unwrap_or_else(|| format!("{owner}/{name}")),
            kind: new.kind,
            subject: new.subject,
            time: new.time.unwrap_or(now),
            severity: new.severity,
            effect: new.effect,
            origin: new.origin,
            tags: new.tags,
            text: new.text,
            data: new.data,
        };
        self.emitted.push(Record::Event(EventRecord {
            event,
            realm: if *publish { Realm::everyone() } else { Realm::person(owner) },
            identity: new.dedupe_key.map(|key| Identity::once(id.as_str(), &key)),
            cause: cause.event,
            hops: cause.hops,
            about: Vec::new(),
        }));
    }

    /// What a handler kept for a time takes up its space until somebody removes it. Runs
    /// do, since only a record of theirs says at which time.
    fn remove_expired(&mut self) {
        let Some(now) = self.now else { return };
        match self.view.handler_expired(&self.subscription.id, now, EXPIRED_MAX) {
            Ok(expired) => {
                for key in expired {
                    let removal = StateWrite { key: key.clone(), value: None, expires: None };
                    self.writes.entry(key).or_insert(removal);
                }
            }
            Err(error) => {
                tracing::error!(subscription = %self.subscription.id, %error, "what has expired stays for now");
            }
        }
    }

    fn finish(mut self, end: End) -> Finished {
        self.outcome.upto = Some(self.position);
        self.remove_expired();
        self.outcome.writes = std::mem::take(&mut self.writes).into_values().collect();
        // Wake-ups that were asked for and fired within the run are nobody else's business.
        self.outcome.spent = self.known_wake.filter(|_| self.known_wake_fired);
        let left = self.known_wake.filter(|_| !self.known_wake_fired);
        self.outcome.wake = match self.wake {
            wake if wake == left && self.wake_hops == self.known_wake_hops => WakeChange::Keep,
            Some(due) => WakeChange::At(due),
            None => WakeChange::Clear,
        };
        if let WakeChange::At(_) = self.outcome.wake {
            self.outcome.wake_hops = self.wake_hops;
        }
        let Outcome { spent, alerts, writes, wake, replayed, .. } = &self.outcome;
        let idle = spent.is_none() && alerts.is_empty() && writes.is_empty() && *wake == WakeChange::Keep;
        let records = if idle && replayed.is_empty() && self.emitted.is_empty() {
            Vec::new()
        } else {
            std::iter::once(Record::Outcome(self.outcome)).chain(self.emitted).collect()
        };
        Finished { subscription: self.subscription, behind: self.behind, records, wake: self.wake, end }
    }
}

/// About how many bytes a call's effects will take in the journal.
fn weight(handled: &Handled) -> usize {
    let alerts =
        handled.alerts.iter().map(|alert| alert.key.len() + alert.title.len() + json_weight(&alert.data));
    let writes = handled
        .writes
        .iter()
        .map(|write| write.key.len() + write.value.as_ref().map_or(0, |value| value.len().div_ceil(3) * 4));
    let events = handled.events.iter().map(|event| event.text.len() + json_weight(&event.data));
    // Names, numbers and quotes around them.
    const EACH: usize = 256;
    alerts.chain(writes).chain(events).map(|bytes| bytes + EACH).sum()
}

fn json_weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(values) => values.iter().map(|value| json_weight(value) + 1).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + 4 + json_weight(value)).sum(),
    }
}

/// A subscription's configuration as its plugin sees it.
pub(crate) fn config_of(subscription: &Subscription) -> Config {
    Config {
        id: subscription.id.to_string(),
        revision: subscription.revision,
        owner: subscription.owner.clone(),
        data: subscription.config.clone(),
    }
}

/// The committed state of one configuration; what the run itself writes lies on top
/// of it within the instance.
struct Committed {
    subscription: SubscriptionId,
    view: Arc<View>,
    now: Timestamp,
}

impl StateRead for Committed {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        self.view.handler_value(&self.subscription, key, self.now).map_err(unreadable)
    }

    fn keys(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StateUnreadable> {
        self.view.handler_keys(&self.subscription, prefix, after, limit, self.now).map_err(unreadable)
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        self.view.handler_bytes(&self.subscription).map_err(unreadable)
    }
}

fn unreadable(error: StateError) -> StateUnreadable {
    StateUnreadable(error.to_string())
}
