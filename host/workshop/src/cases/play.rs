//! The calls of a case, made in the daemon's own host.

use std::sync::Arc;

use event::{Alert, Manifest, Name, PluginKind, Requirement, Seq, Timestamp};
use plugins::{AlertItem, CallError, Called, Config, Cost, EventRef, HandlerInstance, Plugin, Trigger};
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

/// What came of a case, played once.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) found: Value,
    /// Of its costliest call.
    pub(super) most: Cost,
    pub(super) broken: Vec<Broken>,
}

/// A call that broke off, with the guest's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// In `calls.jsonl`; none: before the first call or behind the last one.
    pub line: Option<usize>,
    pub message: String,
    pub stack: String,
}

/// Plays a case.
///
/// # Errors
/// When the case holds a call that is not for this kind of plugin.
pub(super) fn play(
    case: &Case,
    plugin: &Plugin,
    manifest: Option<&Manifest>,
    instances: Instances,
) -> Result<Played, CaseError> {
    let owner = Name::new("alice").expect("it is a name");
    let config = Config { id: "case".into(), revision: 1, owner, data: case.config.clone() };
    let (found, most, broken) = (Map::new(), Cost::default(), Vec::new());
    let mut player = Player { case, plugin, manifest, config, found, most, broken };
    // What fails before the first call ends the case, and is what came of it.
    if let Err(error) = player.begin() {
        let found = player.failed(None, &error);
        return Ok(Played { found, most: player.most, broken: player.broken });
    }
    if !player.found.contains_key("problems") {
        match plugin.kind() {
            PluginKind::Handler => player.handle(instances)?,
            _ => player.call()?,
        }
    }
    Ok(Played { found: Value::Object(player.found), most: player.most, broken: player.broken })
}

/// What is shown of a call that went well.
type Came = Result<Value, CallError>;

struct Player<'c> {
    case: &'c Case,
    plugin: &'c Plugin,
    manifest: Option<&'c Manifest>,
    config: Config,
    found: Map<String, Value>,
    most: Cost,
    broken: Vec<Broken>,
}

impl Player<'_> {
    /// How a failure is shown; its stack, which is another after each build, is kept apart.
    fn failed(&mut self, line: Option<usize>, error: &CallError) -> Value {
        if !error.stack().is_empty() {
            let (message, stack) = (error.to_string(), error.stack().to_owned());
            self.broken.push(Broken { line, message, stack });
        }
        shown::error(error)
    }

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
                let failed = self.failed(None, &error);
                self.found.insert("requirements".into(), failed);
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
            calls.push(came.unwrap_or_else(|error| self.failed(Some(call.line), &error)));
        }
        stage.after.expire(now);
        self.found.insert("calls".into(), calls.into());
        self.found.insert("state".into(), stage.after.json());
        let told = self.told(&stage.alerts);
        self.found.insert("told".into(), told);
        Ok(())
    }

    /// What all alerts read like in one message.
    fn told(&mut self, alerts: &[Alert]) -> Value {
        let item = |alert| AlertItem { config: &self.config, alert, event: None };
        let gang = self.plugin.gang(&alerts.iter().map(item).collect::<Vec<_>>());
        gang.map_or_else(|error| self.failed(None, &error), shown::gang)
    }

    /// The calls of any other kind than a handler.
    fn call(&mut self) -> Result<(), CaseError> {
        let outside = Playback::new(&self.case.outside, self.plugin_name(), self.manifest);
        let store = Arc::new(Store::of(&self.case.state));
        let (mut calls, mut now) = (Vec::new(), Timestamp::default());
        for call in &self.case.calls {
            now = moment(call, now);
            store.expire(now);
            let (came, cost) = self.one(call, now, &outside, &store)?;
            self.most = more(self.most, cost);
            let mut came = came.unwrap_or_else(|error| self.failed(Some(call.line), &error));
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
    ) -> Result<(Came, Cost), CaseError> {
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
                shown_of(called, shown::report)
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
    ) -> Result<(Came, Cost), CaseError> {
        let trigger = match &call.what {
            What::Event(event) if !self.requirements.iter().all(|r| r.holds(event)) => {
                return Ok((Ok(json!("not called")), Cost::default()));
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
        let handled = self.instance.handle(&player.config, now, trigger, state.clone());
        let came = handled.map(|handled| {
            self.after.apply(&handled.writes);
            handled.alerts.iter().for_each(|update| shown::tell(&mut self.alerts, update));
            shown::outcome(&handled.alerts, handled.events, handled.wake)
        });
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

fn shown_of<T>(called: Called<T>, show: impl FnOnce(T) -> Value) -> (Came, Cost) {
    (called.answer.map(show), called.cost)
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
