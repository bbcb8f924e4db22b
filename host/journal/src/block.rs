//! Blocks: runs of entries that are read together, and what is known of them unread.

use event::{Seq, Timestamp};

use crate::entry::{Entry, le_i64, le_u32, le_u64};

/// A block's largest size. redb keeps a value with its page's head in a power of
/// two, so a block of 64 KiB would take 128.
pub(crate) const BLOCK_BYTES: usize = (64 << 10) - 512;

/// Earliest and latest event time among some records; none when no event is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times(pub(crate) Option<(Timestamp, Timestamp)>);

impl Times {
    pub(crate) fn include(&mut self, other: Times) {
        self.0 = match (self.0, other.0) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
    }

    pub(crate) fn of(entry: &Entry<'_>) -> Times {
        Times(entry.time.map(|t| (t, t)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) first: Seq,
    pub(crate) last: Seq,
    /// Where it begins in the tail's file; zero in a segment, which finds it by `first`.
    pub(crate) place: u64,
    pub(crate) bytes: u32,
    pub(crate) times: Times,
}

impl Block {
    fn begin(entry: &Entry<'_>, place: u64) -> Block {
        Block { first: entry.seq, last: entry.seq, place, bytes: 0, times: Times::default() }
    }

    /// Whether the entry still fits; a record larger than a block has one for itself.
    fn has_room(&self, entry: &Entry<'_>) -> bool {
        self.bytes as usize + entry.stored_bytes() <= BLOCK_BYTES
    }

    fn add(&mut self, entry: &Entry<'_>) {
        self.last = entry.seq;
        self.bytes += entry.stored_bytes() as u32;
        self.times.include(Times::of(entry));
    }
}

/// Cuts a run of entries, which lie one behind the other, into blocks.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    done: Vec<Block>,
    open: Option<Block>,
}

impl Blocks {
    /// Takes the next entry, which lies at `place`. Answers the block that it closed, if any.
    pub(crate) fn push(&mut self, entry: &Entry<'_>, place: u64) -> Option<Block> {
        let closed = self.open.take_if(|block| !block.has_room(entry));
        self.done.extend(closed);
        self.open.get_or_insert_with(|| Block::begin(entry, place)).add(entry);
        closed
    }

    pub(crate) fn finish(mut self) -> Vec<Block> {
        self.done.extend(self.open);
        self.done
    }
}

/// The block that holds `seq`, or else the next one behind it.
pub(crate) fn block_at(blocks: &[Block], seq: Seq) -> Option<Block> {
    let at = blocks.partition_point(|b| b.last < seq);
    blocks.get(at).copied()
}

const INDEX_ROW: usize = 36;

/// A segment's index of its blocks, as bytes.
pub(crate) fn write_index(blocks: &[Block]) -> Vec<u8> {
    let mut out = Vec::with_capacity(blocks.len() * INDEX_ROW);
    for block in blocks {
        // Earliest behind latest stands for "no event".
        let (earliest, latest) = block.times.0.unwrap_or((Timestamp(1), Timestamp(0)));
        out.extend_from_slice(&block.first.0.to_le_bytes());
        out.extend_from_slice(&block.last.0.to_le_bytes());
        out.extend_from_slice(&earliest.0.to_le_bytes());
        out.extend_from_slice(&latest.0.to_le_bytes());
        out.extend_from_slice(&block.bytes.to_le_bytes());
    }
    out
}

pub(crate) fn read_index(index: &[u8]) -> Vec<Block> {
    let row = |row: &[u8]| {
        let (earliest, latest) = (Timestamp(le_i64(row, 16)), Timestamp(le_i64(row, 24)));
        Block {
            first: Seq(le_u64(row, 0)),
            last: Seq(le_u64(row, 8)),
            place: 0,
            bytes: le_u32(row, 32),
            times: Times((earliest <= latest).then_some((earliest, latest))),
        }
    };
    index.chunks_exact(INDEX_ROW).map(row).collect()
}
