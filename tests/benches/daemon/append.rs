//! The disk's own limit: appends to a file that was filled beforehand, each synced.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const APPENDS: usize = 51;

pub(crate) struct SyncedAppend {
    file: File,
    data: Vec<u8>,
}

impl SyncedAppend {
    /// Prepares appends of so many bytes.
    pub(crate) fn new(folder: &Path, bytes: usize) -> io::Result<SyncedAppend> {
        let file = tempfile::tempfile_in(folder)?;
        let data = vec![b'x'; bytes.next_multiple_of(512)];
        file.write_all_at(&vec![0; data.len() * APPENDS], 0)?;
        file.sync_all()?;
        Ok(SyncedAppend { file, data })
    }

    /// Writes the file through once, and returns what an append took.
    pub(crate) fn median(&mut self) -> io::Result<Duration> {
        let mut times = Vec::with_capacity(APPENDS);
        for n in 0..APPENDS {
            let begun = Instant::now();
            self.file.write_all_at(&self.data, (n * self.data.len()) as u64)?;
            self.file.sync_data()?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        Ok(times[APPENDS / 2])
    }
}
