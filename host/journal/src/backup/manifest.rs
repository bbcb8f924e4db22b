//! What stands at the end of a backup: every member with its size and SHA-256.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// In the order of the archive.
    pub(super) members: Vec<Sealed>,
    /// Over the lines `sha256 bytes name` of all of them: the whole.
    pub(super) sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Manifest {
    pub(super) fn new(members: Vec<Sealed>) -> Manifest {
        let sha256 = whole(&members);
        Manifest { members, sha256 }
    }

    pub(super) fn holds(&self) -> bool {
        self.sha256 == whole(&self.members)
    }
}

fn whole(members: &[Sealed]) -> String {
    let lines = members.iter().map(|m| format!("{} {} {}\n", m.sha256, m.bytes, m.name));
    hex(&Sha256::digest(lines.collect::<String>()))
}

/// Passes bytes on, and keeps their number and SHA-256.
pub(super) struct Hashing<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
}

impl<R> Hashing<R> {
    pub(super) fn new(inner: R) -> Hashing<R> {
        Hashing { inner, hash: Sha256::new(), bytes: 0 }
    }

    pub(super) fn sealed(self, name: String) -> Sealed {
        Sealed { name, bytes: self.bytes, sha256: hex(&self.hash.finalize()) }
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.hash.update(&out[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
