//! Appending frames, and what to do when that fails.

use std::io;
use std::sync::Arc;

use event::Seq;

use super::{Addition, Tail};
use crate::frame::{Chain, FrameBuilder, SECTOR};
use crate::names;
use crate::store::{Store, StoreFile, is_full};

/// The tail grows by at most this much at a time: few enough pauses, and none of them long.
const STEP_BYTES_MAX: u64 = 8 << 20;

/// Why a frame was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// Nothing of it remains: the next one may fit.
    #[error("{0}")]
    Full(io::Error),
    /// Nobody knows what of it remains: no more frame may be written.
    #[error("{0}")]
    Failed(io::Error),
}

/// The writer's hold of a tail.
#[derive(Debug)]
pub(crate) struct TailWriter {
    pub(crate) tail: Arc<Tail>,
    pub(crate) chain: Chain,
    /// Where the next frame begins.
    end: u64,
    /// Up to here the file is filled.
    size: u64,
    /// It grows by multiples of this.
    step: u64,
}

/// How a tail grows that is to become so large.
pub(crate) fn step_bytes(segment_bytes: u64) -> u64 {
    (segment_bytes / 8).clamp(SECTOR as u64, STEP_BYTES_MAX)
}

impl TailWriter {
    /// A new, empty tail, whose name lasts.
    pub(crate) fn create(store: &dyn Store, ordinal: u64, chain: Chain, step: u64) -> io::Result<TailWriter> {
        let name = names::tail(ordinal);
        let file = store.create(&name)?;
        store.sync_names()?;
        let tail = Arc::new(Tail::new(name, ordinal, file));
        Ok(TailWriter { tail, chain, end: 0, size: 0, step })
    }

    /// Goes on behind `end`. What stands there is zero.
    pub(crate) fn resume(tail: Arc<Tail>, chain: Chain, end: u64, step: u64) -> io::Result<TailWriter> {
        let size = tail.file.size()?;
        Ok(TailWriter { tail, chain, end, size: size.max(end), step })
    }

    /// Bytes of its frames.
    pub(crate) fn used_bytes(&self) -> u64 {
        self.end
    }

    /// Writes and syncs the frame. It is not readable yet: see [`Appended::publish`].
    pub(crate) fn append(&mut self, frame: FrameBuilder, first: Seq) -> Result<Appended, WriteError> {
        let (bytes, head) = frame.finish(&self.chain, first);
        self.fill_to(self.end + bytes.len() as u64).map_err(write_error)?;
        let written = self.file().write_at(self.end, &bytes).and_then(|()| self.file().sync());
        match written {
            Ok(()) => {}
            Err(error) if is_full(&error) => return Err(self.wipe(error)),
            Err(error) => return Err(WriteError::Failed(error)),
        }
        let place = self.end;
        self.end += bytes.len() as u64;
        self.chain = head.chain();
        Ok(Appended { tail: Arc::clone(&self.tail), place, chain: self.chain })
    }

    fn file(&self) -> &dyn StoreFile {
        &*self.tail.file
    }

    fn fill_to(&mut self, needed: u64) -> io::Result<()> {
        if needed <= self.size {
            return Ok(());
        }
        let size = needed.next_multiple_of(self.step);
        fill_with_zeros(self.file(), self.size, size)?;
        self.size = size;
        Ok(())
    }

    /// Unmakes a frame that found no room, lest a refused group come back after a crash.
    fn wipe(&self, full: io::Error) -> WriteError {
        let wiped = self.file().write_at(self.end, &[0; SECTOR]).and_then(|()| self.file().sync());
        match wiped {
            Ok(()) => WriteError::Full(full),
            Err(error) => WriteError::Failed(error),
        }
    }
}

/// A frame that is synced but not yet readable.
#[must_use]
pub(crate) struct Appended {
    tail: Arc<Tail>,
    place: u64,
    chain: Chain,
}

impl Appended {
    pub(crate) fn publish(self, addition: Addition) {
        self.tail.publish(addition, self.place, self.chain);
    }
}

/// Overwrites what stands from `from` up to `to`, growing the file to there.
pub(crate) fn fill_with_zeros(file: &dyn StoreFile, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; 1 << 20];
    let mut at = from;
    while at < to {
        let length = (to - at).min(zeros.len() as u64);
        file.write_at(at, &zeros[..length as usize])?;
        at += length;
    }
    Ok(())
}

fn write_error(error: io::Error) -> WriteError {
    if is_full(&error) { WriteError::Full(error) } else { WriteError::Failed(error) }
}
