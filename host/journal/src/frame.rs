//! Frames: what one batch writes, and one sync makes last.
//!
//! A frame begins on a sector and holds whole groups. It names the journal, its own
//! number and its predecessor's checksum, so that what lies behind a bad frame tells
//! a torn end, which never was acknowledged, from damage to what was.

use event::Seq;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::about::FORMAT;
use crate::entry::{Entry, le_u32, le_u64, le_u128};

/// Disks write this much whole, or not at all.
pub(crate) const SECTOR: usize = 512;

/// Bytes of a head: the fields of [`FrameHead`] behind the magic, the journal's id,
/// and the frame's own checksum at the end.
pub(crate) const HEAD: usize = 64;

/// 0xFF is in no JSON, so no sender can write a frame into an event.
const MAGIC: [u8; 7] = *b"\xFFTELLFY";

/// Where the next frame attaches: the last one's number and checksum, both zero
/// before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) journal: u128,
    pub(crate) number: u64,
    pub(crate) checksum: u64,
}

/// A valid frame's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) journal: u128,
    pub(crate) number: u64,
    pub(crate) first: Seq,
    pub(crate) records: u32,
    /// Bytes of the entries behind the head.
    pub(crate) length: u32,
    /// Its predecessor's checksum.
    pub(crate) before: u64,
    pub(crate) checksum: u64,
}

/// What stands where a frame may begin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Frame(FrameHead),
    /// A frame's beginning, of a format that this release does not know.
    Newer(u8),
    Nothing,
}

impl Chain {
    pub(crate) fn new(journal: u128) -> Chain {
        Chain { journal, number: 0, checksum: 0 }
    }

    pub(crate) fn takes(&self, head: &FrameHead) -> bool {
        head.journal == self.journal && head.number == self.number + 1 && head.before == self.checksum
    }
}

impl FrameHead {
    pub(crate) fn chain(&self) -> Chain {
        Chain { journal: self.journal, number: self.number, checksum: self.checksum }
    }

    /// The space that it takes, in whole sectors.
    pub(crate) fn stored_bytes(&self) -> usize {
        (HEAD + self.length as usize).next_multiple_of(SECTOR)
    }
}

/// A frame in the making.
#[derive(Debug)]
pub(crate) struct FrameBuilder {
    bytes: Vec<u8>,
    records: u32,
}

impl FrameBuilder {
    pub(crate) fn new() -> FrameBuilder {
        FrameBuilder { bytes: vec![0; HEAD], records: 0 }
    }

    /// Where the entry lies, from the frame's beginning.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) -> usize {
        let place = self.bytes.len();
        entry.append_to(&mut self.bytes);
        self.records += 1;
        place
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The frame as it is to be written, in whole sectors, and its head.
    pub(crate) fn finish(mut self, chain: &Chain, first: Seq) -> (Vec<u8>, FrameHead) {
        let length = u32::try_from(self.bytes.len() - HEAD).expect("a batch is far smaller than 4 GiB");
        let number = chain.number + 1;
        let head = &mut self.bytes[..HEAD];
        head[..7].copy_from_slice(&MAGIC);
        head[7] = FORMAT;
        head[8..24].copy_from_slice(&chain.journal.to_le_bytes());
        head[24..32].copy_from_slice(&number.to_le_bytes());
        head[32..40].copy_from_slice(&first.0.to_le_bytes());
        head[40..44].copy_from_slice(&self.records.to_le_bytes());
        head[44..48].copy_from_slice(&length.to_le_bytes());
        head[48..56].copy_from_slice(&chain.checksum.to_le_bytes());
        let checksum = checksum(&self.bytes);
        self.bytes[56..64].copy_from_slice(&checksum.to_le_bytes());
        self.bytes.resize(self.bytes.len().next_multiple_of(SECTOR), 0);
        let (journal, records, before) = (chain.journal, self.records, chain.checksum);
        (self.bytes, FrameHead { journal, number, first, records, length, before, checksum })
    }
}

/// Looks for a frame at the beginning of `bytes`.
pub(crate) fn find(bytes: &[u8]) -> Found {
    if bytes.len() < HEAD || bytes[..7] != MAGIC {
        return Found::Nothing;
    }
    if bytes[7] > FORMAT {
        return Found::Newer(bytes[7]);
    }
    let head = FrameHead {
        journal: le_u128(bytes, 8),
        number: le_u64(bytes, 24),
        first: Seq(le_u64(bytes, 32)),
        records: le_u32(bytes, 40),
        length: le_u32(bytes, 44),
        before: le_u64(bytes, 48),
        checksum: le_u64(bytes, 56),
    };
    match bytes.get(..HEAD + head.length as usize) {
        Some(frame) if checksum(frame) == head.checksum => Found::Frame(head),
        _ => Found::Nothing,
    }
}

/// Over head and entries, without the checksum's own place.
fn checksum(frame: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&frame[..56]);
    hash.update(&frame[HEAD..]);
    // A file of zeros must be no frame, whatever its hash.
    hash.digest().max(1)
}

/// For small values beside the frames: the checksum, then the value.
pub(crate) fn with_checksum(value: &[u8]) -> Vec<u8> {
    let mut out = xxh3_64(value).to_le_bytes().to_vec();
    out.extend_from_slice(value);
    out
}

/// None when the checksum fails.
pub(crate) fn checked(stored: &[u8]) -> Option<&[u8]> {
    let (checksum, value) = stored.split_at_checked(8)?;
    (xxh3_64(value) == le_u64(checksum, 0)).then_some(value)
}
