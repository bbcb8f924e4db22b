//! A disk that hangs: what is written never comes to lie on it.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use journal::{Store, StoreFile, Stores};

/// Lets the syncs of some files hang, from when it is told to until it is dropped, or told
/// otherwise.
#[derive(Default)]
pub struct Hang {
    hold: Arc<Hold>,
}

#[derive(Debug, Default)]
struct Hold {
    holding: Mutex<Holding>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Holding {
    /// How the names of those files begin.
    prefix: Option<&'static str>,
    /// Syncs that hang.
    hang: usize,
}

impl Hang {
    /// The same stores, with log and state that can hang.
    pub fn over(&self, mut stores: Stores) -> Stores {
        let over = |inner| Arc::new(Hanging { inner, hold: Arc::clone(&self.hold) });
        stores.log = over(stores.log);
        stores.state = over(stores.state);
        stores
    }

    /// From now on no sync of such a file returns; none: all go on.
    pub fn hold(&self, prefix: Option<&'static str>) {
        self.hold.lock().prefix = prefix;
        self.hold.changed.notify_all();
    }

    /// Returns once a sync hangs. Blocks until then.
    pub fn until_held(&self) {
        let held = self.hold.changed.wait_while(self.hold.lock(), |holding| holding.hang == 0);
        drop(held.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Hang {
    fn drop(&mut self) {
        self.hold(None);
    }
}

impl Hold {
    fn pass(&self, name: &str) {
        let held = |holding: &mut Holding| holding.prefix.is_some_and(|prefix| name.starts_with(prefix));
        let mut holding = self.lock();
        if !held(&mut holding) {
            return;
        }
        holding.hang += 1;
        self.changed.notify_all();
        let passed = self.changed.wait_while(holding, held);
        passed.unwrap_or_else(PoisonError::into_inner).hang -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, Holding> {
        self.holding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Hanging {
    inner: Arc<dyn Store>,
    hold: Arc<Hold>,
}

impl Hanging {
    fn file(&self, name: &str, inner: Arc<dyn StoreFile>) -> Arc<dyn StoreFile> {
        Arc::new(HangingFile { inner, name: name.to_owned(), hold: Arc::clone(&self.hold) })
    }
}

impl Store for Hanging {
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        Ok(self.file(name, self.inner.create(name)?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        Ok(self.file(name, self.inner.open(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.inner.sync_names()
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.inner.path(name)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.inner.free_bytes()
    }
}

#[derive(Debug)]
struct HangingFile {
    inner: Arc<dyn StoreFile>,
    name: String,
    hold: Arc<Hold>,
}

impl StoreFile for HangingFile {
    fn size(&self) -> io::Result<u64> {
        self.inner.size()
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read_at(offset, out)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.inner.write_at(offset, data)
    }

    fn resize(&self, size: u64) -> io::Result<()> {
        self.inner.resize(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.hold.pass(&self.name);
        self.inner.sync()
    }
}
