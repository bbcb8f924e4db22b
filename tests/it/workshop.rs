//! A plugin from an empty folder to what it finds, by the commands that an author has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use event::{Clock, Timestamp};
use serde_json::Value;
use tellify::SystemClock;
use tempfile::TempDir;
use testkit::{guest, guest_with, guest_without_manifest};

use crate::docs::{blocks, text};
use crate::world::{World, binary, words};

/// A folder for projects; what they build lies in one that stays, since it takes a while.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
    }

    /// Runs a line in the folder, with no daemon anywhere.
    fn run(&self, line: &str) -> Output {
        self.run_with(line, &[])
    }

    fn run_with(&self, line: &str, variables: &[(&str, &str)]) -> Output {
        let words = words(line);
        assert_eq!(words[0], "tellify");
        let mut command = Command::new(binary());
        command.args(&words[1..]).current_dir(self.folder.path()).envs(surroundings());
        command.env("XDG_CACHE_HOME", self.path("cache")).env("TELLIFY_URL", "http://127.0.0.1:1");
        command.envs(variables.iter().copied()).output().unwrap()
    }

    fn ok(&self, line: &str) -> String {
        let ended = self.run(line);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{line}\n{said}");
        String::from_utf8(ended.stdout).unwrap()
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.ok(&format!("{line} -o json"))).unwrap()
    }
}

/// Cargo finds all that it needs where the bundled plugins were built, and asks nobody.
fn surroundings() -> [(&'static str, String); 2] {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("scaffolds");
    [("CARGO_TARGET_DIR", target.display().to_string()), ("CARGO_NET_OFFLINE", "true".to_owned())]
}

#[test]
fn each_kind_in_rust_is_made_built_checked_and_tested() {
    let bench = Bench::new();
    // One folder for all, so that what they are written with is compiled once.
    for world in ["handler", "ingest", "monitor", "channel", "source"] {
        bench.ok(&format!("tellify plugin new --lang rust --world {world} made/sample"));
        for part in fs::read_dir(bench.path("made/sample")).unwrap().flatten() {
            let place = bench.path("sample").join(part.file_name());
            let is_fresh = ["src", "cases", "plugin.toml"].iter().any(|name| part.file_name() == **name);
            if !place.exists() || is_fresh {
                let _ = fs::remove_dir_all(&place);
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::rename(part.path(), &place).unwrap();
            }
        }
        fs::remove_dir_all(bench.path("made")).unwrap();

        let built = bench.json("tellify plugin build sample");
        assert_eq!(built["component"], "sample/target/sample.wasm");
        let checked = bench.json("tellify plugin check sample");
        let found = ["name", "kind", "version", "imports_wasi"].map(|field| checked[field].to_string());
        assert_eq!(found, ["\"sample\"", &format!("{world:?}"), "\"0.1.0\"", "false"]);
        assert_eq!((&checked["problems"], &checked["notes"]), (&Value::Array(vec![]), &Value::Array(vec![])));
        let ran = bench.json("tellify plugin test sample");
        let ran = ran.as_array().unwrap();
        assert!(ran.len() > 1 && ran.iter().all(|case| case["result"] == "passed"), "{ran:?}");
    }
}

/// Each goes wrong in its way.
const LINES: &[&str] = &[
    "tellify plugin new --lang rust My_Plugin",
    "tellify plugin new --lang rust broken",
    "tellify plugin new --lang cobol fine",
    "tellify plugin new --lang rust --world gadget fine",
    "tellify plugin build .",
    "tellify plugin build broken",
    "tellify plugin build silent",
    "tellify plugin build cobol",
    "tellify plugin build unbuilt",
    "tellify plugin check unbuilt",
    "tellify plugin check nowhere.wasm",
    "tellify plugin check text.wasm",
    "tellify plugin check liar.wasm",
    "tellify plugin check bare.wasm",
    "tellify plugin test empty --component lookout.wasm",
    "tellify plugin test seen --component lookout.wasm",
    "tellify plugin test seen --component lookout.wasm --case unheard",
    "tellify plugin test no-json --component lookout.wasm",
    "tellify plugin test no-call --component lookout.wasm",
    "tellify plugin test other-kind --component lookout.wasm",
    "tellify plugin run lookout.wasm",
];

#[test]
fn whatever_does_not_fit_is_named_with_what_to_do() {
    let bench = Bench::new();
    let manifest = |name: &str, more: &str| {
        format!("[plugin]\nname = {name:?}\nversion = \"0.1.0\"\nworld = \"monitor\"\n{more}")
    };
    bench.write("broken/plugin.toml", "[plugin]\nname = \"broken\"\ncolour = 1\n");
    bench.write("silent/plugin.toml", manifest("silent", ""));
    bench.write("cobol/plugin.toml", manifest("cobol", "[build]\nlanguage = \"cobol\"\n"));
    bench.write("unbuilt/plugin.toml", manifest("unbuilt", "[build]\nlanguage = \"rust\"\n"));
    bench.write("text.wasm", "no component");
    bench.write("lookout.wasm", guest("lookout"));
    let liar = "[plugin]\nname = \"lookout\"\nversion = \"1.0.0\"\nworld = \"handler\"\n";
    bench.write("liar.wasm", guest_with("lookout", liar));
    bench.write("bare.wasm", guest_without_manifest("lookout"));
    fs::create_dir(bench.path("empty")).unwrap();
    fs::create_dir(bench.path("empty/cases")).unwrap();
    bench.write("seen/cases/count/config.json", r#"{"do": "count"}"#);
    bench.write("seen/cases/count/calls.jsonl", r#"{"check": {}}"#);
    bench.write("seen/cases/far/config.json", r#"{"do": "alarm"}"#);
    bench.write("seen/cases/far/calls.jsonl", r#"{"check": {}, "now": "2026-11-20T10:00:00Z"}"#);
    bench.write("seen/cases/far/expected.json", r#"{"calls": [{"status": "ok"}], "state": {}}"#);
    bench.write("no-json/cases/one/config.json", "{\"do\":\n  count}");
    bench.write("no-call/cases/one/config.json", "{}");
    bench.write("no-call/cases/one/calls.jsonl", "{\"check\": {}}\n\n{\"chekc\": {}}");
    bench.write("other-kind/cases/one/config.json", r#"{"do": "count"}"#);
    bench.write("other-kind/cases/one/calls.jsonl", "{\"check\": {}}\n{\"cleared\": \"a\"}");

    let mut story = String::new();
    for line in LINES {
        // Without any tool.
        let ended = bench.run_with(line, &[("PATH", "/nowhere")]);
        let said = String::from_utf8(ended.stderr).unwrap();
        story.push_str(&format!("$ {line}\n{said}({})\n\n", ended.status.code().unwrap()));
    }
    insta::assert_snapshot!(story);
}

#[test]
fn what_is_blessed_is_expected_from_then_on() {
    let bench = Bench::new();
    bench.write("lookout.wasm", guest("lookout"));
    bench.write("seen/cases/count/config.json", r#"{"do": "count"}"#);
    bench.write("seen/cases/count/calls.jsonl", "{\"check\": {}}\n{\"check\": {}}");
    bench.write("seen/cases/count/state.json", r#"{"runs": 7}"#);
    let blessed = bench.json("tellify plugin test seen --component lookout.wasm --bless");
    assert_eq!(blessed[0]["result"], "blessed");
    let expected = fs::read_to_string(bench.path("seen/cases/count/expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    assert_eq!((&expected["calls"][1]["message"], &expected["state"]["runs"]), (&"9".into(), &9.into()));
    let passed = bench.json("tellify plugin test seen --component lookout.wasm");
    assert_eq!((&passed[0]["result"], &passed[0]["calls"]), (&"passed".into(), &2.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorial_in_rust_works_as_written() {
    let world = tutorial("In Rust").await;
    let listed = world.ok("tellify subscription list --user alice -o json").await;
    assert!(listed.contains("my-blocks"), "{listed}");
    world.stop().await;
}

/// Follows one section of docs/plugins.md, in a folder of its own and with a daemon that knows
/// nobody: a block `sh` is run, and one with `file=NAME` is written where the last one left off.
async fn tutorial(section: &str) -> World {
    // `plugin run --last 1h` goes by the machine's clock.
    let now: Timestamp = SystemClock.now();
    let world = World::start(now).await;
    let folder = tempfile::tempdir().unwrap();
    let document = text("docs/plugins.md");
    let sections = document.split("\n## ").find_map(|part| part.strip_prefix(section));
    let mut place = folder.path().to_owned();
    let mut ran = 0;
    for (kind, block) in blocks(sections.unwrap_or_else(|| panic!("there is no section `{section}`"))) {
        if let Some((_, name)) = kind.split_once(" file=") {
            let file = place.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, block).unwrap();
        } else if kind == "sh" {
            place = follow(&world, &place, &block).await;
            ran += 1;
        }
    }
    assert!(ran > 2, "only {ran} blocks were run");
    world
}

/// Runs some lines, and answers in which folder they ended.
async fn follow(world: &World, folder: &Path, lines: &str) -> PathBuf {
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = tokio::process::Command::new("bash");
    let left = tempfile::NamedTempFile::new().unwrap();
    let script = format!("exec 3>{}\n{lines}\npwd >&3", left.path().display());
    command.args(["-euo", "pipefail", "-c", &script]).current_dir(folder).env("PATH", path);
    command.envs(surroundings()).env("TELLIFY_URL", world.url()).env("TELLIFY_DATA", world.data());
    let ended = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{lines}\nfailed with {}: {said}", ended.status);
    fs::read_to_string(left.path()).unwrap().trim_end().into()
}
