//! Segments: sealed history, each a redb file that is only read.
//!
//! A segment is named by its first and last sequence number, so a start lists names
//! and opens none but the last. Its rows are blocks of records; beside them stand an
//! index of the blocks, the identities in order, and a filter over these. redb checks
//! its pages only at a repair, so every value here carries a checksum of its own.

mod build;
mod filter;
mod verify;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use event::{Seq, Timestamp};
use redb::{ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

pub(crate) use self::build::build;
pub(crate) use self::filter::Filter;
pub(crate) use self::verify::Verified;
use crate::backend::Frozen;
use crate::block::{Block, Times, read_index};
use crate::error::damaged;
use crate::frame::{Chain, checked};
use crate::names;
use crate::store::{Store, StoreFile};
use crate::{ReadError, about};

const FORMAT: u32 = about::FORMAT as u32;

/// Pages that redb keeps of an open segment: those that lead to the blocks. The blocks
/// themselves are kept by the operating system.
const CACHE_BYTES: usize = 128 << 10;

/// Segments that are open at a time; the others are a name and a summary. To open one
/// costs several reads, and to keep it open half a megabyte.
pub(crate) const OPEN_MAX: usize = 32;

/// First sequence number, to the entries of its block.
const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
/// Key of an identity, to sequence number, content and a checksum of all three.
const IDENTITIES: TableDefinition<'_, u128, (u64, u128, u64)> = TableDefinition::new("identities");
/// The rows below, each with its checksum in front.
const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("about");
const SUMMARY: &str = "summary";
const INDEX: &str = "index";
const FILTER: &str = "filter";

/// Key of an identity, with sequence number and content of the first that had it.
type IdentityRow = (u128, (Seq, u128));

/// What is kept in memory of each segment once it was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    format: u32,
    journal: u128,
    first: Seq,
    last: Seq,
    /// When its first and its last record came in.
    pub(crate) received: (Timestamp, Timestamp),
    /// Earliest and latest event time.
    times: Option<(Timestamp, Timestamp)>,
    /// The last frame that it took in, and that one's checksum: the tail attaches there.
    frame: u64,
    checksum: u64,
}

impl Summary {
    pub(crate) fn times(&self) -> Times {
        Times(self.times)
    }

    pub(crate) fn chain(&self) -> Chain {
        Chain { journal: self.journal, number: self.frame, checksum: self.checksum }
    }
}

#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) first: Seq,
    pub(crate) last: Seq,
    shelf: Arc<Shelf>,
    summary: OnceLock<Summary>,
    file_bytes: OnceLock<u64>,
    retired: AtomicBool,
}

/// Opens segments when they are needed, and keeps the most recently opened.
pub(crate) struct Shelf {
    store: Arc<dyn Store>,
    opened: Mutex<VecDeque<Arc<Opened>>>,
}

struct Opened {
    name: String,
    /// None only while this is dropped.
    database: Option<Box<dyn ReadableDatabase + Send + Sync>>,
    summary: Summary,
    blocks: Vec<Block>,
}

impl Segment {
    pub(crate) fn new(shelf: &Arc<Shelf>, first: Seq, last: Seq) -> Segment {
        let name = names::segment(first, last);
        Segment {
            name,
            first,
            last,
            shelf: Arc::clone(shelf),
            summary: OnceLock::new(),
            file_bytes: OnceLock::new(),
            retired: AtomicBool::new(false),
        }
    }

    /// Another segment holds what this one does: its file goes when nobody reads it any more.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub(crate) fn summary(&self) -> Result<Summary, ReadError> {
        if let Some(summary) = self.summary.get() {
            return Ok(summary.clone());
        }
        let summary = self.shelf.open(&self.name)?.summary.clone();
        if (summary.first, summary.last) != (self.first, self.last) {
            return Err(damaged(&self.name, "its name and its contents disagree"));
        }
        Ok(self.summary.get_or_init(|| summary).clone())
    }

    /// The size of its file.
    pub(crate) fn file_bytes(&self) -> Result<u64, ReadError> {
        if let Some(bytes) = self.file_bytes.get() {
            return Ok(*bytes);
        }
        let bytes = self.file()?.size()?;
        Ok(*self.file_bytes.get_or_init(|| bytes))
    }

    /// Its file, to be read as it is.
    pub(crate) fn file(&self) -> Result<Arc<dyn StoreFile>, ReadError> {
        Ok(self.shelf.store.open(&self.name)?)
    }

    /// Looks at the index of the blocks.
    pub(crate) fn with_blocks<T>(&self, look: impl FnOnce(&[Block]) -> T) -> Result<T, ReadError> {
        Ok(look(&self.shelf.open(&self.name)?.blocks))
    }

    /// The entries of a block, one behind the other.
    pub(crate) fn load(&self, block: &Block) -> Result<Vec<u8>, ReadError> {
        let opened = self.shelf.open(&self.name)?;
        self.shelf
            .guard(&self.name, || {
                let table = opened.database().begin_read()?.open_table(BLOCKS)?;
                Ok(table.get(block.first.0)?.map(|row| row.value().to_vec()))
            })?
            .filter(|bytes| bytes.len() == block.bytes as usize)
            .ok_or_else(|| damaged(&self.name, format!("the block of record {} is not whole", block.first)))
    }

    pub(crate) fn filter(&self) -> Result<Filter, ReadError> {
        let opened = self.shelf.open(&self.name)?;
        let row = self.shelf.guard(&self.name, || about(opened.database(), FILTER))?;
        let bytes = row.as_deref().and_then(checked);
        bytes.map(Filter::from_bytes).ok_or_else(|| damaged(&self.name, "its filter fails its checksum"))
    }

    /// Sequence number and content of the first event that had this identity.
    pub(crate) fn identity(&self, key: u128) -> Result<Option<(Seq, u128)>, ReadError> {
        let opened = self.shelf.open(&self.name)?;
        let row = self.shelf.guard(&self.name, || {
            let table = opened.database().begin_read()?.open_table(IDENTITIES)?;
            Ok(table.get(key)?.map(|row| row.value()))
        })?;
        row.map(|row| self.checked_identity(key, row)).transpose()
    }

    /// All identities, in order.
    fn identities(&self) -> Result<Vec<IdentityRow>, ReadError> {
        let opened = self.shelf.open(&self.name)?;
        let rows = self.shelf.guard(&self.name, || {
            let table = opened.database().begin_read()?.open_table(IDENTITIES)?;
            let rows = table.iter()?.map(|row| row.map(|(key, value)| (key.value(), value.value())));
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        rows.into_iter().map(|(key, row)| Ok((key, self.checked_identity(key, row)?))).collect()
    }

    fn checked_identity(
        &self,
        key: u128,
        (seq, content, checksum): (u64, u128, u64),
    ) -> Result<(Seq, u128), ReadError> {
        if checksum != identity_checksum(key, seq, content) {
            return Err(damaged(&self.name, format!("the identity of record {seq} fails its checksum")));
        }
        Ok((Seq(seq), content))
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if self.retired.load(Ordering::Acquire) {
            self.shelf.close(&self.name);
            // What stays because of an error is removed at the next start.
            if let Err(error) = self.shelf.store.remove(&self.name) {
                tracing::warn!(%error, segment = self.name, "a merged segment stays for now");
            }
        }
    }
}

impl Shelf {
    pub(crate) fn new(store: Arc<dyn Store>) -> Arc<Shelf> {
        Arc::new(Shelf { store, opened: Mutex::default() })
    }

    fn open(&self, name: &str) -> Result<Arc<Opened>, ReadError> {
        let mut shelf = self.shelf();
        if let Some(opened) = shelf.iter().find(|o| o.name == name) {
            return Ok(Arc::clone(opened));
        }
        let opened = Arc::new(guarded(name, || Ok(Opened::new(name, &*self.store)))??);
        if shelf.len() == OPEN_MAX {
            shelf.pop_front();
        }
        shelf.push_back(Arc::clone(&opened));
        Ok(opened)
    }

    /// How many are open.
    pub(crate) fn open_count(&self) -> usize {
        self.shelf().len()
    }

    /// Forgets an open segment: its file is gone, or its handle is no longer to be trusted.
    pub(crate) fn close(&self, name: &str) {
        self.shelf().retain(|o| o.name != name);
    }

    /// Runs a read of a segment; one that panics over a damaged page is an error too.
    fn guard<T>(&self, name: &str, read: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, ReadError> {
        guarded(name, read).inspect_err(|_| self.close(name))
    }

    fn shelf(&self) -> MutexGuard<'_, VecDeque<Arc<Opened>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}

impl Opened {
    fn new(name: &str, store: &dyn Store) -> Result<Opened, ReadError> {
        let failed = |error: redb::Error| redb_error(name, error);
        let database = open(name, store)?;
        let row = |key| {
            let row = about(&*database, key).map_err(failed)?;
            row.as_deref()
                .and_then(checked)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| damaged(name, format!("its {key} fails its checksum")))
        };
        let summary = row(SUMMARY)?;
        let Format { format } = parse(name, &summary)?;
        if format > FORMAT {
            return Err(ReadError::newer(name, format.into(), FORMAT.into()));
        }
        let summary: Summary = parse(name, &summary)?;
        let blocks = read_index(&row(INDEX)?);
        Ok(Opened { name: name.to_owned(), database: Some(database), summary, blocks })
    }

    fn database(&self) -> &dyn ReadableDatabase {
        self.database.as_deref().expect("it is there until the drop")
    }
}

impl Drop for Opened {
    /// Closing walks over pages too, and panics over damaged ones.
    fn drop(&mut self) {
        let database = self.database.take();
        let closed = guarded(&self.name, || {
            drop(database);
            Ok(())
        });
        closed.unwrap_or_else(|error| tracing::error!(%error, "a segment is damaged"));
    }
}

/// Opens a file that is only read. By its path redb takes it for that; behind any other
/// store it has to be kept from writing, and makes ready to write, which costs a megabyte.
fn open(name: &str, store: &dyn Store) -> Result<Box<dyn ReadableDatabase + Send + Sync>, ReadError> {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    let failed = |error: redb::DatabaseError| redb_error(name, error.into());
    match store.path(name) {
        Some(path) => Ok(Box::new(builder.open_read_only(path).map_err(failed)?)),
        None => {
            let file = Frozen::new(store.open(name)?)?;
            Ok(Box::new(builder.create_with_backend(file).map_err(failed)?))
        }
    }
}

/// Read first, since the rest of a newer summary may look otherwise.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

fn parse<'j, T: Deserialize<'j>>(name: &str, json: &'j [u8]) -> Result<T, ReadError> {
    serde_json::from_slice(json).map_err(|e| damaged(name, format!("its summary is unreadable: {e}")))
}

fn about(database: &dyn ReadableDatabase, key: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = database.begin_read()?.open_table(ABOUT)?;
    Ok(table.get(key)?.map(|row| row.value().to_vec()))
}

fn identity_checksum(key: u128, seq: u64, content: u128) -> u64 {
    let mut bytes = [0; 40];
    bytes[..16].copy_from_slice(&key.to_le_bytes());
    bytes[16..24].copy_from_slice(&seq.to_le_bytes());
    bytes[24..].copy_from_slice(&content.to_le_bytes());
    xxhash_rust::xxh3::xxh3_64(&bytes)
}

/// redb panics over some damaged pages, which must not end the process.
fn guarded<T>(name: &str, read: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, ReadError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(|e| redb_error(name, e)),
        Err(_) => Err(damaged(name, "a page is not what it must be")),
    }
}

fn redb_error(name: &str, error: redb::Error) -> ReadError {
    match error {
        redb::Error::Io(error) => ReadError::Io(error),
        other => damaged(name, other.to_string()),
    }
}
