//! The keys of what must be forgettable: one file each, outside of the journal and of
//! ordinary backups. What a key opened is gone for good when its file is.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event::{Ciphertext, KeyId, Random};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::SystemRandom;
use crate::cipher::{self, Belonging, KEY_BYTES, Key};

/// The folder of keys: `<data>/keys`, for nobody but the daemon.
///
/// Keys that were used are kept in memory, up to a few thousand.
pub struct Keyring {
    folder: PathBuf,
    known: Mutex<Known>,
    random: Arc<dyn Random>,
}

/// The keys in memory.
#[derive(Default)]
struct Known {
    keys: HashMap<KeyId, Arc<Key>>,
    /// How often a key was forgotten: what was read from a file before the last time may
    /// be a key that has been destroyed since.
    forgotten: u64,
}

/// A folder or a file of keys that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{} holds {bytes} bytes, and a key has {KEY_BYTES}: put it back from a backup", path.display())]
    Damaged { path: PathBuf, bytes: usize },
    #[error("there is no key {0}")]
    Missing(KeyId),
}

/// Why something that is encrypted cannot be read. It is a state that people see and
/// mend, and no failure of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("key missing")]
    KeyMissing,
    /// Its file is there, and cannot be read now.
    #[error("key cannot be read at the moment")]
    Unavailable,
    /// It was moved, changed, or belongs to another key.
    #[error("its key does not open it")]
    Damaged,
}

impl Keyring {
    /// So many keys are kept in memory.
    pub const KNOWN_MAX: usize = 4096;

    /// How many are now.
    pub fn known_count(&self) -> usize {
        self.known().keys.len()
    }

    /// Opens `<data>/keys`; makes it, with mode 0700, when it is not there.
    ///
    /// # Errors
    /// When the folder can be neither made nor closed to others.
    pub fn open(data: &Path) -> Result<Keyring, KeyringError> {
        Keyring::open_with(data, Arc::new(SystemRandom))
    }

    /// The same, with other random numbers than the system's: keys of these are no secret.
    ///
    /// # Errors
    /// As for [`Keyring::open`].
    pub fn open_with(data: &Path, random: Arc<dyn Random>) -> Result<Keyring, KeyringError> {
        let folder = data.join("keys");
        let made = match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => sync_folder(data),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // A restored copy may have come with wider rights.
                fs::set_permissions(&folder, Permissions::from_mode(0o700))
            }
            Err(error) => Err(error),
        };
        made.map_err(|error| KeyringError::File { path: folder.clone(), error })?;
        Ok(Keyring { folder, known: Mutex::default(), random })
    }

    /// Makes a key. It is on the disk when this returns, so whatever is written with it
    /// afterwards can be read. Waits for the disk.
    pub fn mint(&self) -> Result<KeyId, KeyringError> {
        let id = KeyId::from_bits(u128::from_le_bytes(self.random()?));
        let key = Key::new(self.random()?);
        let forgotten = self.known().forgotten;
        let path = self.path(&id);
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        written
            .and_then(|mut file| {
                file.write_all(key.bytes())?;
                file.sync_all()
            })
            .and_then(|()| sync_folder(&self.folder))
            .map_err(|error| KeyringError::File { path, error })?;
        self.remember(&id, Arc::new(key), forgotten);
        Ok(id)
    }

    /// Whether the key is there and whole.
    pub fn holds(&self, id: &KeyId) -> bool {
        self.key(id).is_ok()
    }

    /// Encrypts a value, so that only `key` opens it, and only as what it is.
    ///
    /// # Errors
    /// When the key cannot be read, and when the system gives no randomness.
    pub fn encrypt<T: Serialize>(
        &self,
        key: &KeyId,
        belonging: &Belonging<'_>,
        value: &T,
    ) -> Result<Ciphertext, KeyringError> {
        let cipher = cipher::encrypt(&*self.key(key)?, belonging, value, self.random()?);
        Ok(Ciphertext { key: key.clone(), cipher })
    }

    /// # Errors
    /// When the key is not there, or this is not what was encrypted with it.
    pub fn decrypt<T: DeserializeOwned>(
        &self,
        belonging: &Belonging<'_>,
        ciphertext: &Ciphertext,
    ) -> Result<T, Unreadable> {
        let key = match self.key(&ciphertext.key) {
            Ok(key) => key,
            Err(KeyringError::Missing(_)) => return Err(Unreadable::KeyMissing),
            Err(error) => {
                tracing::error!(%error, "a key cannot be read");
                let passes = matches!(error, KeyringError::File { .. });
                return Err(if passes { Unreadable::Unavailable } else { Unreadable::KeyMissing });
            }
        };
        cipher::decrypt(&key, belonging, &ciphertext.cipher).ok_or(Unreadable::Damaged)
    }

    /// Destroys a key for good: overwritten, removed, synced. False when there was none.
    /// Waits for the disk.
    ///
    /// # Errors
    /// When the file cannot be removed; it is worth another try.
    pub fn destroy(&self, id: &KeyId) -> Result<bool, KeyringError> {
        self.forget(id);
        let path = self.path(id);
        let failed = |error| KeyringError::File { path: path.clone(), error };
        let mut file = match OpenOptions::new().write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        file.write_all(&[0; KEY_BYTES]).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::remove_file(&path).and_then(|()| sync_folder(&self.folder)).map_err(failed)?;
        // Whoever had opened the file before may have remembered it meanwhile, and whoever
        // still reads will not.
        self.forget(id);
        Ok(true)
    }

    fn key(&self, id: &KeyId) -> Result<Arc<Key>, KeyringError> {
        let forgotten = {
            let known = self.known();
            if let Some(key) = known.keys.get(id) {
                return Ok(key.clone());
            }
            known.forgotten
        };
        let path = self.path(id);
        // One byte more tells a file that is too long.
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 1));
        let read = File::open(&path).and_then(|file| file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyringError::Missing(id.clone()));
            }
            Err(error) => return Err(KeyringError::File { path, error }),
        }
        let whole = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
        let whole = whole.map_err(|_| KeyringError::Damaged { path, bytes: bytes.len() })?;
        let key = Arc::new(Key::new(whole));
        self.remember(id, key.clone(), forgotten);
        Ok(key)
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], KeyringError> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes).map_err(KeyringError::Random)?;
        Ok(bytes)
    }

    /// Keeps a key in memory, unless one was forgotten since `forgotten` was read.
    fn remember(&self, id: &KeyId, key: Arc<Key>, forgotten: u64) {
        let mut known = self.known();
        if known.forgotten != forgotten {
            return;
        }
        if known.keys.len() >= Keyring::KNOWN_MAX {
            known.keys.clear();
        }
        known.keys.insert(id.clone(), key);
    }

    fn forget(&self, id: &KeyId) {
        let mut known = self.known();
        known.forgotten += 1;
        known.keys.remove(id);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key's name is digits alone, so this stays in the folder.
    fn path(&self, id: &KeyId) -> PathBuf {
        self.folder.join(id.as_str())
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
