//! Doors: ways in for somebody else's payload.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Name, Realm, Timestamp};

/// A configured way in, found at `/in/<name>` and at paths of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Door {
    pub name: Name,
    /// An ingest plugin.
    pub plugin: Name,
    /// The version of the plugin that took its configuration; none: the one that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<DoorPath>,
    /// Hash of the token that a sender must show; none: as for any event, a token of
    /// the API, or nothing from this machine itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_hash: Option<String>,
    /// As the plugin's schema wants it.
    pub config: Value,
    /// Stamped on its events.
    #[serde(default, skip_serializing_if = "Realm::is_everyone")]
    pub realm: Realm,
    /// None: it stands in the daemon's configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
}

/// A path of a door's own: a whole one such as `/reports/upload`, or one that ends in a
/// slash, which stands for itself, with and without that slash, and for all below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DoorPath(String);

/// Why a text is no [`DoorPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorPathError {
    #[error("`{0}` is no plain path such as `/reports/upload`, or `/data-collector/v0/` for all below it")]
    NotPlain(String),
    #[error("`{0}` is a path of Tellify's own")]
    Taken(String),
}

/// Paths that are ours: a door there would never be reached.
const TAKEN: &[&str] = &["/api", "/in", "/cloudevents", "/healthz", "/readyz", "/metrics"];

/// Longest path, in bytes.
const LENGTH_MAX: usize = 200;

impl DoorPath {
    pub fn new(text: &str) -> Result<DoorPath, DoorPathError> {
        // Shown to people: what they sent may be long or hold control characters.
        let shown = || text.chars().filter(|c| !c.is_control()).take(LENGTH_MAX).collect();
        let plain = text.chars().all(|c| c.is_ascii_graphic() && !"?#%{}\\".contains(c));
        let steps = text.strip_prefix('/').map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        let steps_ok =
            steps.is_some_and(|steps| steps.split('/').all(|step| !matches!(step, "" | "." | "..")));
        if !plain || !steps_ok || text.len() > LENGTH_MAX {
            return Err(DoorPathError::NotPlain(shown()));
        }
        if TAKEN.iter().any(|taken| text == *taken || text.starts_with(&format!("{taken}/"))) {
            return Err(DoorPathError::Taken(shown()));
        }
        Ok(DoorPath(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The paths of doors that would lead a request with this path in, the nearest
    /// first, each with what follows it, without a slash in front.
    pub fn leading_to(path: &str) -> impl Iterator<Item = (String, &str)> {
        let itself = (path.to_owned(), "");
        let without_slash = (!path.ends_with('/')).then(|| (format!("{path}/"), ""));
        let slashes = path.match_indices('/').map(|(at, _)| at).rev();
        let above = slashes.map(|at| (path[..=at].to_owned(), &path[at + 1..]));
        let above = above.filter(|(prefix, rest)| prefix.len() > 1 && !rest.is_empty());
        std::iter::once(itself).chain(without_slash).chain(above)
    }
}

impl fmt::Display for DoorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for DoorPath {
    type Error = DoorPathError;

    fn try_from(text: String) -> Result<DoorPath, DoorPathError> {
        DoorPath::new(&text)
    }
}

impl From<DoorPath> for String {
    fn from(path: DoorPath) -> String {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_led_by_the_nearest_path() {
        let leading =
            |path| DoorPath::leading_to(path).map(|(p, rest)| format!("{p} {rest}")).collect::<Vec<_>>();
        assert_eq!(leading("/a/b"), ["/a/b ", "/a/b/ ", "/a/ b"]);
        assert_eq!(leading("/a/b/"), ["/a/b/ ", "/a/ b/"]);
        assert_eq!(leading("/a"), ["/a ", "/a/ "]);
        assert_eq!(leading("/"), ["/ "]);
        assert_eq!(leading("/a//b"), ["/a//b ", "/a//b/ ", "/a// b", "/a/ /b"]);
    }

    #[test]
    fn only_plain_paths_that_are_not_ours_are_for_doors() {
        for path in ["/reports/upload", "/data-collector/v0/", "/x", "/apiary", "/a.b/_-~"] {
            assert_eq!(DoorPath::new(path).map(String::from), Ok(path.to_owned()));
        }
        for path in ["", "/", "//", "x", "/a//b", "/a/../b", "/a/.", "/a?b", "/a b", "/ä", "/a%20", "/{x}"] {
            assert_eq!(DoorPath::new(path), Err(DoorPathError::NotPlain(path.to_owned())), "{path}");
        }
        for path in ["/api", "/api/", "/api/v1/events", "/in/x", "/cloudevents", "/healthz/"] {
            assert_eq!(DoorPath::new(path), Err(DoorPathError::Taken(path.to_owned())), "{path}");
        }
    }
}
