//! The calls of a case, made in the daemon's own host.

use std::sync::Arc;

use event::{Alert, Manifest, Name, PluginKind, Requirement, Seq, Timestamp};
use plugins::{
    AlertItem, CallError, Called, Config, Cost, EventRef, HandlerInstance, MonitorStatus, MonitorValue,
    Plugin, Trigger,
};
use serde_json::{Map, Value, json};

use super::outside::Playback;
use super::read::{Call, Case, CaseError, What};
use super::shown;
use super::store::Store;

/// How long an instance of a handler serves; of the other kinds, each call has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instances {
    /// All calls.
    Warm,
    /// One call.
    Fresh,
}

/// Plays a case: what came of it, and the cost of its costliest call.
///
/// # Errors
/// When the case holds a call that is not for this kind of plugin.
pub(super) fn play(
    case: &Case,
    plugin: &Plugin,
    manifest: Option<&Manifest>,
    instances: Instances,
) -> Result<(Value, Cost), CaseError> {
    let owner = Name::new("alice").expect("it is a name");
    let config = Config { id: "case".into(), revision: 1, owner, data: case.config.clone() };
    let mut player = Player { case, plugin, manifest, config, found: Map::new(), most: Cost::default() };
    // What fails before the first call ends the case, and is what came of it.
    if let Err(error) = player.begin() {
        return Ok((shown::error(&error), player.most));
    }
    if !player.found.contains_key("problems") {
        match plugin.kind() {
            PluginKind::Handler => player.handle(instances)?,
            _ => player.call()?,
        }
    }
    Ok((Value::Object(player.found), player.most))
}

struct Player<'c> {
    case: &'c Case,
    plugin: &'c Plugin,
    manifest: Option<&'c Manifest>,
    config: Config,
    found: Map<String, Value>,
    most: Cost,
}

impl Player<'_> {
    /// Whether the configuration is taken, and what is said of it.
    fn begin(&mut self) -> Result<(), CallError> {
        let problems = self.plugin.validate(&self.config.owner, &self.config.data)?;
        if !problems.is_empty() {
            self.found.insert("problems".into(), problems.into_iter().map(shown::problem).collect());
            return Ok(());
        }
        let (title, summary) = (self.plugin.title(&self.config)?, self.plugin.summary(&self.config)?);
        self.found.insert("title".into(), title.into());
        self.found.insert("summary".into(), summary.into());
        Ok(())
    }

    fn handle(&mut self, instances: Instances) -> Result<(), CaseError> {
        let requirements = match self.plugin.required_fields(&self.config) {
            Ok(requirements) => requirements,
            Err(error) => {
                self.found.insert("requirements".into(), shown::error(&error));
                return Ok(());
            }
        };
        let shown = requirements.iter().map(|requirement| json!(requirement)).collect();
        self.found.insert("requirements".into(), shown);
        let mut stage = Stage {
            instance: self.plugin.handler(self.config.owner.clone()),
            instances,
            requirements,
            before: Arc::new(Store::of(&self.case.state)),
            after: Arc::new(Store::of(&self.case.state)),
            alerts: Vec::new(),
        };
        let (mut calls, mut now) = (Vec::new(), Timestamp::default());
        for (i, call) in self.case.calls.iter().enumerate() {
            now = moment(call, now);
            let (came, cost) = stage.call(self, call, Seq(i as u64 + 1), now)?;
            self.most = more(self.most, cost);
            calls.push(came);
        }
        stage.after.expire(now);
        self.found.insert("calls".into(), calls.into());
        self.found.insert("state".into(), stage.after.json());
        self.found.insert("told".into(), self.told(&stage.alerts));
        Ok(())
    }

    /// What all alerts read like in one message.
    fn told(&self, alerts: &[Alert]) -> Value {
        let item = |alert| AlertItem { config: &self.config, alert, event: None };
        match self.plugin.gang(&alerts.iter().map(item).collect::<Vec<_>>()) {
            Err(error) => shown::error(&error),
            Ok(gang) => shown::gang(gang),
        }
    }

    /// The calls of any other kind than a handler.
    fn call(&mut self) -> Result<(), CaseError> {
        let outside = Playback::new(&self.case.outside, self.plugin_name(), self.manifest);
        let store = Arc::new(Store::of(&self.case.state));
        let (mut calls, mut now) = (Vec::new(), Timestamp::default());
        for call in &self.case.calls {
            now = moment(call, now);
            store.expire(now);
            let (mut came, cost) = self.one(call, now, &outside, &store)?;
            self.most = more(self.most, cost);
            let sent = outside.take_sent();
            if let (Value::Object(came), false) = (&mut came, sent.is_empty()) {
                came.insert("sent".into(), sent.into());
            }
            calls.push(came);
        }
        self.found.insert("calls".into(), calls.into());
        if self.plugin.kind() == PluginKind::Monitor {
            self.found.insert("state".into(), store.json());
        }
        Ok(())
    }

    fn one(
        &self,
        call: &Call,
        now: Timestamp,
        outside: &Arc<Playback>,
        store: &Arc<Store>,
    ) -> Result<(Value, Cost), CaseError> {
        let (plugin, config) = (self.plugin, &self.config);
        let came = match (plugin.kind(), &call.what) {
            (PluginKind::Ingest, What::Request(request)) => {
                shown_of(plugin.accept(config, now, request.clone(), outside.clone()), shown::accepted)
            }
            (PluginKind::Monitor, What::Check) => {
                let called = plugin.check(config, now, store.clone(), outside.clone());
                if let Ok(report) = &called.answer {
                    store.apply(&report.writes);
                }
                shown_of(called, |report| {
                    let events: Vec<Value> = report.events.into_iter().map(shown::new_event).collect();
                    let value = match report.value {
                        MonitorValue::None => Value::Null,
                        MonitorValue::Number(number) => json!(number),
                        MonitorValue::Text(text) => json!(text),
                    };
                    let status = if report.status == MonitorStatus::Ok { "ok" } else { "alarm" };
                    json!({
                        "status": status, "message": report.message, "value": value,
                        "details": report.details, "events": events,
                    })
                })
            }
            (PluginKind::Channel, What::Deliver(message)) => shown_of(
                plugin.deliver(config, now, message, outside.clone()),
                |receipt| json!({ "receipt": receipt.reference }),
            ),
            (PluginKind::Source, What::Query { method, arguments }) => {
                let within = plugin.limits().wall;
                shown_of(plugin.query(config, now, method, arguments, outside.clone(), within), shown::answer)
            }
            (kind, _) => return Err(self.case.wrong(call, not_for(kind))),
        };
        Ok(came)
    }

    fn plugin_name(&self) -> &str {
        self.manifest.map_or("NAME", |manifest| manifest.name.as_str())
    }
}

/// A handler, its store and its alerts.
struct Stage {
    instance: HandlerInstance,
    instances: Instances,
    requirements: Vec<Requirement>,
    /// A warm instance has its own writes on top of what was there before its run.
    before: Arc<Store>,
    after: Arc<Store>,
    alerts: Vec<Alert>,
}

impl Stage {
    fn call(
        &mut self,
        player: &Player<'_>,
        call: &Call,
        seq: Seq,
        now: Timestamp,
    ) -> Result<(Value, Cost), CaseError> {
        let trigger = match &call.what {
            What::Event(event) if !self.requirements.iter().all(|r| r.holds(event)) => {
                return Ok((json!("not called"), Cost::default()));
            }
            What::Event(event) => Trigger::Event(EventRef { seq, received: now, event }),
            What::Cleared(key) => Trigger::Cleared(key),
            What::Wake(due) => Trigger::Wake(*due),
            _ => return Err(player.case.wrong(call, not_for(PluginKind::Handler))),
        };
        if self.instances == Instances::Fresh || self.instance.is_spent() {
            self.instance = player.plugin.handler(player.config.owner.clone());
        }
        let state = if self.instances == Instances::Warm { &self.before } else { &self.after };
        state.expire(now);
        let before = self.instance.cost();
        let came = match self.instance.handle(&player.config, now, trigger, state.clone()) {
            Err(why) => shown::error(&why),
            Ok(handled) => {
                self.after.apply(&handled.writes);
                handled.alerts.iter().for_each(|update| shown::tell(&mut self.alerts, update));
                shown::outcome(&handled.alerts, handled.events, handled.wake)
            }
        };
        Ok((came, since(self.instance.cost(), before)))
    }
}

fn not_for(kind: PluginKind) -> String {
    let fitting = match kind {
        PluginKind::Handler => "`event`, `wake` and `cleared`",
        PluginKind::Ingest => "`request`",
        PluginKind::Monitor => "`check`",
        PluginKind::Channel => "`deliver`",
        PluginKind::Source => "`query`",
    };
    format!("a plugin of the kind {kind} has no such call: its calls are {fitting}")
}

/// When a call is made.
fn moment(call: &Call, before: Timestamp) -> Timestamp {
    let own = match &call.what {
        What::Event(event) => event.time,
        What::Wake(due) => *due,
        _ => before,
    };
    call.now.unwrap_or(own)
}

fn shown_of<T>(called: Called<T>, show: impl FnOnce(T) -> Value) -> (Value, Cost) {
    let came = match called.answer {
        Ok(answer) => show(answer),
        Err(error) => shown::error(&error),
    };
    (came, called.cost)
}

/// The greater of both in each respect.
fn more(one: Cost, other: Cost) -> Cost {
    Cost {
        cpu: one.cpu.max(other.cpu),
        wall: one.wall.max(other.wall),
        memory_bytes: one.memory_bytes.max(other.memory_bytes),
        host_calls: one.host_calls.max(other.host_calls),
    }
}

/// What the last call of an instance took.
fn since(now: Cost, before: Cost) -> Cost {
    Cost {
        cpu: now.cpu.saturating_sub(before.cpu),
        wall: now.wall.saturating_sub(before.wall),
        memory_bytes: now.memory_bytes,
        host_calls: now.host_calls.saturating_sub(before.host_calls),
    }
}
