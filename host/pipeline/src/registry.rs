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

use event::Name;
use plugins::{CallError, Description, Host, LoadError, Plugin};
use tokio::sync::watch;

use crate::blocking::begin;

/// What has become of loading one plugin; none while that goes on.
type Loading = watch::Receiver<Option<Result<Plugin, String>>>;

pub(crate) struct Registry {
    host: Host,
    folder: PathBuf,
    plugins: Mutex<HashMap<Name, Loading>>,
}

/// Why a component is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallError {
    #[error("{0}")]
    Load(#[from] LoadError),
    #[error("the plugin does not say what it is: {0}")]
    Describe(#[from] CallError),
    #[error("the component cannot be kept: {0}")]
    Keep(#[from] io::Error),
}

/// A component that was checked and kept, but is not in the journal yet.
pub(crate) struct Candidate {
    pub(crate) plugin: Plugin,
    pub(crate) description: Description,
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
        Ok(Registry { host, folder, plugins: Mutex::default() })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Checks a component by running it, and keeps it, synced, before the journal
    /// speaks of it. Blocks while it is compiled.
    pub(crate) fn admit(&self, component: &[u8]) -> Result<Candidate, InstallError> {
        let plugin = self.host.load(Arc::from(component))?;
        let description = plugin.describe()?;
        keep(&self.folder, plugin.sha256(), component)?;
        Ok(Candidate { plugin, description, bytes: component.len() as u64 })
    }

    /// Makes an admitted plugin callable under its name.
    pub(crate) fn enter(&self, candidate: &Candidate) {
        let ready = watch::Sender::new(Some(Ok(candidate.plugin.clone())));
        self.lock().insert(candidate.description.name.clone(), ready.subscribe());
    }

    /// Begins to load what the journal says is installed.
    pub(crate) fn load(self: &Arc<Registry>, record: &event::Plugin) {
        let (done, loading) = watch::channel(None);
        self.lock().insert(record.name.clone(), loading);
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

    pub(crate) fn knows(&self, name: &Name) -> bool {
        self.lock().contains_key(name)
    }

    pub(crate) fn forget(&self, name: &Name) {
        self.lock().remove(name);
    }

    pub(crate) fn is_ready(&self, name: &Name) -> bool {
        // What is unknown is never going to be ready: no use in waiting for it.
        self.lock().get(name).is_none_or(|loading| loading.borrow().is_some())
    }

    /// Waits until the plugin is compiled.
    pub(crate) async fn ready(&self, name: &Name) -> Result<Plugin, Unready> {
        let loading = self.lock().get(name).cloned();
        let mut loading = loading.ok_or_else(|| Unready::Unknown(name.clone()))?;
        let broken = |reason: String| Unready::Broken { name: name.clone(), reason };
        let loaded = loading.wait_for(Option::is_some).await.map_err(|e| broken(e.to_string()))?;
        loaded.clone().expect("it was waited for").map_err(broken)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Loading>> {
        self.plugins.lock().expect("nobody panics while holding this lock")
    }
}

impl Candidate {
    /// The record of this plugin.
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
    if path.exists() {
        return Ok(());
    }
    let unfinished = folder.join(format!("{sha256}.unfinished"));
    let mut file = fs::File::create(&unfinished)?;
    file.write_all(component)?;
    file.sync_all()?;
    fs::rename(&unfinished, &path)?;
    fs::File::open(folder)?.sync_all()
}
