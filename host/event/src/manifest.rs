//! What a plugin says of itself beside its code, what it asks for, and what it is granted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Name, NameError, PluginKind, UrlPattern};

/// The `plugin.toml` that travels inside a component.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "File")]
pub struct Manifest {
    pub name: Name,
    pub version: String,
    pub world: PluginKind,
    pub license: Option<String>,
    pub wants: Wanted,
    pub limits: WantedLimits,
    pub isolation: Isolation,
    /// Of a channel alone.
    pub channel: Option<ChannelTraits>,
    /// That it is written in; only whoever builds it asks.
    pub language: Option<String>,
}

/// The capabilities that a plugin asks for. Asking gives it nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<UrlPattern>,
    /// Names of secrets; the administrator sets them under these names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Name>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceKind>,
}

/// The capabilities that an administrator granted to a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Granted {
    /// Each as asked for, or narrower.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<UrlPattern>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Name>,
    /// Names of configured sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Name>,
}

/// A kind of source: `prometheus`, `sql`, …, or `*` for any.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SourceKind {
    Any,
    Only(Name),
}

/// What a plugin makes of the host's limits for a call: they may be lower, never higher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct WantedLimits {
    pub cpu_ms: Option<u32>,
    pub wall_ms: Option<u32>,
    pub memory_mb: Option<u32>,
}

/// What the calls of one instance may have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// One owner.
    #[default]
    Batch,
    /// One configuration: for plugins that run their users' own text.
    Configuration,
}

/// What a channel plugin carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChannelTraits {
    /// It takes one line, for a phone.
    pub one_line: bool,
    /// What it tells can be taken back: a resolution goes out under the same key.
    pub stateful: bool,
    /// The longest text that it takes; none: of any length.
    pub max_bytes: Option<u32>,
}

/// Why a manifest is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum ManifestError {
    #[error("`version` is empty, or longer than {VERSION_MAX} bytes")]
    Version,
    #[error("a handler is pure and can be granted nothing: take `[capabilities]` out")]
    HandlerWants,
    #[error("only a monitor looks at sources: take `sources` out of `[capabilities]`")]
    SourcesUnasked,
    #[error(
        "it asks for more than {WANTS_MAX} things of a kind, which nobody can judge: ask for wider patterns"
    )]
    WantsTooMuch,
    #[error("`[channel]` is for plugins of the world `channel`")]
    NoChannel,
    #[error("a limit is at least 1")]
    Limit,
}

const VERSION_MAX: usize = 64;

/// An administrator reads all of them.
const WANTS_MAX: usize = 50;

/// `plugin.toml` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    plugin: Identity,
    #[serde(default)]
    capabilities: Wanted,
    #[serde(default)]
    limits: WantedLimits,
    channel: Option<ChannelTraits>,
    #[serde(default)]
    build: Build,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    language: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    name: Name,
    version: String,
    world: PluginKind,
    license: Option<String>,
    #[serde(default)]
    isolation: Isolation,
}

impl TryFrom<File> for Manifest {
    type Error = ManifestError;

    fn try_from(file: File) -> Result<Manifest, ManifestError> {
        let File { plugin: Identity { name, version, world, license, isolation }, .. } = file;
        let File { capabilities: wants, limits, channel, build, .. } = file;
        if version.is_empty() || version.len() > VERSION_MAX {
            return Err(ManifestError::Version);
        }
        if world == PluginKind::Handler && !wants.is_empty() {
            return Err(ManifestError::HandlerWants);
        }
        if world != PluginKind::Monitor && !wants.sources.is_empty() {
            return Err(ManifestError::SourcesUnasked);
        }
        if [wants.http.len(), wants.secrets.len(), wants.sources.len()].into_iter().any(|n| n > WANTS_MAX) {
            return Err(ManifestError::WantsTooMuch);
        }
        if channel.is_some() && world != PluginKind::Channel {
            return Err(ManifestError::NoChannel);
        }
        if [limits.cpu_ms, limits.wall_ms, limits.memory_mb].contains(&Some(0)) {
            return Err(ManifestError::Limit);
        }
        Ok(Manifest {
            name,
            version,
            world,
            license,
            wants,
            limits,
            isolation,
            channel,
            language: build.language,
        })
    }
}

impl Wanted {
    pub fn is_empty(&self) -> bool {
        *self == Wanted::default()
    }

    /// What is asked for here and was not asked for there.
    pub fn beyond(&self, there: &Wanted) -> Wanted {
        let any_http = |wanted: &UrlPattern| there.http.iter().any(|other| other.covers(wanted));
        let any_source = |wanted: &SourceKind| there.sources.iter().any(|other| other.includes(wanted));
        Wanted {
            http: without(&self.http, any_http),
            secrets: without(&self.secrets, |wanted| there.secrets.contains(wanted)),
            sources: without(&self.sources, any_source),
        }
    }

    /// What is asked for, and of which nothing is granted. `kind_of` tells the kind of a
    /// configured source, none when there is no such source.
    pub fn missing(&self, granted: &Granted, kind_of: impl Fn(&Name) -> Option<String>) -> Wanted {
        let some_http = |wanted: &UrlPattern| granted.http.iter().any(|given| wanted.covers(given));
        let some_source = |wanted: &SourceKind| {
            granted.sources.iter().any(|given| kind_of(given).is_some_and(|kind| wanted.covers(&kind)))
        };
        Wanted {
            http: without(&self.http, some_http),
            secrets: without(&self.secrets, |wanted| granted.secrets.contains(wanted)),
            sources: without(&self.sources, some_source),
        }
    }
}

impl Granted {
    pub fn is_empty(&self) -> bool {
        *self == Granted::default()
    }

    /// Grants more.
    pub fn add(&mut self, more: &Granted) {
        merge(&mut self.http, &more.http);
        merge(&mut self.secrets, &more.secrets);
        merge(&mut self.sources, &more.sources);
    }

    /// Takes back what these cover, and answers what of them nothing was granted of.
    pub fn revoke(&mut self, back: &Granted) -> Granted {
        let held = self.clone();
        self.http.retain(|given| !back.http.iter().any(|pattern| pattern.covers(given)));
        self.secrets.retain(|given| !back.secrets.contains(given));
        self.sources.retain(|given| !back.sources.contains(given));
        Granted {
            http: without(&back.http, |pattern| held.http.iter().any(|given| pattern.covers(given))),
            secrets: without(&back.secrets, |name| held.secrets.contains(name)),
            sources: without(&back.sources, |name| held.sources.contains(name)),
        }
    }
}

fn without<T: Clone>(all: &[T], is_there: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|one| !is_there(one)).cloned().collect()
}

fn merge<T: Clone + Ord>(all: &mut Vec<T>, more: &[T]) {
    all.extend_from_slice(more);
    all.sort();
    all.dedup();
}

impl SourceKind {
    pub fn new(text: &str) -> Result<SourceKind, NameError> {
        if text == "*" { Ok(SourceKind::Any) } else { Name::new(text).map(SourceKind::Only) }
    }

    /// Whether whatever the other one is, this one is too.
    fn includes(&self, other: &SourceKind) -> bool {
        *self == SourceKind::Any || self == other
    }

    /// Whether sources of this kind are among those asked for.
    pub fn covers(&self, kind: &str) -> bool {
        match self {
            SourceKind::Any => true,
            SourceKind::Only(name) => name.as_str() == kind,
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceKind::Any => f.write_str("*"),
            SourceKind::Only(name) => name.fmt(f),
        }
    }
}

impl TryFrom<String> for SourceKind {
    type Error = NameError;

    fn try_from(text: String) -> Result<SourceKind, NameError> {
        SourceKind::new(&text)
    }
}

impl From<SourceKind> for String {
    fn from(kind: SourceKind) -> String {
        kind.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(http: &[&str], secrets: &[&str], sources: &[&str]) -> Wanted {
        let text = serde_json::json!({"http": http, "secrets": secrets, "sources": sources});
        serde_json::from_value(text).expect("each is well formed")
    }

    fn granted(http: &[&str], secrets: &[&str], sources: &[&str]) -> Granted {
        let text = serde_json::json!({"http": http, "secrets": secrets, "sources": sources});
        serde_json::from_value(text).expect("each is well formed")
    }

    #[test]
    fn only_what_goes_further_is_more() {
        let old = wanted(&["https://a.example/*"], &["token"], &["*"]);
        let cases = [
            (wanted(&["https://a.example/x/*"], &["token"], &["sql"]), Wanted::default()),
            (wanted(&["https://b.example/*"], &[], &[]), wanted(&["https://b.example/*"], &[], &[])),
            (wanted(&[], &["token", "other"], &[]), wanted(&[], &["other"], &[])),
        ];
        for (new, more) in cases {
            assert_eq!(new.beyond(&old), more);
        }
        let kinds = wanted(&[], &[], &["sql"]);
        assert_eq!(wanted(&[], &[], &["*", "sql"]).beyond(&kinds), wanted(&[], &[], &["*"]));
    }

    #[test]
    fn what_is_granted_in_part_is_not_missing() {
        let wants = wanted(&["https://a.example/*", "https://b.example/*"], &["token"], &["sql", "graphite"]);
        let given = granted(&["https://a.example/x"], &[], &["billing", "gone"]);
        let kind_of = |name: &Name| (name.as_str() == "billing").then(|| "sql".to_owned());
        assert_eq!(
            wants.missing(&given, kind_of),
            wanted(&["https://b.example/*"], &["token"], &["graphite"])
        );
    }

    #[test]
    fn a_grant_is_taken_back_with_all_that_it_covers() {
        let mut given = granted(&["https://a.example/x/*"], &["one"], &[]);
        given.add(&granted(&["https://a.example/y", "https://b.example/*"], &["one", "two"], &["db"]));
        assert_eq!(
            given,
            granted(
                &["https://a.example/x/*", "https://a.example/y", "https://b.example/*"],
                &["one", "two"],
                &["db"]
            )
        );
        let nothing = given.revoke(&granted(&["https://a.example/*"], &["two", "three"], &["db"]));
        assert_eq!(given, granted(&["https://b.example/*"], &["one"], &[]));
        assert_eq!(nothing, granted(&[], &["three"], &[]));
    }
}
