//! The seam to the disk: the few file operations that the journal needs.
//!
//! Log and state go through [`Store`], so that a test can drop what was not synced, tear
//! a sector, fail a sync or fill the disk. Names are flat: a store is one folder.
//! [`DiskStore`] is the real one.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::lock::{self, Lock};
use crate::{OpenError, names};

/// In a journal's folder: that of the log, and who has it.
const LOG: &str = "log";
const LOCK: &str = "lock";

/// One folder of files. A change of names lasts once [`Store::sync_names`] returned.
pub trait Store: Send + Sync + 'static {
    /// The names of all files, in any order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// An empty file of this name, in place of what stood there.
    fn create(&self, name: &str) -> io::Result<Arc<dyn StoreFile>>;
    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>>;
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Whoever has the file open still reads it.
    fn remove(&self, name: &str) -> io::Result<()>;
    fn sync_names(&self) -> io::Result<()>;
    /// Where the file lies, if it is one of the operating system's.
    fn path(&self, _name: &str) -> Option<PathBuf> {
        None
    }

    /// What may still be written, in bytes. A store that knows of no end has all there is.
    fn free_bytes(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

/// An open file. Readers and one writer share it.
pub trait StoreFile: fmt::Debug + Send + Sync {
    /// In bytes.
    fn size(&self) -> io::Result<u64>;
    /// Fills all of `out`, or fails.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;
    /// Writes all of `data`, growing the file as needed, or fails having written any part of it.
    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()>;
    /// New bytes are zero.
    fn resize(&self, size: u64) -> io::Result<()>;
    /// What was written before lasts once this returned: contents and size.
    fn sync(&self) -> io::Result<()>;
}

/// Where a journal lives.
#[derive(Clone)]
pub struct Stores {
    /// Tails, segments, snapshots, and what describes them.
    pub log: Arc<dyn Store>,
    /// The state.
    pub state: Arc<dyn Store>,
    /// The file that says who has them; none: nobody else can get at them.
    lock: Option<PathBuf>,
}

impl Stores {
    /// Stores of which no other process knows, such as those of a test. Both may be one.
    pub fn new(log: Arc<dyn Store>, state: Arc<dyn Store>) -> Stores {
        Stores { log, state, lock: None }
    }

    /// A folder on a local disk, with the log in a folder of its own. Makes both when
    /// they do not exist.
    pub fn on_disk(folder: &Path) -> io::Result<Stores> {
        let (state, log) = (DiskStore::open(folder)?, DiskStore::open(&folder.join(LOG))?);
        Ok(Stores::new(Arc::new(log), Arc::new(state)).locked_by(folder.join(LOCK)))
    }

    /// The same for looking at: whoever may read the folder can.
    pub fn read_only(folder: &Path) -> Stores {
        let (state, log) = (DiskStore::read_only(folder), DiskStore::read_only(&folder.join(LOG)));
        Stores::new(Arc::new(log), Arc::new(state)).locked_by(folder.join(LOCK))
    }

    /// One process at a time has these stores: the one that holds this file.
    #[must_use]
    pub fn locked_by(mut self, file: PathBuf) -> Stores {
        self.lock = Some(file);
        self
    }

    /// # Errors
    /// [`OpenError::Locked`] when somebody else has them.
    pub(crate) fn take(&self) -> Result<Option<Lock>, OpenError> {
        self.lock.as_deref().map(Lock::take).transpose()
    }

    /// The process that has them, if any has.
    pub(crate) fn holder(&self) -> io::Result<Option<u32>> {
        self.lock.as_deref().map_or(Ok(None), lock::holder_of)
    }
}

/// The real thing: a folder on a local disk.
#[derive(Debug)]
pub struct DiskStore {
    folder: PathBuf,
    read_only: bool,
}

impl DiskStore {
    /// Makes the folder when it does not exist.
    pub fn open(folder: &Path) -> io::Result<DiskStore> {
        fs::create_dir_all(folder)?;
        Ok(DiskStore { folder: folder.to_owned(), read_only: false })
    }

    /// For looking at a folder that may be somebody else's: whoever may read it can.
    pub fn read_only(folder: &Path) -> DiskStore {
        DiskStore { folder: folder.to_owned(), read_only: true }
    }
}

impl Store for DiskStore {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            // A name that is no text is none of ours.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Arc::new(DiskFile(options.open(self.folder.join(name))?)))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        let file = OpenOptions::new().read(true).write(!self.read_only).open(self.folder.join(name))?;
        Ok(Arc::new(DiskFile(file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.join(name))
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let about = rustix::fs::statvfs(&self.folder)?;
        Ok(about.f_bavail.saturating_mul(about.f_frsize))
    }
}

#[derive(Debug)]
struct DiskFile(File);

impl StoreFile for DiskFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_all_at(data, offset)
    }

    fn resize(&self, size: u64) -> io::Result<()> {
        self.0.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// Opens a file, or makes an empty one.
pub(crate) fn open_or_create(store: &dyn Store, name: &str) -> io::Result<Arc<dyn StoreFile>> {
    match store.open(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => store.create(name),
        opened => opened,
    }
}

pub(crate) fn remove_if_there(store: &dyn Store, name: &str) -> io::Result<()> {
    match store.remove(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// All of a small file.
pub(crate) fn read_whole(store: &dyn Store, name: &str) -> io::Result<Vec<u8>> {
    let file = store.open(name)?;
    let mut bytes = vec![0; file.size()? as usize];
    file.read_at(0, &mut bytes)?;
    Ok(bytes)
}

/// Puts a small file in the place of another of that name: whoever reads finds the one
/// or the other, whole. It lasts when this returns.
pub(crate) fn replace(store: &dyn Store, name: &str, contents: &[u8]) -> io::Result<()> {
    let unfinished = format!("{name}{}", names::UNFINISHED);
    let file = store.create(&unfinished)?;
    file.write_at(0, contents)?;
    file.sync()?;
    store.rename(&unfinished, name)?;
    store.sync_names()
}

/// Whether an error means that there is no room, which passes, and no failure of the disk.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
