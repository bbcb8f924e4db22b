//! Events that wait on this machine while the daemon is away.
//!
//! A folder for each daemon and token, so that nothing is sent to another daemon or
//! becomes visible to others than it was meant for; a file for each request. A file is
//! written under another name, synced and renamed, so it is there whole or not at all,
//! and it is removed when the daemon has its events. Tokens are not kept, only a
//! fingerprint of theirs.

mod entry;

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use event::Timestamp;
use sha2::{Digest, Sha256};
use url::Url;

pub(super) use self::entry::{Damage, Entry};

/// What may wait at most, of all daemons together: a disk that is full helps nobody.
const BYTES_MAX: u64 = 64 << 20;
const WAITING: &str = "events";

pub(super) struct Spool {
    root: PathBuf,
    /// The folder of this daemon and token.
    folder: PathBuf,
    /// Without a password that may stand in it.
    url: String,
    bytes_max: u64,
}

/// Nobody else sends from this folder meanwhile.
pub(super) struct Turn {
    /// Locked until it is dropped.
    _lock: File,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum SpoolError {
    #[error("the spool {} is full: {waiting} of {most} bytes wait there", folder.display())]
    Full { folder: PathBuf, waiting: u64, most: u64 },
    #[error("the spool {} cannot be used: {error}", folder.display())]
    Unusable { folder: PathBuf, error: io::Error },
}

impl Spool {
    /// The spool of this user, for a daemon and a token.
    pub(super) fn of(root: PathBuf, url: &str, token: Option<&str>) -> Spool {
        let url = without_password(url);
        let mut hash = Sha256::new();
        hash.update(url.as_bytes());
        hash.update([0]);
        hash.update(token.unwrap_or_default().as_bytes());
        let key: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Spool { folder: root.join(key), root, url, bytes_max: BYTES_MAX }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Keeps the events of one request, after all that are kept already.
    ///
    /// # Errors
    /// When there is no more room, or the disk does not take it: then nothing is kept.
    pub(super) fn keep(&self, entry: &Entry, now: Timestamp) -> Result<(), SpoolError> {
        let bytes = entry.written(&self.url);
        let waiting = self.bytes();
        if waiting + bytes.len() as u64 > self.bytes_max {
            let folder = self.root.clone();
            return Err(SpoolError::Full { folder, waiting, most: self.bytes_max });
        }
        self.write(&bytes, now).map_err(|error| SpoolError::Unusable { folder: self.folder.clone(), error })
    }

    fn write(&self, bytes: &[u8], now: Timestamp) -> io::Result<()> {
        private_folder(&self.root)?;
        private_folder(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        // The last one may be of this same millisecond, or of a clock that was ahead.
        let last = self.files().last().and_then(|path| order(path)).unwrap_or(0);
        let mut order = u64::try_from(now.0).unwrap_or(0).max(last + 1);
        loop {
            match file.persist_noclobber(self.folder.join(format!("{order:015}.{WAITING}"))) {
                Ok(_) => break,
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = error.file;
                    order += 1;
                }
                Err(error) => return Err(error.error),
            }
        }
        File::open(&self.folder)?.sync_all()
    }

    /// The turn to send; none when somebody else has it, or nothing waits.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub(super) fn turn(&self) -> Result<Option<Turn>, SpoolError> {
        if self.files().is_empty() {
            return Ok(None);
        }
        let locked = || {
            let lock =
                File::options().write(true).create(true).truncate(false).open(self.folder.join("lock"))?;
            match lock.try_lock() {
                Ok(()) => Ok(Some(Turn { _lock: lock })),
                Err(TryLockError::WouldBlock) => Ok(None),
                Err(TryLockError::Error(error)) => Err(error),
            }
        };
        locked().map_err(|error| SpoolError::Unusable { folder: self.folder.clone(), error })
    }

    /// What waits, in the order in which it came.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        waiting(&self.folder)
    }

    /// The entry in a file.
    ///
    /// # Errors
    /// When it is damaged, or cannot be read.
    pub(super) fn read(&self, file: &Path) -> Result<Entry, Damage> {
        Entry::read(file)
    }

    /// Sets a file aside that cannot be sent, and returns where it is now.
    pub(super) fn set_aside(&self, file: &Path, why: &str) -> io::Result<PathBuf> {
        let aside = file.with_extension(why);
        fs::rename(file, &aside)?;
        Ok(aside)
    }

    /// How many files wait for other daemons or tokens.
    pub(super) fn elsewhere(&self) -> usize {
        self.others().iter().map(|folder| waiting(folder).len()).sum()
    }

    /// Lets what was kept for this daemon with other tokens be sent with this one.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub(super) fn adopt(&self) -> Result<(), SpoolError> {
        for file in self.others().iter().flat_map(|folder| waiting(folder)) {
            if Entry::url(&file).as_deref() != Some(self.url.as_str()) {
                continue;
            }
            let moved = || {
                private_folder(&self.folder)?;
                let mut order = order(&file).unwrap_or(0);
                while self.folder.join(format!("{order:015}.{WAITING}")).exists() {
                    order += 1;
                }
                fs::rename(&file, self.folder.join(format!("{order:015}.{WAITING}")))
            };
            moved().map_err(|error| SpoolError::Unusable { folder: self.folder.clone(), error })?;
        }
        Ok(())
    }

    fn others(&self) -> Vec<PathBuf> {
        let mut folders = listed(&self.root);
        folders.retain(|folder| *folder != self.folder && folder.is_dir());
        folders
    }

    fn bytes(&self) -> u64 {
        let files = listed(&self.root).into_iter().flat_map(|folder| waiting(&folder));
        files.filter_map(|file| fs::metadata(file).ok()).map(|metadata| metadata.len()).sum()
    }
}

/// Where this user's spool is: `$XDG_STATE_HOME/tellify/spool`, else in the home folder.
pub(super) fn usual_root() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    state.map(|folder| folder.join("tellify/spool"))
}

/// The files of a folder that wait, in their order.
fn waiting(folder: &Path) -> Vec<PathBuf> {
    let mut files = listed(folder);
    files.retain(|file| file.extension().is_some_and(|extension| extension == WAITING));
    files
}

/// What is in a folder, sorted; nothing when there is none.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn order(file: &Path) -> Option<u64> {
    file.file_stem()?.to_str()?.parse().ok()
}

/// Events may be nobody else's business.
fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn without_password(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else { return url.to_owned() };
    // Neither can fail for the schemes that a client takes.
    let _ = parsed.set_password(None);
    let _ = parsed.set_username("");
    parsed.to_string()
}

#[cfg(test)]
mod tests;
