//! The tail: the one file that new groups are appended to.
//!
//! It is filled with zeros ahead of the end, so that a sync has contents to write and
//! no file system's books. [`Tail`] is what everybody reads; [`TailWriter`] is the
//! writer's alone. A frame becomes readable by [`Tail::publish`], after its sync.

mod scan;
mod write;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use event::{Seq, Timestamp};

pub(crate) use self::scan::{Rest, Scan, journal_in, scan};
pub(crate) use self::write::{TailWriter, WriteError, fill_with_zeros, step_bytes};
use crate::block::{Block, Blocks, Times};
use crate::entry::{Entry, event_of};
use crate::frame::Chain;
use crate::store::StoreFile;

#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) name: String,
    pub(crate) ordinal: u64,
    file: Arc<dyn StoreFile>,
    contents: RwLock<Contents>,
}

/// What is known of a tail's records without reading the file.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) blocks: Vec<Block>,
    pub(crate) identities: Identities,
    pub(crate) times: Times,
    /// When its first and its last record came in.
    pub(crate) received: Option<(Timestamp, Timestamp)>,
    /// Its last frame.
    pub(crate) chain: Option<Chain>,
}

/// The key of an identity, to the sequence number and content of the first that had it.
pub(crate) type Identities = HashMap<u128, (Seq, u128)>;

/// What one frame adds to its tail. Places count from the frame's beginning.
#[derive(Debug, Default)]
pub(crate) struct Addition {
    pub(crate) blocks: Blocks,
    pub(crate) identities: Identities,
    received: Option<(Timestamp, Timestamp)>,
}

impl Addition {
    pub(crate) fn note(&mut self, entry: &Entry<'_>, place: usize) {
        self.blocks.push(entry, place as u64);
        let first = self.received.map_or(entry.received, |(first, _)| first);
        self.received = Some((first, entry.received));
    }

    /// The same for an entry read back from a file, whose identity is in its JSON.
    fn note_stored(&mut self, entry: &Entry<'_>, place: usize) -> Result<(), String> {
        self.note(entry, place);
        if entry.time.is_some()
            && let Some(identity) = event_of(&entry.record()?).and_then(|event| event.identity)
        {
            self.identities.insert(identity.key, (entry.seq, identity.content));
        }
        Ok(())
    }
}

impl Tail {
    pub(crate) fn new(name: String, ordinal: u64, file: Arc<dyn StoreFile>) -> Tail {
        Tail { name, ordinal, file, contents: RwLock::default() }
    }

    pub(crate) fn contents(&self) -> RwLockReadGuard<'_, Contents> {
        self.contents.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a synced frame, which begins at `place`, readable.
    pub(crate) fn publish(&self, addition: Addition, place: u64, chain: Chain) {
        let mut contents = self.contents.write().unwrap_or_else(PoisonError::into_inner);
        for mut block in addition.blocks.finish() {
            block.place += place;
            contents.times.include(block.times);
            contents.blocks.push(block);
        }
        // An identity that was forgotten may come again: the newest one counts.
        contents.identities.extend(addition.identities);
        contents.received = match (contents.received, addition.received) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (old, new) => old.or(new),
        };
        contents.chain = Some(chain);
    }

    pub(crate) fn last(&self) -> Option<Seq> {
        self.contents().blocks.last().map(|b| b.last)
    }

    /// The entries of a block, one behind the other.
    pub(crate) fn load(&self, block: &Block) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; block.bytes as usize];
        self.file.read_at(block.place, &mut bytes)?;
        Ok(bytes)
    }
}
