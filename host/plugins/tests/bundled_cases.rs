//! The cases of the bundled plugins: folders `plugins/<plugin>/cases/<case>/`.
//!
//! - `config.json`: the configuration.
//! - `calls.jsonl`: a call on each line, in one of four forms. Each may have `now`; else
//!   it is the event's time, the wake-up's, or that of the call before.
//!   - `{"event": {…}}`: an event, with `time` in RFC 3339; what it leaves out has a default.
//!   - `{"wake": "2026-11-20T10:00:00Z"}`, `{"cleared": "key"}`: the other triggers.
//!   - `{"request": {…}}`: a request; its `body` is a text, or `body_file` names a file beside.
//! - `expected.json`: what must come of it. Run with `TELLIFY_BLESS=1` to write it anew.
//!
//! Handlers run each case in one warm instance, and once more with a fresh instance
//! for each call; ingest plugins twice. A difference is a failure.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event::{
    Alert, AlertId, AlertState, AlertUpdate, Event, Name, PluginKind, Seq, StateWrite, SubscriptionId,
    Timestamp, WakeChange,
};
use plugins::{
    AlertItem, CallError, Config, EventRef, Host, HostOptions, IngestRequest, Limits, NewEvent, Nothing,
    Plugin, Rejection, StateRead, StateUnreadable, Trigger,
};
use serde_json::{Map, Value, json};

#[test]
fn every_bundled_plugin_does_what_its_cases_say() {
    // On a busy machine the wall says nothing of a plugin.
    let limits = Limits { wall: Duration::from_secs(60), ..Limits::default() };
    let host = Host::new(HostOptions { limits, ..HostOptions::default() }).unwrap();
    let mut failures = Vec::new();
    let mut count = 0;
    for folder in folders(&repository().join("plugins"), "plugin.toml") {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let plugin = host.load(component(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(plugin.describe().unwrap().name.as_str(), name);
        let cases = folders(&folder.join("cases"), "config.json");
        assert!(!cases.is_empty(), "{name} has no cases");
        count += cases.len();
        failures.extend(cases.iter().filter_map(|case| check(&plugin, case).err()));
    }
    assert!(failures.is_empty(), "{} of {count} cases:\n{}", failures.len(), failures.join("\n"));
}

fn check(plugin: &Plugin, folder: &Path) -> Result<(), String> {
    let found = Case::read(folder).run(plugin);
    let again = Case::read(folder).run_again(plugin);
    if found != again {
        return Err(format!("{}: warm and fresh differ:\n{found:#}\n{again:#}", folder.display()));
    }
    let path = folder.join("expected.json");
    if std::env::var_os("TELLIFY_BLESS").is_some() {
        fs::write(&path, format!("{found:#}\n")).unwrap();
    }
    let expected = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let expected: Value = serde_json::from_str(&expected).map_err(|e| format!("{}: {e}", path.display()))?;
    if found == expected { Ok(()) } else { Err(format!("{}: found instead\n{found:#}", path.display())) }
}

struct Case {
    folder: PathBuf,
    config: Config,
    calls: Vec<Map<String, Value>>,
}

impl Case {
    fn read(folder: &Path) -> Case {
        let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        let data = serde_json::from_str(&text("config.json")).unwrap();
        let calls = text("calls.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let config = Config { id: "case".into(), revision: 1, owner: Name::new("alice").unwrap(), data };
        Case { folder: folder.to_owned(), config, calls }
    }

    fn run(&self, plugin: &Plugin) -> Value {
        self.run_with(plugin, true)
    }

    fn run_again(&self, plugin: &Plugin) -> Value {
        self.run_with(plugin, false)
    }

    fn run_with(&self, plugin: &Plugin, warm: bool) -> Value {
        let problems = plugin.validate(&self.config.owner, &self.config.data).unwrap();
        if !problems.is_empty() {
            let problem = |p: plugins::Problem| json!({ "pointer": p.pointer, "message": p.message });
            return json!({ "problems": problems.into_iter().map(problem).collect::<Vec<_>>() });
        }
        let mut found = Map::new();
        found.insert("title".into(), plugin.title(&self.config).unwrap().into());
        found.insert("summary".into(), plugin.summary(&self.config).unwrap().into());
        match plugin.kind() {
            PluginKind::Handler => self.handle(plugin, warm, &mut found),
            _ => self.accept(plugin, &mut found),
        }
        Value::Object(found)
    }

    fn handle(&self, plugin: &Plugin, warm: bool, found: &mut Map<String, Value>) {
        let requirements = plugin.required_fields(&self.config).unwrap();
        found.insert("requirements".into(), serde_json::to_value(&requirements).unwrap());
        let mut instance = plugin.handler(self.config.owner.clone());
        // A warm instance has its own writes on top of what was there before its run.
        let (before, after) = (Arc::new(Store::default()), Arc::new(Store::default()));
        let (mut alerts, mut calls) = (Vec::new(), Vec::new());
        let mut now = Timestamp::default();
        for (i, call) in self.calls.iter().enumerate() {
            let stored = call.get("event").map(|value| event_of(value, i));
            let moment = match (&stored, call.get("wake")) {
                (Some(event), _) => event.time,
                (None, Some(time)) => time_of(time),
                (None, None) => now,
            };
            now = call.get("now").map_or(moment, time_of);
            if stored.as_ref().is_some_and(|event| !requirements.iter().all(|r| r.holds(event))) {
                calls.push(json!("not called"));
                continue;
            }
            let trigger = match (&stored, call.get("cleared")) {
                (Some(event), _) => Trigger::Event(EventRef { seq: Seq(i as u64 + 1), received: now, event }),
                (None, Some(key)) => Trigger::Cleared(key.as_str().unwrap()),
                (None, None) => Trigger::Wake(now),
            };
            if !warm || instance.is_spent() {
                instance = plugin.handler(self.config.owner.clone());
            }
            let state = if warm { Arc::clone(&before) } else { Arc::clone(&after) };
            match instance.handle(&self.config, now, trigger, state) {
                Err(why) => calls.push(error(&why)),
                Ok(handled) => {
                    after.apply(&handled.writes);
                    handled.alerts.iter().for_each(|update| tell(&mut alerts, update));
                    calls.push(outcome(&handled.alerts, handled.events, handled.wake));
                }
            }
        }
        found.insert("calls".into(), calls.into());
        found.insert("state".into(), after.json());
        found.insert("told".into(), self.told(plugin, &alerts));
    }

    fn told(&self, plugin: &Plugin, alerts: &[Alert]) -> Value {
        let item = |alert| AlertItem { config: &self.config, alert, event: None };
        let gang = plugin.gang(&alerts.iter().map(item).collect::<Vec<_>>()).unwrap();
        let lines = gang.ascii.map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
        json!({ "text": gang.text, "ascii": lines, "html": gang.html })
    }

    fn accept(&self, plugin: &Plugin, found: &mut Map<String, Value>) {
        let mut calls = Vec::new();
        let mut now = Timestamp::default();
        for call in &self.calls {
            now = call.get("now").map_or(now, time_of);
            let request = self.request(&call["request"]);
            calls.push(match plugin.accept(&self.config, now, request, Arc::new(Nothing)) {
                Err(why) => error(&why),
                Ok(Err(Rejection::Unauthorized(why))) => json!({ "unauthorized": why }),
                Ok(Err(Rejection::Malformed(why))) => json!({ "malformed": why }),
                Ok(Err(Rejection::Ignored(why))) => json!({ "ignored": why }),
                Ok(Err(Rejection::Refused(why))) => json!({ "refused": why }),
                Ok(Ok(accepted)) => {
                    let events: Vec<_> = accepted.events.into_iter().map(new_event).collect();
                    let reply = accepted.reply.map(|reply| {
                        let body = String::from_utf8(reply.body).unwrap();
                        json!({ "status": reply.status, "headers": reply.headers, "body": body })
                    });
                    json!({ "events": events, "reply": reply })
                }
            });
        }
        found.insert("calls".into(), calls.into());
    }

    fn request(&self, value: &Value) -> IngestRequest {
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let headers = value["headers"].as_object().into_iter().flatten();
        IngestRequest {
            method: value["method"].as_str().unwrap_or("POST").to_owned(),
            path: text("path"),
            query: text("query"),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            body: match value["body_file"].as_str() {
                Some(file) => fs::read(self.folder.join(file)).unwrap(),
                None => text("body").into_bytes(),
            },
            remote: "127.0.0.1".into(),
        }
    }
}

/// Committed state of one configuration. Nothing in it ever expires: no case is that long.
#[derive(Default)]
struct Store(Mutex<BTreeMap<String, Vec<u8>>>);

impl Store {
    fn apply(&self, writes: &[StateWrite]) {
        let mut store = self.0.lock().unwrap();
        for StateWrite { key, value, .. } in writes {
            match value {
                Some(value) => drop(store.insert(key.clone(), value.clone())),
                None => drop(store.remove(key)),
            }
        }
    }

    fn json(&self) -> Value {
        let value = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_else(|_| json!(bytes));
        let store = self.0.lock().unwrap();
        store.iter().map(|(key, bytes)| (key.clone(), value(bytes))).collect::<Map<_, _>>().into()
    }
}

impl StateRead for Store {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    fn keys(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StateUnreadable> {
        let store = self.0.lock().unwrap();
        let keys = store.keys().filter(|key| key.starts_with(prefix));
        Ok(keys.filter(|key| after.is_none_or(|after| key.as_str() > after)).take(limit).cloned().collect())
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        Ok(self.0.lock().unwrap().iter().map(|(key, value)| (key.len() + value.len()) as u64).sum())
    }
}

/// What the journal does with an update, as far as a rendering sees it.
fn tell(alerts: &mut Vec<Alert>, update: &AlertUpdate) {
    let known = alerts.iter_mut().find(|alert| alert.key == update.key && alert.ended.is_none());
    let ended = (update.state != AlertState::Firing).then_some(update.at);
    match known {
        Some(alert) => {
            alert.count += u32::from(update.state == AlertState::Firing);
            let (title, data) = (update.title.clone(), update.data.clone());
            (alert.state, alert.title, alert.data, alert.latest, alert.ended) =
                (update.state, title, data, update.at, ended);
            if update.state == AlertState::Firing {
                alert.severity = update.severity;
            }
        }
        None => alerts.push(Alert {
            id: AlertId(format!("a{}", alerts.len())),
            subscription: SubscriptionId("case".into()),
            owner: Name::new("alice").unwrap(),
            handler: Name::new("handler").unwrap(),
            key: update.key.clone(),
            state: update.state,
            severity: update.severity,
            title: update.title.clone(),
            data: update.data.clone(),
            count: 1,
            since: update.at,
            latest: update.at,
            ended,
            event: update.event,
        }),
    }
}

/// An event from the form in which cases write it.
fn event_of(value: &Value, i: usize) -> Event {
    let mut map = value.as_object().unwrap().clone();
    let time = map.get("time").map_or(Timestamp(i as i64 * 60_000), time_of);
    map.insert("time".into(), json!(time.0));
    for (key, default) in [("id", format!("e{}", i + 1)), ("source", "test".into()), ("type", "event".into())]
    {
        map.entry(key).or_insert(default.into());
    }
    serde_json::from_value(map.into()).unwrap()
}

fn time_of(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn error(why: &CallError) -> Value {
    json!({ "error": why.to_string(), "stack": why.stack() })
}

fn outcome(alerts: &[AlertUpdate], events: Vec<NewEvent>, wake: WakeChange) -> Value {
    let alert = |a: &AlertUpdate| json!({ "key": a.key, "state": a.state, "severity": a.severity, "title": a.title, "data": a.data });
    let mut outcome = Map::new();
    outcome.insert("alerts".into(), alerts.iter().map(alert).collect());
    if !events.is_empty() {
        outcome.insert("events".into(), events.into_iter().map(new_event).collect());
    }
    match wake {
        WakeChange::Keep => {}
        WakeChange::Clear => drop(outcome.insert("wake".into(), Value::Null)),
        WakeChange::At(time) => drop(outcome.insert("wake".into(), time.to_string().into())),
    }
    outcome.into()
}

fn new_event(event: NewEvent) -> Value {
    let mut value = json!({
        "type": event.kind, "source": event.source, "subject": event.subject,
        "time": event.time.map(|time| time.to_string()), "severity": event.severity, "effect": event.effect,
        "origin": event.origin, "tags": event.tags, "text": event.text.lines().collect::<Vec<_>>(),
        "data": event.data, "dedupe_key": event.dedupe_key,
    });
    value.as_object_mut().unwrap().retain(|_, value| !value.is_null() && *value != json!([]));
    value
}

fn component(name: &str) -> Arc<[u8]> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let path = target.join("plugins").join(name).with_extension("wasm");
    let bytes = fs::read(&path);
    bytes.unwrap_or_else(|e| panic!("{}: {e}: run `cargo xtask plugins` first", path.display())).into()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folders in `folder` that hold `file`, by name.
fn folders(folder: &Path, file: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join(file).exists());
    folders.sort();
    folders
}
