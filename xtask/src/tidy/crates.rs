//! Who may use whom: the table of the design, held against each `Cargo.toml`.

use std::fs;
use std::path::Path;

use super::Offence;

/// Our crates, and those of ours that each may use. Stages share types and never call
/// each other; only the pipeline knows their order.
const USES: [(&str, &[&str]); 25] = [
    ("event", &[]),
    ("meter", &[]),
    ("filter", &["event"]),
    ("schedule", &[]),
    ("ingest", &["event"]),
    ("journal", &["event", "meter"]),
    ("matcher", &["event", "filter"]),
    ("egress", &["event"]),
    ("sources", &["event", "egress"]),
    ("plugins", &["event", "egress"]),
    ("packer", &["event"]),
    ("workshop", &["event", "egress", "plugins", "packer"]),
    ("digest", &["event", "filter", "schedule"]),
    ("deliver", &["event", "plugins", "egress"]),
    ("search", &["event", "filter", "journal"]),
    ("accounts", &["event", "journal", "egress"]),
    ("pipeline", PIPELINE),
    ("api", &["event", "meter"]),
    ("server", &["event", "meter", "api", "settings"]),
    ("settings", &["event"]),
    ("tellify", ALL),
    ("testkit", ALL),
    ("tests", &["testkit"]),
    ("tellify-plugin", &[]),
    ("xtask", &["event", "packer"]),
];

/// All that comes before it, and the service trait that it implements.
const PIPELINE: &[&str] = &[
    "event", "meter", "filter", "schedule", "ingest", "journal", "matcher", "egress", "plugins", "digest",
    "deliver", "search", "accounts", "sources", "api",
];

const ALL: &[&str] = &[
    "event", "meter", "filter", "schedule", "ingest", "journal", "matcher", "egress", "plugins", "digest",
    "deliver", "search", "accounts", "sources", "pipeline", "api", "server", "settings", "packer",
    "workshop",
];

/// Libraries that only some of our crates may use; the first is the one that the
/// design names, the others have their reason beside them.
const ONLY_USERS: [(&str, &[&str]); 13] = [
    ("cron", &["schedule"]),
    ("chrono", &["schedule"]),
    ("redb", &["journal"]),
    ("chacha20poly1305", &["accounts"]),
    ("reqwest", &["egress"]),
    ("wasmtime", &["plugins"]),
    ("wasmtime-wasi", &["plugins"]),
    ("lettre", &["deliver"]),
    ("tantivy", &["search"]),
    // The test kit plays other people's servers.
    ("axum", &["server", "testkit"]),
    // Styles and manifests are written in it, too; the command line shows configuration;
    // chores read manifests.
    ("toml", &["settings", "digest", "plugins", "workshop", "tellify", "xtask"]),
    ("clap", &["tellify"]),
    ("wit-bindgen", &["tellify-plugin"]),
];

/// Crates on top, which only the binary and black-box tests may use, in tests too.
const ON_TOP: [(&str, &[&str]); 2] = [("tellify", &["tests"]), ("server", &["tellify", "tests"])];

/// One `Cargo.toml`.
struct Manifest {
    file: String,
    text: String,
    package: String,
    /// What it is built from.
    dependencies: Vec<String>,
    /// What its tests use besides.
    for_tests: Vec<String>,
}

pub(super) fn offences(root: &Path) -> Result<Vec<Offence>, String> {
    Ok(manifests(root)?.iter().flat_map(Manifest::offences).collect())
}

impl Manifest {
    fn parse(file: String, text: String) -> Result<Manifest, String> {
        let table: toml::Table = text.parse().map_err(|e| format!("{file}: {e}"))?;
        let package = table.get("package").and_then(|package| package.get("name")?.as_str());
        let package = package.ok_or_else(|| format!("{file}: it names no package"))?.to_owned();
        let targets = table.get("target").and_then(toml::Value::as_table).into_iter().flatten();
        let tables: Vec<_> = targets.filter_map(|(_, target)| target.as_table()).chain([&table]).collect();
        let keys = |section: &str| -> Vec<String> {
            let sections = tables.iter().filter_map(|table| table.get(section)?.as_table());
            sections.flat_map(|section| section.keys().cloned()).collect()
        };
        let dependencies = [keys("dependencies"), keys("build-dependencies")].concat();
        Ok(Manifest { dependencies, for_tests: keys("dev-dependencies"), package, file, text })
    }

    fn offences(&self) -> Vec<Offence> {
        let Some((_, uses)) = USES.iter().find(|(package, _)| *package == self.package) else {
            return vec![Offence::new(&self.file, 1, format!("`{}` is not in the table", self.package))];
        };
        let mut offences = Vec::new();
        for dependency in &self.dependencies {
            let ours = USES.iter().any(|(package, _)| package == dependency);
            if ours && !uses.contains(&dependency.as_str()) {
                offences.push(self.offence(dependency, "is not among those of ours that it may use"));
            }
            offences.extend(self.not_for_us(dependency, &ONLY_USERS));
        }
        let all = self.dependencies.iter().chain(&self.for_tests);
        offences.extend(all.filter_map(|dependency| self.not_for_us(dependency, &ON_TOP)));
        offences
    }

    /// An offence when the table keeps `dependency` for others.
    fn not_for_us(&self, dependency: &str, table: &[(&str, &[&str])]) -> Option<Offence> {
        let (_, users) = table.iter().find(|(library, _)| *library == dependency)?;
        let kept = !users.contains(&self.package.as_str());
        kept.then(|| self.offence(dependency, &format!("is for {} only", users.join(", "))))
    }

    fn offence(&self, dependency: &str, why: &str) -> Offence {
        let names_it =
            |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with([' ', '.', '=']));
        let line = self.text.lines().position(names_it).map_or(1, |at| at + 1);
        Offence::new(&self.file, line, format!("`{}` uses `{dependency}`, which {why}", self.package))
    }
}

fn manifests(root: &Path) -> Result<Vec<Manifest>, String> {
    let host = fs::read_dir(root.join("host")).map_err(|e| format!("host: {e}"))?;
    let names = host.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut files: Vec<_> = names.map(|name| format!("host/{name}/Cargo.toml")).collect();
    files.extend(["sdk/rust", "tests", "xtask"].map(|folder| format!("{folder}/Cargo.toml")));
    files.sort();
    files.retain(|file| root.join(file).exists());
    let read = |file: String| match fs::read_to_string(root.join(&file)) {
        Ok(text) => Manifest::parse(file, text),
        Err(e) => Err(format!("{file}: {e}")),
    };
    files.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(package: &str, dependencies: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{package}\"\n\n{dependencies}\n");
        let manifest = Manifest::parse("Cargo.toml".into(), text).expect("it is a manifest");
        manifest.offences().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_crate_may_use_what_the_table_says() {
        let cases = [
            ("digest", "[dependencies]\nevent.workspace = true\nserde = \"1\"", 0),
            ("digest", "[dependencies]\njournal.workspace = true", 1),
            ("digest", "[dev-dependencies]\njournal.workspace = true", 0),
            ("digest", "[dev-dependencies]\nserver.workspace = true", 1),
            ("testkit", "[dependencies]\nserver.workspace = true", 1),
            ("tellify", "[dependencies]\nserver.workspace = true", 0),
            ("tests", "[dev-dependencies]\nserver.workspace = true", 0),
            ("matcher", "[build-dependencies]\nredb = \"4\"", 1),
            ("matcher", "[target.'cfg(unix)'.dependencies]\nredb = \"4\"", 1),
            ("novelty", "", 1),
        ];
        for (package, dependencies, count) in cases {
            assert_eq!(sentences(package, dependencies).len(), count, "{package}: {dependencies}");
        }
    }

    #[test]
    fn an_offence_names_the_line_of_the_dependency() {
        let found = sentences("digest", "[dependencies]\nevent.workspace = true\nredb.workspace = true");
        assert_eq!(found, ["Cargo.toml:6: `digest` uses `redb`, which is for journal only"]);
    }
}
