//! The installed plugins, ready to be called.
//!
//! A component lies in the data folder under its hash; the journal holds the record
//! of it. Compiling happens beside everything else: who needs a plugin that is not
//! ready waits for that one alone.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use event::{Manifest, Name};
use plugins::manifest::{self, ManifestError};
use plugins::{CallError, Description, Host, LoadError, Plugin};
use tokio::sync::watch;

use crate::blocking::begin;

/// What has become of loading one version; none while that goes on.
type Loading = watch::Receiver<Option<Result<Plugin, String>>>;

pub(crate) struct Registry {
    host: Host,
    folder: PathBuf,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// By the hash of its component, with the name that it bears.
    versions: HashMap<String, (Name, Loading)>,
    /// The hash of the version that serves under a name.
    serving: HashMap<Name, String>,
}

/// Why a component is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallError {
    #[error("{0}")]
    Load(#[from] LoadError),
    #[error("{0}")]
    Manifest(#[from] ManifestError),
    #[error("the plugin does not say what it is: {0}. Mend what its `describe` answers")]
    Describe(#[from] CallError),
    #[error("the component cannot be kept: {0}")]
    Keep(#[from] io::Error),
}

/// A component that was checked and kept, but is not in the journal yet.
pub(crate) struct Candidate {
    pub(crate) plugin: Plugin,
    pub(crate) description: Description,
    pub(crate) manifest: Manifest,
    pub(crate) bytes: u64,
}

/// Why a plugin cannot be called.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Unready {
    #[error("there is no plugin `{0}`")]
    Unknown(Name),
    #[error("the plugin `{name}` cannot be loaded: {reason}")]
    Broken { name: Name, reason: String },
}

impl Registry {
    /// `folder` holds the components, by their hash.
    pub(crate) fn new(host: Host, folder: PathBuf) -> io::Result<Registry> {
        fs::create_dir_all(&folder)?;
        Ok(Registry { host, folder, known: Mutex::default() })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Checks a component by running it, and keeps it, synced, before the journal
    /// speaks of it. Blocks while it is compiled.
    pub(crate) fn admit(&self, component: &[u8]) -> Result<Candidate, InstallError> {
        // What is plainly no plugin is told first, and what it says of itself before it runs.
        plugins::sniff(component)?;
        let manifest = manifest::read(component)?;
        let plugin = self.host.load(Arc::from(component))?;
        let description = plugin.describe()?;
        let manifest = match manifest {
            Some(manifest) => manifest::check(manifest, plugin.kind(), &description)?,
            None => manifest::silent(plugin.kind(), &description),
        };
        keep(&self.folder, plugin.sha256(), component)?;
        Ok(Candidate { plugin, description, manifest, bytes: component.len() as u64 })
    }

    /// Makes an admitted version callable by its hash.
    pub(crate) fn enter(&self, candidate: &Candidate) {
        let ready = watch::Sender::new(Some(Ok(candidate.plugin.clone())));
        let name = candidate.description.name.clone();
        self.lock().versions.insert(candidate.plugin.sha256().to_owned(), (name, ready.subscribe()));
    }

    /// Lets a version that is known serve under its name.
    pub(crate) fn serve(&self, name: &Name, sha256: &str) {
        self.lock().serving.insert(name.clone(), sha256.to_owned());
    }

    /// Begins to load a version that the journal speaks of, unless it is there.
    pub(crate) fn load(self: &Arc<Registry>, record: &event::Plugin) {
        let (done, loading) = watch::channel(None);
        {
            let mut known = self.lock();
            if known.versions.contains_key(&record.sha256) {
                return;
            }
            known.versions.insert(record.sha256.clone(), (record.name.clone(), loading));
        }
        let (registry, file) = (self.clone(), self.folder.join(file_name(&record.sha256)));
        let name = record.name.clone();
        begin(move || {
            let loaded = fs::read(&file)
                .map_err(|error| error.to_string())
                .and_then(|bytes| registry.host.load(Arc::from(bytes)).map_err(|error| error.to_string()));
            if let Err(reason) = &loaded {
                tracing::error!(plugin = %name, reason, "an installed plugin cannot be loaded");
            }
            done.send_replace(Some(loaded));
        });
    }

    /// Removes the components that none of these plugins has; answers how many.
    pub(crate) fn sweep(&self, known: &[event::Plugin]) -> io::Result<usize> {
        let mut swept = 0;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let is_known = |name: &str| known.iter().any(|plugin| file_name(&plugin.sha256) == name);
            if entry.file_type()?.is_file() && !entry.file_name().to_str().is_some_and(is_known) {
                fs::remove_file(entry.path())?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// Of a name's versions, only these stay callable.
    pub(crate) fn retain(&self, name: &Name, versions: &[event::Plugin]) {
        let mut known = self.lock();
        let stays = |sha256: &String| versions.iter().any(|version| version.sha256 == *sha256);
        known.versions.retain(|sha256, (bears, _)| bears != name || stays(sha256));
    }

    pub(crate) fn forget(&self, name: &Name) {
        self.retain(name, &[]);
        self.lock().serving.remove(name);
    }

    /// Whether this version can be called, or never will be.
    pub(crate) fn is_ready(&self, name: &Name, sha256: Option<&str>) -> bool {
        // What is unknown is never going to be ready: no use in waiting for it.
        self.find(name, sha256).is_none_or(|loading| loading.borrow().is_some())
    }

    /// Waits until a version is compiled: the one with this hash, or else the one that
    /// serves, also when what was saved with another one has outlived that.
    pub(crate) async fn ready(&self, name: &Name, sha256: Option<&str>) -> Result<Plugin, Unready> {
        let mut loading = self.find(name, sha256).ok_or_else(|| Unready::Unknown(name.clone()))?;
        let broken = |reason: String| Unready::Broken { name: name.clone(), reason };
        let loaded = loading.wait_for(Option::is_some).await.map_err(|e| broken(e.to_string()))?;
        loaded.clone().expect("it was waited for").map_err(broken)
    }

    fn find(&self, name: &Name, sha256: Option<&str>) -> Option<Loading> {
        let known = self.lock();
        let kept = sha256.and_then(|sha256| known.versions.get(sha256));
        let found = kept.or_else(|| known.versions.get(known.serving.get(name)?));
        found.map(|(_, loading)| loading.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nobody panics while holding this lock")
    }
}

impl Candidate {
    /// The record of this version, to which nothing is granted.
    pub(crate) fn record(
        &self,
        installed: event::Timestamp,
        by: Option<Name>,
        bundled: bool,
    ) -> event::Plugin {
        let Description { name, version, title, description, config_schema, ui_hints } =
            self.description.clone();
        event::Plugin {
            name,
            kind: self.plugin.kind(),
            version,
            title,
            description,
            sha256: self.plugin.sha256().to_owned(),
            bytes: self.bytes,
            config_schema,
            ui_hints,
            bundled,
            installed_by: by,
            shared: false,
            wants: self.manifest.wants.clone(),
            granted: event::Granted::default(),
            channel: self.manifest.channel,
            installed,
        }
    }
}

fn file_name(sha256: &str) -> String {
    format!("{sha256}.wasm")
}

/// Writes under another name first, so that a file under a hash is always whole.
fn keep(folder: &Path, sha256: &str, component: &[u8]) -> io::Result<()> {
    let path = folder.join(file_name(sha256));
    if !path.exists() {
        let unfinished = folder.join(format!("{sha256}.unfinished"));
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(component)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
    }
    // Whoever left it there may have been cut off before this.
    fs::File::open(folder)?.sync_all()
}
