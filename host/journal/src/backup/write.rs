//! Writing a backup, from its head to its manifest, with little memory.

use std::io::{self, Read, Write};
use std::sync::Arc;

use tar::{Builder, EntryType, Header};

use super::manifest::{Hashing, Manifest, Sealed};
use super::{Backup, HEAD, MANIFEST, Member, Source};
use crate::store::StoreFile;

/// What is read and handed on at a time.
const STEP_BYTES: usize = 256 << 10;

impl Backup {
    /// Writes all of it.
    ///
    /// # Errors
    /// When a file cannot be read or `out` takes no more; what was written is no backup.
    pub fn write(self, out: impl Write) -> io::Result<()> {
        let mut archive = Builder::new(io::BufWriter::with_capacity(STEP_BYTES, out));
        let mtime = u64::try_from(self.info.taken.0 / 1000).unwrap_or(0);
        let head = serde_json::to_vec_pretty(&self.info).expect("it is plain data");
        let mut sealed =
            vec![append(&mut archive, HEAD.to_owned(), head.len() as u64, mtime, head.as_slice())?];
        for Member { name, bytes, source } in self.members {
            let input: Box<dyn Read> = match source {
                Source::Stored(file) => Box::new(Stored { file, at: 0, size: bytes }),
                Source::Segment(segment) => {
                    let file = segment.file().map_err(io::Error::other)?;
                    Box::new(Stored { file, at: 0, size: bytes })
                }
                Source::File(file) => Box::new(file),
            };
            sealed.push(append(&mut archive, name, bytes, mtime, input)?);
        }
        let manifest = serde_json::to_vec_pretty(&Manifest::new(sealed)).expect("it is plain data");
        append(&mut archive, MANIFEST.to_owned(), manifest.len() as u64, mtime, manifest.as_slice())?;
        archive.into_inner()?.flush()
    }
}

fn append<W: Write>(
    archive: &mut Builder<W>,
    name: String,
    bytes: u64,
    mtime: u64,
    input: impl Read,
) -> io::Result<Sealed> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_mtime(mtime);
    header.set_size(bytes);
    // A file that grew or shrank meanwhile must not shift those behind it.
    let mut input = Hashing::new(input.take(bytes));
    archive.append_data(&mut header, &name, &mut input)?;
    let sealed = input.sealed(name);
    if sealed.bytes == bytes {
        return Ok(sealed);
    }
    Err(io::Error::other(format!("{} was cut short while it was read", sealed.name)))
}

/// A stored file as a stream.
struct Stored {
    file: Arc<dyn StoreFile>,
    at: u64,
    size: u64,
}

impl Read for Stored {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = (self.size - self.at).min(out.len() as u64) as usize;
        self.file.read_at(self.at, &mut out[..length])?;
        self.at += length as u64;
        Ok(length)
    }
}
