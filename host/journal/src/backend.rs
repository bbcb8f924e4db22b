//! redb over the files of a [`crate::Store`].

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use crate::store::StoreFile;

/// A file that is written: a segment in the making, or the state.
#[derive(Debug)]
pub(crate) struct Live(pub(crate) Arc<dyn StoreFile>);

impl StorageBackend for Live {
    fn len(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.resize(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, data)
    }
}

/// A file that is only read: a finished segment, or somebody's state. redb marks a file
/// as open in its header, which would make history a file that is written; here such
/// writes stay in memory and are forgotten.
#[derive(Debug)]
pub(crate) struct Frozen {
    file: Arc<dyn StoreFile>,
    overlay: Mutex<Overlay>,
}

#[derive(Debug)]
struct Overlay {
    len: u64,
    writes: Vec<(u64, Vec<u8>)>,
}

impl Frozen {
    pub(crate) fn new(file: Arc<dyn StoreFile>) -> io::Result<Frozen> {
        let overlay = Mutex::new(Overlay { len: file.size()?, writes: Vec::new() });
        Ok(Frozen { file, overlay })
    }

    fn overlay(&self) -> MutexGuard<'_, Overlay> {
        self.overlay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Frozen {
    fn len(&self) -> io::Result<u64> {
        Ok(self.overlay().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let overlay = self.overlay();
        if offset + out.len() as u64 > overlay.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let stored = self.file.size()?.saturating_sub(offset).min(out.len() as u64) as usize;
        self.file.read_at(offset, &mut out[..stored])?;
        out[stored..].fill(0);
        for (place, data) in &overlay.writes {
            lay_over(offset, out, *place, data);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.overlay().len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut overlay = self.overlay();
        // redb writes its header again and again: the newest counts.
        overlay.writes.retain(|(place, old)| (*place, old.len()) != (offset, data.len()));
        overlay.writes.push((offset, data.to_vec()));
        Ok(())
    }
}

/// Copies into `out`, which begins at `offset`, what of `data` at `place` falls into it.
fn lay_over(offset: u64, out: &mut [u8], place: u64, data: &[u8]) {
    let from = offset.max(place);
    let to = (offset + out.len() as u64).min(place + data.len() as u64);
    if from < to {
        let part = &data[(from - place) as usize..(to - place) as usize];
        out[(from - offset) as usize..(to - offset) as usize].copy_from_slice(part);
    }
}
