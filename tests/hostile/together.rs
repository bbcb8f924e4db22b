//! Ten of them at once, against a daemon that has good work to do: it stays the same
//! process, none of the good work is lost, and its memory keeps its bound.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use event::Timestamp;
use serde_json::{Value, json};
use testkit::guest;

use crate::hostile::attack::{self, Attack};
use crate::kill::size;
use crate::process::Process;
use crate::world::binary;

/// Each with a subscription to the events that the test sends to all of them.
const ATTACKERS: [&str; 10] = [
    "alerts-overlapping",
    "cleanup-loops",
    "dawdle",
    "fill-loop",
    "grow-memory",
    "handle-flood",
    "log-flood",
    "loop",
    "recursion",
    "snoop-state",
];

/// What the process may take beyond what it takes at rest: each call that can be under
/// way takes at most its memory, and as much again while it hands something over.
const MEMORY_MAX: u64 = 512 << 20;

#[test]
fn ten_at_once_take_nothing_from_those_who_mean_well() {
    let rounds: usize = size("TELLIFY_ATTACKS", 100);
    let mut daemon = Process::start("");
    set_up(&daemon);
    // Something that Mallory would like to have.
    let kept = json!([{"type": "good", "do": "alert", "key": "canary"}]).to_string();
    assert_eq!(daemon.ask("POST", "/api/v1/events", &kept).unwrap().0, 202);
    let mut echoes = Echoes::follow(&daemon);

    let quiet: Vec<String> = (0..rounds).map(|n| echoes.after(&daemon, &format!("quiet-{n}"), &[])).collect();
    let at_rest = daemon.memory("VmRSS");
    let attack = json!({"type": "attack", "do": "emit", "key": "storm"});
    let fire: Vec<String> = (0..rounds)
        .map(|n| echoes.after(&daemon, &format!("fire-{n}"), std::slice::from_ref(&attack)))
        .collect();

    assert!(daemon.lives());
    let events = Delays::of(&daemon);
    let (calm, under_fire) = (events.p99_ms(&quiet), events.p99_ms(&fire));
    let peak = daemon.memory("VmHWM");
    println!("attacks: TELLIFY_ATTACKS={rounds}");
    println!("  good events, each with its effect once            {:>10}", 2 * rounds);
    println!("  p99 from event to effect, quiet                   {calm:>7} ms");
    println!("  the same under fire                               {under_fire:>7} ms");
    println!("  ratio                                             {:>10.2}", ratio(under_fire, calm));
    println!(
        "  memory at rest, and at most                       {:>4} and {} MiB",
        at_rest >> 20,
        peak >> 20
    );
    events.each_once(&quiet);
    events.each_once(&fire);
    assert!(peak < at_rest + MEMORY_MAX, "{peak} bytes at most, {at_rest} at rest");
    assert_eq!(stolen(&daemon), "[]");
}

/// Mallory brings ten plugins, and sets a storm up; Alice has good work to do.
fn set_up(daemon: &Process) {
    let run = |arguments: &[&str]| {
        let ended = daemon.client(arguments);
        assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    };
    let install = |component: &[u8]| {
        let file = daemon.folder.path().join("component.wasm");
        fs::write(&file, component).unwrap();
        run(&["plugin", "install", file.to_str().unwrap()]);
    };
    let subscribe = |user: &str, name: &str, handler: &str, filter: &str, config: &str| {
        run(&[
            "subscription",
            "add",
            "--user",
            user,
            "--name",
            name,
            "--handler",
            handler,
            "--filter",
            filter,
            "--config",
            config,
        ]);
    };
    run(&["user", "add", "alice"]);
    run(&["user", "add", "mallory"]);
    install(&guest("wayward"));
    subscribe("alice", "good", "wayward", "type:good", "{}");
    // What it emits triggers it again.
    subscribe("mallory", "storm", "wayward", "type:attack OR type:wayward.echo", "{}");
    let mut attacks = attack::all();
    attacks.retain(|attack| ATTACKERS.contains(&attack.name.as_str()));
    assert_eq!(attacks.len(), ATTACKERS.len());
    for Attack { name, component, config, .. } in attacks {
        install(&component);
        subscribe("mallory", &name, &name, "type:attack", &config.to_string());
    }
}

/// The events that come of good ones, as they come.
struct Echoes {
    tail: Child,
    lines: BufReader<ChildStdout>,
}

impl Echoes {
    fn follow(daemon: &Process) -> Echoes {
        let mut tail = Command::new(binary())
            .args(["event", "tail", "type:wayward.echo", "--since", "0", "-o", "ndjson"])
            .env("TELLIFY_URL", format!("http://{}", daemon.address))
            .env("TELLIFY_DATA", daemon.data())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(tail.stdout.take().unwrap());
        Echoes { tail, lines }
    }

    /// Sends these events and a good one, waits for what comes of it, and returns its key.
    fn after(&mut self, daemon: &Process, key: &str, before: &[Value]) -> String {
        let good = json!({"type": "good", "do": "emit", "key": key});
        let all: Vec<&Value> = before.iter().chain([&good]).collect();
        let (status, answer) = daemon.ask("POST", "/api/v1/events", &json!(all).to_string()).unwrap();
        assert_eq!(status, 202, "{answer}");
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "the stream ended: {}", daemon.log());
            let echo: Value = serde_json::from_str(&line).unwrap();
            if echo["data"]["key"] == key {
                return key.to_owned();
            }
        }
    }
}

impl Drop for Echoes {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.tail.kill();
        let _ = self.tail.wait();
    }
}

/// For each key, the moments at which events came of it, after that of its own.
struct Delays(BTreeMap<String, Vec<Timestamp>>);

impl Delays {
    fn of(daemon: &Process) -> Delays {
        let listed =
            daemon.client(&["event", "list", "type:good OR type:wayward.echo", "--all", "-o", "json"]);
        let mut events: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
        events.sort_by_key(|event| event["seq"].as_u64());
        let mut moments: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
        for event in events {
            let key = event["data"]["key"].as_str().unwrap().to_owned();
            moments.entry(key).or_default().push(event["received"].as_str().unwrap().parse().unwrap());
        }
        Delays(moments)
    }

    fn each_once(&self, keys: &[String]) {
        let wrong: Vec<&String> = keys.iter().filter(|key| self.0[*key].len() != 2).collect();
        assert!(wrong.is_empty(), "these took effect not once: {wrong:?}");
    }

    fn p99_ms(&self, keys: &[String]) -> i64 {
        let delay = |key: &String| self.0[key][1].0 - self.0[key][0].0;
        let mut delays: Vec<i64> = keys.iter().map(delay).collect();
        delays.sort_unstable();
        delays[delays.len() * 99 / 100]
    }
}

/// A millisecond is the least that can be seen.
fn ratio(a: i64, b: i64) -> f64 {
    a as f64 / b.max(1) as f64
}

/// What a plugin found that is not its own.
fn stolen(daemon: &Process) -> String {
    let listed = daemon.client(&["alert", "list", "--user", "mallory", "--state", "all", "-o", "json"]);
    assert!(listed.status.success());
    let alerts: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let found = alerts.into_iter().filter(|alert| alert["key"] == "canary");
    Value::from(found.collect::<Vec<_>>()).to_string()
}
