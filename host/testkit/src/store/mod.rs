//! A disk in memory that knows what a power cut would leave of it.

mod contents;
mod crash;
mod disk;

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use journal::{Store, StoreFile, Stores};

use self::contents::Contents;
use self::crash::Survivors;
use self::disk::{Call, Disk, Fault, Operation};

/// A [`Store`] that remembers all that was done to it, so that [`SimStore::crash`] can
/// make the disk that a power cut at any moment might have left. Clones are one disk.
#[derive(Clone, Default)]
pub struct SimStore {
    disk: Arc<Mutex<Disk>>,
}

/// The moments of a disk's past, taken in order: see [`SimStore::crashes`].
pub struct Crashes {
    store: SimStore,
    survivors: Survivors,
}

impl SimStore {
    pub fn new() -> SimStore {
        SimStore::default()
    }

    /// A disk that answers a sync and does nothing: what stands on it must lose data,
    /// or the test of it sees nothing.
    pub fn ignoring_sync() -> SimStore {
        let store = SimStore::new();
        store.disk().ignores_sync = true;
        store
    }

    /// A whole journal on this disk, log and state.
    pub fn stores(&self) -> Stores {
        Stores::new(Arc::new(self.clone()), Arc::new(self.clone()))
    }

    /// How much was done so far: the moments at which a power cut can come.
    pub fn operations(&self) -> usize {
        self.disk().operations.len()
    }

    /// How often a file or a name was changed so far.
    pub fn changes(&self) -> usize {
        let changes = |operation: &&Operation| {
            !matches!(operation, Operation::Sync { .. } | Operation::Lost { .. } | Operation::SyncNames)
        };
        self.disk().operations.iter().filter(changes).count()
    }

    /// File syncs so far, failed ones included.
    pub fn syncs(&self) -> u64 {
        self.disk().syncs
    }

    /// After `after` more, one sync fails, or all of them when `lasting`. Unless it is
    /// for want of space, what it should have written is dropped, and still served:
    /// that is what Linux does.
    pub fn fail_sync(&self, after: u64, kind: ErrorKind, lasting: bool) {
        self.fail(Some(Call::Sync), after, kind, lasting);
    }

    /// The same for a sync of the names of files.
    pub fn fail_sync_of_names(&self, after: u64, kind: ErrorKind, lasting: bool) {
        self.fail(Some(Call::SyncNames), after, kind, lasting);
    }

    /// The same for a read.
    pub fn fail_read(&self, after: u64, kind: ErrorKind, lasting: bool) {
        self.fail(Some(Call::Read), after, kind, lasting);
    }

    /// The same for a call of any kind; for want of space, for one that can take some.
    pub fn fail_call(&self, after: u64, kind: ErrorKind, lasting: bool) {
        self.fail(None, after, kind, lasting);
    }

    fn fail(&self, only: Option<Call>, after: u64, kind: ErrorKind, lasting: bool) {
        self.disk().fault = Some(Fault { after, kind, lasting, only, struck: false });
    }

    /// From now on nothing fails. Answers whether anything has, since it was asked for.
    pub fn heal(&self) -> bool {
        self.disk().fault.take().is_some_and(|fault| fault.struck)
    }

    /// What fails for want of room does so no longer.
    pub fn make_room(&self) {
        let mut disk = self.disk();
        if let Some(fault) = disk.fault.as_mut().filter(|fault| fault.kind == ErrorKind::StorageFull) {
            fault.lasting = false;
        }
    }

    /// Files together take no more than this; none: there is always room.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.disk().capacity = bytes;
    }

    /// Whether each removal of a file is refused from now on.
    pub fn refuse_removals(&self, refuse: bool) {
        self.disk().removes_nothing = refuse;
    }

    pub fn used_bytes(&self) -> u64 {
        self.disk().used_bytes()
    }

    /// The disk as a power cut after the first `operations` may leave it: what was
    /// synced is there; of the rest any sectors, as `seed` decides, and of the changes
    /// of names any first part.
    pub fn crash(&self, operations: usize, seed: u64) -> SimStore {
        self.crashes().at(operations, seed)
    }

    /// For many such disks, of moments in rising order.
    pub fn crashes(&self) -> Crashes {
        let survivors = Survivors::of(&self.disk());
        Crashes { store: self.clone(), survivors }
    }

    /// The disk as it is after all that was written was synced: as a clean stop leaves it.
    pub fn copy(&self) -> SimStore {
        let disk = self.disk();
        let image = crash::Image { names: disk.names.clone(), files: disk.files.clone() };
        SimStore { disk: Arc::new(Mutex::new(Disk::of(image, disk.ignores_sync))) }
    }

    pub fn names(&self) -> Vec<String> {
        self.disk().names.keys().cloned().collect()
    }

    /// Changes a stored file behind everybody's back.
    ///
    /// # Panics
    /// When there is no such file.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut disk = self.disk();
        let file = disk.names[name];
        let mut bytes = disk.files[file].to_vec();
        change(&mut bytes);
        disk.files[file] = Contents::from(bytes.as_slice());
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Crashes {
    /// As [`SimStore::crash`].
    ///
    /// # Panics
    /// When an earlier moment is asked for than the time before.
    pub fn at(&mut self, operations: usize, seed: u64) -> SimStore {
        let disk = self.store.disk();
        self.survivors.advance(&disk, operations);
        let after = Disk::of(self.survivors.image(&disk, seed), disk.ignores_sync);
        SimStore { disk: Arc::new(Mutex::new(after)) }
    }
}

impl Store for SimStore {
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk().call(Call::List)?;
        Ok(self.names())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        let file = self.disk().create(name)?;
        Ok(Arc::new(SimFile { store: self.clone(), file }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        let mut disk = self.disk();
        disk.call(Call::Open)?;
        let file = disk.file(name)?;
        Ok(Arc::new(SimFile { store: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk().rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk().remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.disk().sync_names()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let disk = self.disk();
        Ok(disk.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(disk.used_bytes())))
    }
}

struct SimFile {
    store: SimStore,
    file: usize,
}

impl StoreFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.store.disk().files[self.file].size())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.store.disk().read(self.file, offset, out)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.store.disk().write(self.file, offset, data)
    }

    fn resize(&self, size: u64) -> io::Result<()> {
        self.store.disk().resize(self.file, size)
    }

    fn sync(&self) -> io::Result<()> {
        self.store.disk().sync(self.file)
    }
}

impl fmt::Debug for SimFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimFile({})", self.file)
    }
}
