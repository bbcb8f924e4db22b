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
        // SAFETY: the folder is ours alone (see `open`), and files in it are written
        // once, by `store`, with what this engine serialised.
        #[allow(unsafe_code)]
        let loaded = unsafe { Component::deserialize_file(engine, &path) };
        loaded
            .inspect_err(|error| {
                tracing::warn!(path = %path.display(), %error, "a compiled plugin is of no use and is made again");
                // When it cannot be removed, it is found again next time, and told again.
                let _ = fs::remove_file(&path);
            })
            .ok()
    }

    /// Keeps a compiled component. It works without, so a failure is only told.
    pub(crate) fn store(&self, sha256: &str, component: &Component) {
        let path = self.path(sha256);
        let stored = component
            .serialize()
            .map_err(io::Error::other)
            .and_then(|code| write_whole(&self.folder, &path, &code));
        if let Err(error) = stored {
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

/// Under another name first, so that nobody ever sees half a file.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!(".{}-{unique}.new", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell; what cannot be removed now is a stray file in a cache.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    File::open(folder)?.sync_all()
}
