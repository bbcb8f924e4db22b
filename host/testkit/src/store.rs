//! A disk in memory that knows what a power cut would leave of it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use journal::{Store, StoreFile};

/// What a disk writes whole, or not at all.
const SECTOR: usize = 512;

/// A [`Store`] that remembers all that was done to it, so that [`SimStore::crash`] can
/// make the disk that a power cut at any moment might have left. Clones are one disk.
#[derive(Clone, Default)]
pub struct SimStore {
    disk: Arc<Mutex<Disk>>,
}

#[derive(Default)]
struct Disk {
    /// As the running process sees them.
    names: BTreeMap<String, usize>,
    files: Vec<Vec<u8>>,
    operations: Vec<Operation>,
    /// What was on the disk before the first operation.
    beginning: Image,
    syncs: u64,
    fault: Option<SyncFault>,
    capacity: Option<u64>,
    ignores_sync: bool,
}

#[derive(Clone, Default)]
struct Image {
    names: BTreeMap<String, usize>,
    files: Vec<Vec<u8>>,
}

struct SyncFault {
    /// Syncs that still succeed.
    after: u64,
    kind: ErrorKind,
    lasting: bool,
}

#[derive(Clone)]
enum Operation {
    Create {
        name: String,
        file: usize,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    Write {
        file: usize,
        offset: u64,
        data: Arc<[u8]>,
    },
    Resize {
        file: usize,
        size: u64,
    },
    Sync {
        file: usize,
    },
    /// A sync failed, and the kernel dropped what it should have written.
    Lost {
        file: usize,
    },
    SyncNames,
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

    /// How much was done so far: the moments at which a power cut can come.
    pub fn operations(&self) -> usize {
        self.disk().operations.len()
    }

    /// File syncs so far, failed ones included.
    pub fn syncs(&self) -> u64 {
        self.disk().syncs
    }

    /// After `after` more, one sync fails, or all of them when `lasting`. Unless it is
    /// for want of space, what it should have written is dropped, and still served:
    /// that is what Linux does.
    pub fn fail_sync(&self, after: u64, kind: ErrorKind, lasting: bool) {
        self.disk().fault = Some(SyncFault { after, kind, lasting });
    }

    /// Files together take no more than this; none: there is always room.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.disk().capacity = bytes;
    }

    pub fn used_bytes(&self) -> u64 {
        self.disk().used_bytes()
    }

    /// The disk as a power cut after the first `operations` may leave it: what was
    /// synced is there; of the rest any sectors, as `seed` decides, and of the changes
    /// of names any first part.
    pub fn crash(&self, operations: usize, seed: u64) -> SimStore {
        let disk = self.disk();
        let chance = Chance::new(seed);
        let beginning = disk.survivors(operations, chance);
        let after = Disk {
            names: beginning.names.clone(),
            files: beginning.files.clone(),
            beginning,
            ignores_sync: disk.ignores_sync,
            ..Disk::default()
        };
        SimStore { disk: Arc::new(Mutex::new(after)) }
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
        change(&mut disk.files[file]);
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn used_bytes(&self) -> u64 {
        self.names.values().map(|file| self.files[*file].len() as u64).sum()
    }

    fn create(&mut self, name: &str) -> usize {
        let file = self.files.len();
        self.files.push(Vec::new());
        self.names.insert(name.to_owned(), file);
        self.operations.push(Operation::Create { name: name.to_owned(), file });
        file
    }

    /// Room for a file to grow to `size`; answers how far it can.
    fn room(&self, file: usize, size: u64) -> u64 {
        let grow = size.saturating_sub(self.files[file].len() as u64);
        let free = self.capacity.map_or(u64::MAX, |c| c.saturating_sub(self.used_bytes()));
        size - grow.saturating_sub(free)
    }

    fn write(&mut self, file: usize, offset: u64, data: &[u8]) -> io::Result<()> {
        let end = offset + data.len() as u64;
        let fits = self.room(file, end).saturating_sub(offset).min(data.len() as u64) as usize;
        let data: Arc<[u8]> = data[..fits].into();
        lay(&mut self.files[file], offset, &data);
        self.operations.push(Operation::Write { file, offset, data });
        if offset + (fits as u64) < end { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn resize(&mut self, file: usize, size: u64) -> io::Result<()> {
        if self.room(file, size) < size {
            return Err(ErrorKind::StorageFull.into());
        }
        self.files[file].resize(size as usize, 0);
        self.operations.push(Operation::Resize { file, size });
        Ok(())
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        self.syncs += 1;
        if let Some(kind) = self.failing() {
            if kind != ErrorKind::StorageFull {
                self.operations.push(Operation::Lost { file });
            }
            return Err(kind.into());
        }
        if !self.ignores_sync {
            self.operations.push(Operation::Sync { file });
        }
        Ok(())
    }

    fn failing(&mut self) -> Option<ErrorKind> {
        let fault = self.fault.as_mut()?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let kind = fault.kind;
        if !fault.lasting {
            self.fault = None;
        }
        Some(kind)
    }

    fn survivors(&self, operations: usize, mut chance: Chance) -> Image {
        let done = &self.operations[..operations];
        let mut image = self.beginning.clone();
        image.files.resize(self.files.len(), Vec::new());
        for (file, contents) in image.files.iter_mut().enumerate() {
            surviving_contents(contents, file, done, &mut chance);
        }
        let synced =
            done.iter().rposition(|o| matches!(o, Operation::SyncNames)).filter(|_| !self.ignores_sync);
        let is_name = |o: &Operation| {
            matches!(o, Operation::Create { .. } | Operation::Rename { .. } | Operation::Remove { .. })
        };
        let unsynced = done[synced.unwrap_or(0)..].iter().filter(|o| is_name(o)).count();
        // A journaling file system keeps the order of what it did to names.
        let mut kept = chance.below(unsynced as u64 + 1);
        for (at, operation) in done.iter().enumerate().filter(|(_, o)| is_name(o)) {
            let lasts = synced.is_some_and(|synced| at < synced);
            if !lasts && kept == 0 {
                break;
            }
            kept -= u64::from(!lasts);
            rename(&mut image.names, operation);
        }
        image
    }
}

fn surviving_contents(contents: &mut Vec<u8>, file: usize, done: &[Operation], chance: &mut Chance) {
    let of_file = |o: &Operation| match o {
        Operation::Write { file: f, .. } | Operation::Resize { file: f, .. } => *f == file,
        Operation::Sync { file: f } | Operation::Lost { file: f } => *f == file,
        _ => false,
    };
    let mut pending: Vec<&Operation> = Vec::new();
    for operation in done.iter().filter(|o| of_file(o)) {
        match operation {
            Operation::Sync { .. } => pending.drain(..).for_each(|o| apply(contents, o)),
            Operation::Lost { .. } => pending.clear(),
            other => pending.push(other),
        }
    }
    for operation in pending {
        match operation {
            Operation::Write { offset, data, .. } => {
                for (place, sector) in sectors(*offset, data) {
                    if chance.survives() {
                        lay(contents, place, sector);
                    }
                }
            }
            other if chance.survives() => apply(contents, other),
            _ => {}
        }
    }
}

/// Cuts a write where sectors begin.
fn sectors(offset: u64, data: &[u8]) -> Vec<(u64, &[u8])> {
    let (mut parts, mut at) = (Vec::new(), 0);
    while at < data.len() {
        let place = offset + at as u64;
        let length = (SECTOR - place as usize % SECTOR).min(data.len() - at);
        parts.push((place, &data[at..at + length]));
        at += length;
    }
    parts
}

fn apply(contents: &mut Vec<u8>, operation: &Operation) {
    match operation {
        Operation::Write { offset, data, .. } => lay(contents, *offset, data),
        Operation::Resize { size, .. } => contents.resize(*size as usize, 0),
        _ => {}
    }
}

fn lay(contents: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let end = offset as usize + data.len();
    if contents.len() < end {
        contents.resize(end, 0);
    }
    contents[offset as usize..end].copy_from_slice(data);
}

fn rename(names: &mut BTreeMap<String, usize>, operation: &Operation) {
    match operation {
        Operation::Create { name, file } => {
            names.insert(name.clone(), *file);
        }
        Operation::Rename { from, to } => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        Operation::Remove { name } => {
            names.remove(name);
        }
        _ => {}
    }
}

/// Repeatable chance: a seed decides how much survives, and what.
struct Chance {
    state: u64,
    /// Of 8 unsynced sectors, about so many survive.
    eighths: u64,
}

impl Chance {
    fn new(seed: u64) -> Chance {
        let mut chance = Chance { state: seed.wrapping_mul(2).wrapping_add(1), eighths: 0 };
        // None and all of them are the likeliest in practice, so they are drawn often.
        chance.eighths = [0, 8, 1, 4, 7, 8][chance.below(6) as usize];
        chance
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn survives(&mut self) -> bool {
        self.below(8) < self.eighths
    }
}

impl Store for SimStore {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.names())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        let file = self.disk().create(name);
        Ok(Arc::new(SimFile { store: self.clone(), file }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        let file = *self.disk().names.get(name).ok_or(ErrorKind::NotFound)?;
        Ok(Arc::new(SimFile { store: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.disk();
        if !disk.names.contains_key(from) {
            return Err(ErrorKind::NotFound.into());
        }
        let operation = Operation::Rename { from: from.to_owned(), to: to.to_owned() };
        rename(&mut disk.names, &operation);
        disk.operations.push(operation);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.names.remove(name).ok_or(ErrorKind::NotFound)?;
        disk.operations.push(Operation::Remove { name: name.to_owned() });
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        self.disk().operations.push(Operation::SyncNames);
        Ok(())
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
        Ok(self.store.disk().files[self.file].len() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let disk = self.store.disk();
        let from = disk.files[self.file].get(offset as usize..).ok_or(ErrorKind::UnexpectedEof)?;
        let part = from.get(..out.len()).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(part);
        Ok(())
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
