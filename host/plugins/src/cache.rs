//! Compiled components, kept by content and engine.
//!
//! What stands here is run as native code, unchecked. So the folder belongs to us
//! alone, a file is complete and synced before it gets its name, and it is never
//! written again; nothing from outside is ever put here.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::HostError;

pub(crate) struct Cache {
    folder: PathBuf,
    /// Compiled code is of use to the engine alone that made it.
    engine: u64,
}

impl Cache {
    /// Makes the folder when there is none.
    ///
    /// # Errors
    /// When others could have written in it, or it cannot be made.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> Result<Cache, HostError> {
        let refuse = |reason: String| HostError::Cache { path: folder.to_owned(), reason };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .and_then(|()| claim(folder))
            .and_then(|()| sweep(folder))
            .map_err(|e| refuse(e.to_string()))?;
        let mut hash = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hash);
        Ok(Cache { folder: folder.to_owned(), engine: hash.finish() })
    }

    pub(crate) fn holds(&self, sha256: &str) -> bool {
        self.path(sha256).is_file()
    }

    /// None: it is not here, or of no use any more.
    pub(crate) fn load(&self, sha256: &str, engine: &Engine) -> Option<Component> {
        let path = self.path(sha256);
        if !path.is_file() {
            return None;
        }
        read(engine, &path)
            .inspect_err(|error| {
                tracing::warn!(path = %path.display(), %error, "a compiled plugin is of no use and is made again");
                // When it cannot be removed, it is found again next time, and told again.
                let _ = fs::remove_file(&path);
            })
            .ok()
    }

    /// A file for compiled code, and a handle to write it.
    pub(crate) fn draft(&self) -> io::Result<(Draft, File)> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!(".{}-{unique}.new", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok((Draft { path }, file))
    }

    /// Keeps a compiled component. It works without, so a failure is only told.
    pub(crate) fn store(&self, sha256: &str, component: &Component) {
        let written = component.serialize().map_err(io::Error::other).and_then(|code| {
            let (draft, mut file) = self.draft()?;
            file.write_all(&code)?;
            Ok(draft)
        });
        self.told(sha256, written.and_then(|draft| self.name(draft, sha256)));
    }

    /// Keeps what was drafted. It works without, so a failure is only told.
    pub(crate) fn keep(&self, draft: Draft, sha256: &str) {
        self.told(sha256, self.name(draft, sha256));
    }

    /// It is complete and synced before it gets its name.
    fn name(&self, draft: Draft, sha256: &str) -> io::Result<()> {
        File::open(&draft.path)?.sync_all()?;
        fs::rename(&draft.path, self.path(sha256))?;
        File::open(&self.folder)?.sync_all()
    }

    fn told(&self, sha256: &str, kept: io::Result<()>) {
        if let Err(error) = kept {
            let path = self.path(sha256);
            tracing::warn!(path = %path.display(), %error, "a compiled plugin could not be kept: it will be compiled again");
        }
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}-{:016x}.cwasm", self.engine))
    }
}

/// Makes sure that nobody but us has written or will write in the folder.
fn claim(folder: &Path) -> io::Result<()> {
    let found = fs::metadata(folder)?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to somebody else"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write in it: remove it, and it is made anew"));
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// Compiled code under a name that nobody looks for; gone when it is dropped before it is kept.
pub(crate) struct Draft {
    path: PathBuf,
}

impl Draft {
    /// # Errors
    /// When it is not what this engine serialises.
    pub(crate) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        read(engine, &self.path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Under its own name it is not there any more; what cannot be removed is a stray file in a cache.
        let _ = fs::remove_file(&self.path);
    }
}

fn read(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the folder is ours alone (see `Cache::open`), and files in it are written
    // once, by us or by a child that runs our own program, with what this engine serialised.
    #[allow(unsafe_code)]
    unsafe {
        Component::deserialize_file(engine, path)
    }
}

/// Removes what processes left that are not there any more.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let process = name.strip_prefix('.').and_then(|name| name.strip_suffix(".new")?.split_once('-'));
        if process.is_some_and(|(id, _)| !Path::new("/proc").join(id).exists()) {
            // Another daemon may have swept it just now.
            let _ = fs::remove_file(&path);
        }
    }
    Ok(())
}
