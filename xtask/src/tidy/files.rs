//! Checks on files of any kind.

use std::path::Path;

use super::Offence;

/// What stands at the top of the repository, and where people and tools look for it.
const TOP: [&str; 14] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    ".ci/run",
    "config",
    "docs",
    "host",
    "plugins",
    "sdk",
    "tests",
    "wit",
];

/// Beginnings of paths that exist only on the machine of whoever wrote them; homes first.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tm", "p/")];

/// Whether a file is a test's or a bench's.
pub(super) fn is_test(name: &str) -> bool {
    name.starts_with("tests/") || name.contains("/tests/") || name.contains("/benches/")
}

/// The names of the design that are not there.
pub(super) fn missing(root: &Path) -> Vec<Offence> {
    let missing = TOP.iter().filter(|name| !root.join(name).exists());
    missing
        .map(|name| Offence::new(name, 0, "belongs to the layout of the repository, but is not there"))
        .collect()
}

/// Absolute paths of somebody's machine.
pub(super) fn machine_paths(name: &str, text: &str) -> Vec<Offence> {
    if name.ends_with(".lock") {
        return Vec::new();
    }
    // Tests have people with homes, who exist nowhere.
    let paths = if is_test(name) { &MACHINE_PATHS[1..] } else { &MACHINE_PATHS[..] };
    let found = |line: &str| {
        paths.iter().find(|path| {
            line.match_indices(**path).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || "._-/}~)$".contains(c))
            })
        })
    };
    let lines = text.lines().enumerate().filter_map(|(i, line)| Some((i + 1, found(line)?)));
    lines.map(|(line, path)| Offence::new(name, line, format!("`{path}` is a path of one machine"))).collect()
}
