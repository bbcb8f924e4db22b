//! What the plugin host adds to a handler's call: the same component called through
//! the whole host, through bare `wasmtime`, and its decision called natively.
//!
//! `cargo bench -p plugins`. Only the ratios mean anything.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event::{Event, Name, Seq, Timestamp};
use plugins::{Config, EventRef, Host, HostOptions, Plugin, StateRead, StateUnreadable, Trigger};
use serde_json::json;

#[path = "../../../tests/guests/counter/src/logic.rs"]
mod logic;

mod bare {
    wasmtime::component::bindgen!({ path: "../../wit", world: "handler" });
}

const CALLS: u32 = 20_000;
const FRESH_CALLS: u32 = 2_000;
const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn main() {
    let bytes = testkit::guest("counter");
    let event = event();
    let native = native(&event);
    let bare = bare_wasmtime(&bytes, &event);
    let plugin = Host::new(HostOptions::default()).unwrap().load(bytes).unwrap();
    let warm = warm(&plugin, &event);
    let fresh = fresh(&plugin, &event);
    println!("a handler's call, each with one state read and write:");
    for (name, time) in [
        ("native", native),
        ("bare wasmtime, warm", bare),
        ("whole host, warm", warm),
        ("whole host, fresh", fresh),
    ] {
        let us = time.as_secs_f64() * 1e6;
        let ratio = time.as_secs_f64() / bare.as_secs_f64();
        println!("  {name:<22} {us:>9.2} us   {ratio:>7.2} x bare wasmtime");
    }
}

/// The mean time of one of `calls`, after a tenth as many to warm up.
fn mean(calls: u32, mut call: impl FnMut()) -> Duration {
    (0..calls / 10).for_each(|_| call());
    let begin = Instant::now();
    (0..calls).for_each(|_| call());
    begin.elapsed() / calls
}

fn native(event: &Event) -> Duration {
    let mut state: HashMap<String, Vec<u8>> = HashMap::new();
    let config = config().data.to_string();
    mean(CALLS, || {
        let key = event.subject.clone().unwrap();
        let before: f64 = state.get(&key).map_or(0.0, |v| serde_json::from_slice(v).unwrap());
        let count = before + 1.0;
        state.insert(key, count.to_string().into_bytes());
        black_box(logic::fires(black_box(&config), count).unwrap());
    })
}

fn warm(plugin: &Plugin, event: &Event) -> Duration {
    let (config, state) = (config(), Arc::new(Empty));
    let mut instance = plugin.handler(config.owner.clone());
    mean(CALLS, || {
        black_box(instance.handle(&config, NOW, trigger(event), state.clone()).unwrap());
    })
}

fn fresh(plugin: &Plugin, event: &Event) -> Duration {
    let (config, state) = (config(), Arc::new(Empty));
    mean(FRESH_CALLS, || {
        let mut instance = plugin.handler(config.owner.clone());
        black_box(instance.handle(&config, NOW, trigger(event), state.clone()).unwrap());
    })
}

fn bare_wasmtime(bytes: &[u8], event: &Event) -> Duration {
    use bare::exports::tellify::plugin::handling::Trigger;
    use wasmtime::component::{Component, HasSelf, Linker};
    let engine = wasmtime::Engine::default();
    let component = Component::new(&engine, bytes).unwrap();
    let mut linker = Linker::new(&engine);
    bare::Handler::add_to_linker::<_, HasSelf<State>>(&mut linker, |s: &mut State| s).unwrap();
    let mut store = wasmtime::Store::new(&engine, State::default());
    let handler = bare::Handler::instantiate(&mut store, &component, &linker).unwrap();
    let config = config();
    let config = bare::tellify::plugin::types::Config {
        id: config.id,
        revision: config.revision,
        owner: config.owner.to_string(),
        data: config.data.to_string(),
    };
    let trigger = Trigger::Event(bare::tellify::plugin::types::Event {
        id: event.id.clone(),
        source: event.source.clone(),
        kind: event.kind.clone(),
        subject: event.subject.clone(),
        time: NOW.0 as f64,
        received: NOW.0 as f64,
        severity: None,
        effect: None,
        origin: None,
        tags: event.tags.clone(),
        text: event.text.clone(),
        data: event.data.to_string(),
    });
    mean(CALLS, || {
        let handling = handler.tellify_plugin_handling();
        let outcome = handling.call_handle(&mut store, &config, NOW.0 as f64, &trigger).unwrap();
        black_box(outcome.unwrap());
    })
}

#[derive(Default)]
struct State(HashMap<String, Vec<u8>>);

impl bare::tellify::plugin::types::Host for State {}

impl bare::tellify::plugin::log::Host for State {
    fn log(&mut self, _: bare::tellify::plugin::log::Level, message: String) {
        black_box(message);
    }
}

use bare::tellify::plugin::state::StateError;

impl bare::tellify::plugin::state::Host for State {
    fn get(&mut self, key: String) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.0.get(&key).cloned())
    }

    fn set(&mut self, key: String, value: Vec<u8>, _: Option<u32>) -> Result<(), StateError> {
        self.0.insert(key, value);
        Ok(())
    }

    fn delete(&mut self, key: String) -> Result<(), StateError> {
        self.0.remove(&key);
        Ok(())
    }

    fn increment(&mut self, key: String, by: f64, _: Option<u32>) -> Result<f64, StateError> {
        let before: f64 = self.0.get(&key).map_or(0.0, |v| serde_json::from_slice(v).unwrap());
        self.0.insert(key, (before + by).to_string().into_bytes());
        Ok(before + by)
    }

    fn keys(&mut self, _: String, _: Option<String>, _: u32) -> Result<Vec<String>, StateError> {
        Ok(Vec::new())
    }
}

/// Nothing is committed: the run's own writes are all there is.
struct Empty;

impl StateRead for Empty {
    fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        Ok(None)
    }

    fn keys(&self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<String>, StateUnreadable> {
        Ok(Vec::new())
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        Ok(0)
    }
}

fn config() -> Config {
    let owner = Name::new("alice").unwrap();
    Config { id: "s1".into(), revision: 1, owner, data: json!({ "every": 1_000, "key": "subject" }) }
}

fn event() -> Event {
    Event {
        id: "01JD0000000000000000000000".into(),
        source: "host17".into(),
        kind: "disk.usage".into(),
        subject: Some("/sarc/cad".into()),
        time: NOW,
        severity: None,
        effect: None,
        origin: None,
        tags: vec!["storage".into()],
        text: String::new(),
        data: json!({ "percent": 93.5, "device": "sda1", "free": 123_456 }),
    }
}

fn trigger(event: &Event) -> Trigger<'_> {
    Trigger::Event(EventRef { seq: Seq(1), received: NOW, event })
}
