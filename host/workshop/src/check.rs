//! What a component is, and all that does not fit, in the words of whoever writes it.

use std::io::Write;
use std::sync::Arc;

use event::{Clock, Manifest, Name, Wanted};
use flate2::Compression;
use flate2::write::GzEncoder;
use plugins::{Description, Host, HostError, HostOptions, InterfaceVersion, Plugin};
use serde_json::Value;

use crate::Project;

/// A component that was looked at.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What it is, as far as it could be found out.
    pub identity: Option<Identity>,
    /// What it imports beside WASI.
    pub imports: Vec<String>,
    /// Whether it imports WASI, which leads nowhere.
    pub imports_wasi: bool,
    pub wants: Wanted,
    pub bytes: usize,
    /// As it would travel.
    pub compressed_bytes: usize,
    /// None: it does not compile.
    pub compile_ms: Option<i64>,
    /// Why it cannot be installed, or not be used.
    pub problems: Vec<String>,
    /// What could be better.
    pub notes: Vec<String>,
}

/// What a component says of itself.
#[derive(Clone, Debug)]
pub struct Identity {
    pub name: Name,
    pub version: String,
    pub kind: event::PluginKind,
    pub interface: InterfaceVersion,
    pub title: String,
}

/// From here on a component is worth a word about its size: most plugins take far less, and
/// an engine for scripts more.
const LARGE: usize = 8 << 20;

/// Looks at a component; with its project, at whether both are of one state.
///
/// # Errors
/// When no plugin at all can run on this machine.
pub fn check(component: &[u8], project: Option<&Project>, clock: &dyn Clock) -> Result<Checked, HostError> {
    // Without a cache, so that the time is that of a daemon which sees it first.
    let host = Host::new(HostOptions::default())?;
    let mut checked =
        Checked { bytes: component.len(), compressed_bytes: compressed(component), ..Checked::default() };
    let manifest = checked.manifest(component, project);
    let begin = clock.now();
    let plugin = match host.load(Arc::from(component)) {
        Ok(plugin) => plugin,
        Err(error) => {
            checked.problems.push(error.to_string());
            return Ok(checked);
        }
    };
    checked.compile_ms = Some(clock.now().since(begin));
    checked.imports(&plugin);
    match plugin.describe() {
        Err(error) => {
            checked.problems.push(format!("it does not describe itself: {error}{}", indented(error.stack())))
        }
        Ok(described) => checked.describe(&plugin, manifest, &described),
    }
    Ok(checked)
}

impl Checked {
    /// The manifest inside, which must be the project's.
    fn manifest(&mut self, component: &[u8], project: Option<&Project>) -> Option<Manifest> {
        let packed = event::manifests_in(component).next();
        if let (Some(project), Some(packed)) = (project, packed)
            && project.text.as_bytes() != packed
        {
            self.problems.push(
                "plugin.toml has changed since it was built: `tellify plugin build` packs it anew".to_owned(),
            );
        }
        match plugins::manifest::read(component) {
            Ok(Some(manifest)) => {
                self.wants = manifest.wants.clone();
                Some(manifest)
            }
            Ok(None) => {
                self.notes.push(
                    "it carries no manifest, so nothing can be granted to it: `tellify plugin build` packs plugin.toml \
                     into it"
                        .to_owned(),
                );
                None
            }
            Err(error) => {
                self.problems.push(error.to_string());
                None
            }
        }
    }

    fn imports(&mut self, plugin: &Plugin) {
        let (wasi, own): (Vec<_>, Vec<_>) =
            plugin.imports().into_iter().partition(|name| name.starts_with("wasi:"));
        self.imports = own;
        self.imports_wasi = !wasi.is_empty();
        if plugin.interface_version() != InterfaceVersion::LATEST {
            self.notes.push(format!(
                "it is made for version {} of the plugin interface, and {} is the latest: see wit/README.md",
                plugin.interface_version(),
                InterfaceVersion::LATEST
            ));
        }
        if self.bytes > LARGE {
            self.notes.push("it is large: a daemon takes about a second to compile each megabyte".to_owned());
        }
    }

    fn describe(&mut self, plugin: &Plugin, manifest: Option<Manifest>, described: &Description) {
        self.identity = Some(Identity {
            name: described.name.clone(),
            version: described.version.clone(),
            kind: plugin.kind(),
            interface: plugin.interface_version(),
            title: described.title.clone(),
        });
        if let Some(manifest) = manifest
            && let Err(error) = plugins::manifest::check(manifest, plugin.kind(), described)
        {
            self.problems.push(error.to_string());
        }
        if described.title.is_empty() {
            self.problems.push("its title is empty: people choose by it".to_owned());
        }
        self.schema(plugin, &described.config_schema);
        if plugin.kind() == event::PluginKind::Source
            && let Err(error) = plugin.methods()
        {
            self.problems.push(format!("its methods cannot be taken: {error}"));
        }
    }

    /// The schema of a configuration, as people see it: it has compiled already.
    fn schema(&mut self, plugin: &Plugin, schema: &Value) {
        if schema["type"] != "object" {
            self.notes
                .push("its configuration is not of the type `object`: no form can be drawn of it".to_owned());
        }
        let fields = schema["properties"].as_object().into_iter().flatten();
        let silent = fields.filter(|(_, field)| !has_words(field, schema));
        let silent: Vec<String> = silent.map(|(name, _)| format!("`{name}`")).collect();
        if !silent.is_empty() {
            self.notes.push(format!(
                "nothing describes {} of its configuration: people see the bare name",
                silent.join(", ")
            ));
        }
        let owner = Name::new("alice").expect("it is a name");
        for (i, example) in schema["examples"].as_array().into_iter().flatten().enumerate() {
            match plugin.validate(&owner, example) {
                Err(error) => self.problems.push(format!("example {i} of its schema: {error}")),
                Ok(found) => self.problems.extend(
                    found
                        .into_iter()
                        .map(|p| format!("example {i} of its schema, {}: {}", p.pointer, p.message)),
                ),
            }
        }
    }
}

/// Whether a field is described, itself or where its definition is.
fn has_words(field: &Value, schema: &Value) -> bool {
    let defined = field["$ref"].as_str().and_then(|place| schema.pointer(place.strip_prefix('#')?));
    [Some(field), defined].into_iter().flatten().any(|place| place["description"].is_string())
}

fn compressed(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // A vector takes everything.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map(|packed| packed.len()).unwrap_or_default()
}

/// What a guest left, below the sentence about it.
fn indented(stack: &str) -> String {
    stack.lines().map(|line| format!("\n  {line}")).collect()
}
