//! Kinds of sources that plugins add, from the outside: configured, asked, upgraded, removed.

use std::fs;

use event::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{HttpSink, gauge, guest};

use crate::world::World;

const START: Timestamp = Timestamp(1_795_176_000_000);
const PASSWORD: &str = "hidden-from-all";
/// A machine that is busy with all the other tests takes its time; the calls' CPU time is
/// bounded nevertheless.
const PATIENT: &[(&str, &str)] = &[("TELLIFY_SOURCES_TIMEOUT_MS", "120000")];

struct Room {
    world: World,
    folder: TempDir,
}

impl Room {
    async fn new() -> Room {
        Room { world: World::start_with(START, PATIENT).await, folder: tempfile::tempdir().unwrap() }
    }

    async fn install(&self, component: &[u8], more: &str) -> (i32, String) {
        let file = self.folder.path().join("component.wasm");
        fs::write(&file, component).unwrap();
        self.run(&format!("tellify plugin install {} {more}", file.display())).await
    }

    async fn run(&self, line: &str) -> (i32, String) {
        let output = self.world.run(line).await;
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Adds a source; the password comes from a file.
    async fn add(&self, name: &str, config: &Value, more: &str) -> (i32, String) {
        let file = self.folder.path().join("password.txt");
        fs::write(&file, PASSWORD).unwrap();
        let secret = format!("--secret password=@{}", file.display());
        self.run(&format!("tellify source add {name} --kind gauge --config '{config}' {secret} {more}")).await
    }

    /// An answer, or what was said instead.
    async fn ask(&self, name: &str, method: &str, arguments: Value) -> Result<Value, String> {
        let output =
            self.world.run(&format!("tellify source call {name} {method} '{arguments}' -o json")).await;
        match output.status.success() {
            true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
            false => Err(String::from_utf8(output.stderr).unwrap()),
        }
    }

    async fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.world.ok(&format!("{line} -o json")).await).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_adds_a_kind_whose_sources_are_asked_like_any_other() {
    let room = Room::new().await;
    let (code, said) = room.add("cellar", &json!({"room": "cellar"}), "").await;
    assert_eq!(code, 1);
    assert!(said.contains("there is no kind of sources `gauge`: there are `graphite`, `http`"), "{said}");
    let (code, said) = room.install(&gauge("1", "room", ""), "").await;
    assert_eq!(code, 0, "{said}");
    let kinds = room.json("tellify source kinds").await;
    let kind = kinds.as_array().unwrap().iter().find(|kind| kind["kind"] == "gauge").unwrap();
    assert_eq!((&kind["plugin"], &kind["methods"][1]["name"]), (&json!(true), &json!("read")));
    assert!(room.world.ok("tellify source kinds").await.contains("gauge"));

    for (config, words) in [
        (json!({}), "\"room\" is a required property"),
        (json!({"room": 1}), "/room: 1 is not of type"),
        (json!({"room": "attic"}), "/room: there is no attic"),
        (json!({"room": "cellar", "door": 1}), "Additional properties"),
    ] {
        let (code, said) = room.add("cellar", &config, "").await;
        assert!(code == 1 && said.contains(words), "{config}: {said}");
    }
    let (code, said) = room.add("cellar", &json!({"room": "cellar"}), "").await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(room.json("tellify source test cellar").await["detail"], "a gauge 1");
    let read = json!({"version": "1", "room": "cellar", "password": PASSWORD.len(), "argument": 7, "id": "source:cellar"});
    assert_eq!(room.ask("cellar", "read", json!({"x": 7})).await, Ok(read.clone()));
    let shown = room.world.ok("tellify source list -o json").await;
    assert!(shown.contains("cellar") && !shown.contains(PASSWORD), "{shown}");

    let world = room.world.restart().await;
    let room = Room { world, folder: room.folder };
    assert_eq!(room.ask("cellar", "read", json!({"x": 7})).await, Ok(read));
    let (_, said) = room.run("tellify plugin remove gauge").await;
    assert!(said.contains("plugin `gauge` is used by source `cellar`"), "{said}");
    room.world.ok("tellify source remove cellar").await;
    room.world.ok("tellify plugin remove gauge").await;
    room.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_plugin_that_fails_is_a_message() {
    let room = Room::new().await;
    room.install(&gauge("1", "room", ""), "").await;
    room.add("cellar", &json!({"room": "cellar"}), "").await;
    for (method, words) in [
        ("break", "the plugin `gauge` of the source `cellar` failed: the plugin broke off"),
        ("spin", "failed: the plugin took longer than 1000 ms of CPU time"),
        ("fail", "is not let in"),
        ("refuse", "cannot work: there is no such room; add it again with another one"),
        ("nonsense", "the result is no JSON"),
        ("flood", "went past its limit"),
        ("drop", "the source has no method `drop`: it has test, read"),
    ] {
        let said = room.ask("cellar", method, json!({})).await.unwrap_err();
        assert!(said.contains(words), "{method}: {said}");
    }
    let said = room.ask("cellar", "read", json!([])).await.unwrap_err();
    assert!(said.contains("is not of type \"object\""), "{said}");
    assert!(room.ask("cellar", "read", json!({})).await.is_ok());

    // A plugin of another kind adds none, and the names of what is built in are taken.
    room.install(&guest("feed"), "").await;
    let (_, said) = room.run("tellify source add x --kind feed").await;
    assert!(said.contains("there is no kind of sources `feed`"), "{said}");
    room.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_plugin_reaches_what_it_was_granted_itself() {
    let sink = HttpSink::start(None).await.unwrap();
    let pattern = sink.url().replace("/hook", "/*");
    let room = Room::new().await;
    let capabilities = format!("http = [\"{pattern}\"]\nsecrets = [\"gauge-key\"]");
    room.install(&gauge("1", "room", &capabilities), "").await;
    room.add("cellar", &json!({"room": "cellar"}), "").await;
    let key = room.folder.path().join("key.txt");
    fs::write(&key, "Jefe-and-more").unwrap();
    let mut set = room.world.command("tellify secret set gauge-key");
    assert!(set.stdin(fs::File::open(key).unwrap()).status().await.unwrap().success());

    let fetch = async || room.ask("cellar", "fetch", json!({"url": sink.url()})).await;
    let said = fetch().await.unwrap_err();
    assert!(said.contains("tellify plugin grant gauge --secret gauge-key"), "{said}");
    room.world.ok("tellify plugin grant gauge --secret gauge-key").await;
    let said = fetch().await.unwrap_err();
    assert!(said.contains("tellify plugin grant gauge --http"), "{said}");
    assert_eq!(sink.posts(), []);
    room.world.ok("tellify plugin grant gauge --all").await;
    assert_eq!(fetch().await, Ok(json!({"status": 204})));
    assert_eq!(sink.posts()[0].header("x-key"), Some("Jefe-and-more"));
    room.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_stays_with_the_version_that_takes_its_configuration() {
    let room = Room::new().await;
    room.install(&gauge("1", "room", ""), "").await;
    room.add("cellar", &json!({"room": "cellar"}), "").await;
    room.add("hall", &json!({"room": "hall", "floor": 0}), "").await;
    let (code, said) = room.install(&gauge("2", "floor", ""), "--replace").await;
    assert_eq!(code, 1);
    assert!(said.contains("does not take 1 configuration"), "{said}");
    let (code, said) = room.install(&gauge("2", "floor", ""), "--replace --side-by-side").await;
    assert_eq!(code, 0, "{said}");

    let world = room.world.restart().await;
    let room = Room { world, folder: room.folder };
    let version = async |name: &str| room.ask(name, "read", json!({})).await.unwrap()["version"].clone();
    assert_eq!((version("cellar").await, version("hall").await), (json!("1"), json!("2")));
    let kept = room.json("tellify plugin show gauge").await["kept"][0].clone();
    assert_eq!((&kept["version"], &kept["used_by"]), (&json!("1"), &json!(1)));
    room.add("cellar", &json!({"floor": -1}), "--replace").await;
    assert_eq!(version("cellar").await, "2");
    // The way back is open, and what only the newer one takes stays with that.
    room.world.ok("tellify plugin rollback gauge").await;
    assert_eq!((version("cellar").await, version("hall").await), (json!("2"), json!("1")));
    room.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_that_breaks_off_goes_back_by_itself() {
    let room = Room::new().await;
    room.install(&gauge("1", "room", ""), "").await;
    room.add("cellar", &json!({"room": "cellar"}), "").await;
    room.world.clock.advance_to(START.plus_s(60));
    room.install(&gauge("2", "room", ""), "--replace").await;
    for _ in 0..3 {
        assert_eq!(room.json("tellify plugin show gauge").await["version"], "2");
        room.ask("cellar", "break", json!({})).await.unwrap_err();
        room.world.daemon.pipeline.settled().await;
    }
    assert_eq!(room.json("tellify plugin show gauge").await["version"], "1");
    assert_eq!(room.json("tellify source test cellar").await["detail"], "a gauge 1");
    room.world.stop().await;
}
