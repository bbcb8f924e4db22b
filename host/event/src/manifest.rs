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
        let File { capabilities: wants, limits, channel, .. } = file;
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
        Ok(Manifest { name, version, world, license, wants, limits, isolation, channel })
    }
}

impl Wanted {
    pub fn is_empty(&self) -> bool {
        *self == Wanted::default()
    }
}

impl Granted {
    pub fn is_empty(&self) -> bool {
        *self == Granted::default()
    }
}

impl SourceKind {
    pub fn new(text: &str) -> Result<SourceKind, NameError> {
        if text == "*" { Ok(SourceKind::Any) } else { Name::new(text).map(SourceKind::Only) }
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
