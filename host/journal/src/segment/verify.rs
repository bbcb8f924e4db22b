//! Reading all of a segment, as anybody might later.

use super::{Segment, Summary};
use crate::ReadError;
use crate::block::{Block, Times};
use crate::entry::Entries;
use crate::error::damaged;

/// What a segment holds whose every checksum holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verified {
    pub(crate) summary: Summary,
    pub(crate) identities: usize,
}

impl Segment {
    /// Reads every block and every table.
    ///
    /// # Errors
    /// `Damaged` at the first thing that is not what was written.
    pub(crate) fn verify(&self) -> Result<Verified, ReadError> {
        let summary = self.summary()?;
        let mut next = self.first;
        for block in self.with_blocks(<[Block]>::to_vec)? {
            let (bytes, mut times) = (self.load(&block)?, Times::default());
            for entry in Entries::new(&bytes, block.first, block.last) {
                let entry = entry.map_err(|problem| damaged(&self.name, problem))?;
                entry.record().map_err(|problem| damaged(&self.name, problem))?;
                times.include(Times::of(&entry));
                next = entry.seq.next();
            }
            if (next, times) != (block.last.next(), block.times) {
                return Err(damaged(&self.name, "the index does not fit the blocks"));
            }
        }
        if next != self.last.next() {
            return Err(damaged(&self.name, format!("it ends with record {}", next.0 - 1)));
        }
        self.filter()?;
        Ok(Verified { summary, identities: self.identities()?.len() })
    }
}
