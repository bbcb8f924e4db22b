//! Where data and cache are when nobody says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the daemon's data is when nobody says, for who looks for it there.
pub fn default_data_folder(variables: impl Iterator<Item = (String, String)>) -> PathBuf {
    data(&variables.collect())
}

/// Of a service, what systemd gives it; else the XDG base directory; without a home,
/// what a service would have.
pub(crate) fn data(variables: &BTreeMap<String, String>) -> PathBuf {
    let state = absolute(variables, "STATE_DIRECTORY");
    let xdg = || absolute(variables, "XDG_DATA_HOME").map(|dir| dir.join("tellify"));
    let home = || absolute(variables, "HOME").map(|dir| dir.join(".local/share/tellify"));
    state.or_else(xdg).or_else(home).unwrap_or_else(|| PathBuf::from("/var/lib/tellify"))
}

/// Shared by all data folders of one user; without a home, beside the data.
pub(crate) fn cache(variables: &BTreeMap<String, String>, data: &Path) -> PathBuf {
    let service = absolute(variables, "CACHE_DIRECTORY");
    let xdg = || absolute(variables, "XDG_CACHE_HOME").map(|dir| dir.join("tellify"));
    let home = || absolute(variables, "HOME").map(|dir| dir.join(".cache/tellify"));
    service.or_else(xdg).or_else(home).unwrap_or_else(|| data.join("cache"))
}

/// The specification of the base directories has relative ones ignored; systemd
/// separates several by colons.
fn absolute(variables: &BTreeMap<String, String>, name: &str) -> Option<PathBuf> {
    let first = variables.get(name)?.split(':').next()?;
    Path::new(first).is_absolute().then(|| PathBuf::from(first))
}
