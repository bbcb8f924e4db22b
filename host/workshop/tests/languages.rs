//! Plugins in other languages than Rust: projects as `tellify plugin new` writes them, built
//! with the languages' own tools and run in the daemon's own host. Each language has the
//! example `count` too, which must do what the bundled one does.
//!
//! Run with `TELLIFY_BLESS=1` to write anew what is expected of the other examples.
//!
//! `scripts/setup --tests` brings the tools into `target/tools`. What was built is kept in
//! `target/languages` by the content of all that it was made of, so that only a change pays.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use event::PluginKind;
use plugins::{Host, HostOptions, Limits};
use serde_json::Value;
use workshop::cases::{self, Verdict};
use workshop::{Language, Project};

/// The template of a world, natively and in the host.
fn template(language: &str, world: PluginKind) {
    let project = Scaffold::new(language, world, "demo");
    project.test_natively();
    project.check();
}

/// An example that lies in this folder of the repository, and has cases of its own.
fn example(language: &str, world: PluginKind, name: &str, folder: &str) {
    let project = Scaffold::of_example(language, world, name, folder);
    project.test_natively();
    if std::env::var_os("TELLIFY_BLESS").is_some() {
        project.bless(&repository().join(folder));
    }
    project.check();
}

/// The example `count` of a language, which must do what the bundled one does.
fn count(language: &str, folder: &str) {
    let project = Scaffold::of_example(language, PluginKind::Handler, "count", folder);
    copy(&repository().join("plugins/count/cases"), &project.path().join("cases"));
    project.test_natively();
    project.check();
}

#[test]
fn a_handler_in_python() {
    template("python", PluginKind::Handler);
}

#[test]
fn an_ingest_plugin_in_python() {
    template("python", PluginKind::Ingest);
}

#[test]
fn a_monitor_in_python() {
    template("python", PluginKind::Monitor);
}

#[test]
fn a_channel_in_python() {
    template("python", PluginKind::Channel);
}

#[test]
fn count_in_python() {
    count("python", "sdk/python/examples/count");
}

#[test]
fn healthchecks_in_python() {
    example("python", PluginKind::Ingest, "healthchecks", "sdk/python/examples/healthchecks");
}

#[test]
fn ntfy_in_javascript() {
    example("javascript", PluginKind::Channel, "ntfy", "sdk/javascript/examples/ntfy");
}

#[test]
fn all_kinds_in_javascript() {
    for world in [PluginKind::Handler, PluginKind::Ingest, PluginKind::Monitor, PluginKind::Channel] {
        template("javascript", world);
    }
}

#[test]
fn all_kinds_in_typescript() {
    for world in [PluginKind::Handler, PluginKind::Ingest, PluginKind::Monitor, PluginKind::Channel] {
        template("typescript", world);
    }
}

#[test]
fn count_in_javascript() {
    count("javascript", "sdk/javascript/examples/count-js");
}

#[test]
fn count_in_typescript() {
    count("typescript", "sdk/javascript/examples/count-ts");
}

#[test]
fn a_handler_in_c() {
    template("c", PluginKind::Handler);
}

#[test]
fn count_in_c() {
    count("c", "sdk/c/examples/count");
}

/// A project of its own, in a folder that goes away.
struct Scaffold {
    folder: tempfile::TempDir,
    language: &'static Language,
    name: String,
}

impl Scaffold {
    fn new(language: &str, world: PluginKind, name: &str) -> Scaffold {
        let folder = tempfile::tempdir().unwrap();
        let language = Language::find(language).unwrap();
        workshop::create(&folder.path().join(name), world, language).unwrap();
        let scaffold = Scaffold { folder, language, name: name.to_owned() };
        scaffold.lend_tools();
        scaffold
    }

    /// With an example in the place of the template's source and cases.
    fn of_example(language: &str, world: PluginKind, name: &str, folder: &str) -> Scaffold {
        let scaffold = Scaffold::new(language, world, name);
        for part in ["src", "tests", "cases"] {
            let _ = fs::remove_dir_all(scaffold.path().join(part));
        }
        copy(&repository().join(folder), &scaffold.path());
        scaffold
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    /// What `npm install` and `pip install` would bring.
    fn lend_tools(&self) {
        let tools = target().join("tools");
        let (npm, venv) = (tools.join("javascript/node_modules/.bin"), tools.join("python"));
        let help = "run `scripts/setup --tests`, which brings it";
        match self.language.name {
            "python" | "c" => {
                assert!(venv.exists(), "{} is missing: {help}", venv.display());
                symlink(venv, self.path().join(".venv")).unwrap();
            }
            _ => {
                assert!(npm.exists(), "{} is missing: {help}", npm.display());
                let modules = self.path().join("node_modules");
                fs::create_dir(&modules).unwrap();
                symlink(npm, modules.join(".bin")).unwrap();
                symlink("../tellify-sdk/javascript", modules.join("tellify-plugin")).unwrap();
            }
        }
    }

    /// The author's own tests, as the project's README says.
    fn test_natively(&self) {
        let mut shell = Command::new("sh");
        shell.args(["-c", self.language.native_test]).current_dir(self.path());
        // A test runner must not think that it is run by another.
        let said =
            shell.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("NODE_TEST_CONTEXT").output().unwrap();
        let [out, error] = [said.stdout, said.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(said.status.success(), "{}:\n{out}{error}", self.language.native_test);
    }

    /// Its cases, in the host.
    fn check(&self) {
        for (case, verdict) in self.run(false) {
            let is_same = match &verdict {
                Verdict::Passed => true,
                Verdict::Differs { expected, found } => same(expected, found),
                _ => false,
            };
            assert!(is_same, "{}: {}", case.display(), told(&verdict));
        }
    }

    /// Writes down what comes of its cases, here and in the folder that it is a copy of.
    fn bless(&self, original: &Path) {
        self.run(true);
        copy(&self.path().join("cases"), &original.join("cases"));
    }

    fn run(&self, bless: bool) -> Vec<(PathBuf, Verdict)> {
        let component = self.component();
        let manifest = plugins::manifest::read(&component).unwrap();
        let limits = Limits {
            // On a busy machine the wall says nothing of a plugin.
            wall: Duration::from_secs(60),
            ..Limits::default()
        };
        let cache_dir = Some(target().join("languages/compiled"));
        let host = Host::new(HostOptions { limits, cache_dir, ..HostOptions::default() }).unwrap();
        let plugin = host.load(component).unwrap();
        let folders = cases::folders(&self.path()).unwrap();
        assert!(!folders.is_empty());
        let run = |case: PathBuf| {
            let ran = cases::run(&plugin, manifest.as_ref(), &case, bless).unwrap();
            (case, ran.verdict)
        };
        folders.into_iter().map(run).collect()
    }

    /// The component, built unless one is kept that was made of the same.
    fn component(&self) -> Arc<[u8]> {
        let folder = target().join("languages");
        let project = Project::open(&self.path()).unwrap();
        let about = format!("{}-{}-{}-", self.language.name, self.name, project.manifest.world);
        let kept = folder.join(format!("{about}{}.wasm", self.fingerprint()));
        if let Ok(bytes) = fs::read(&kept) {
            return bytes.into();
        }
        let built = workshop::build(&project).unwrap_or_else(|why| panic!("{why}"));
        let bytes = fs::read(built.path).unwrap();
        fs::create_dir_all(&folder).unwrap();
        // What it takes the place of is of no use any more.
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&about) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let part = tempfile::NamedTempFile::new_in(&folder).unwrap();
        fs::write(part.path(), &bytes).unwrap();
        part.persist(&kept).unwrap();
        bytes.into()
    }

    /// Of all files but cases and tools; these say their versions in files of the kit.
    fn fingerprint(&self) -> String {
        let mut files = BTreeMap::new();
        collect(&self.path(), &self.path(), &mut files);
        let all: Vec<u8> = files.into_iter().flat_map(|(name, hash)| (name + &hash).into_bytes()).collect();
        plugins::sha256(&all)
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_input = !["cases", "tests", "target", "node_modules", ".venv"].contains(&name.as_str());
        match entry.file_type().unwrap().is_dir() {
            true if is_input => collect(root, &entry.path(), files),
            false if is_input => {
                let place = entry.path().strip_prefix(root).unwrap().display().to_string();
                files.insert(place, plugins::sha256(&fs::read(entry.path()).unwrap()));
            }
            _ => {}
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Languages write the number 3 as `3` or as `3.0`.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there = |(key, value): (&String, &Value)| other.get(key).is_some_and(|it| same(value, it));
            one.len() == other.len() && one.iter().all(is_there)
        }
        _ => one == other,
    }
}

fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed | Verdict::Blessed => String::new(),
        Verdict::Unexpected { found } => format!("nothing is expected, and this came:\n{found:#}"),
        Verdict::Differs { expected, found } => cases::difference(expected, found),
        Verdict::WarmDiffers { warm, fresh } => {
            format!("warm and fresh differ:\n{}", cases::difference(warm, fresh))
        }
    }
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
