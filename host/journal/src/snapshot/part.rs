//! The parts that a snapshot's file is made of.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::ReadError;
use crate::entry::{le_u32, le_u64};
use crate::error::damaged;
use crate::store::StoreFile;

/// Length, checksum, kind.
const PART_HEAD: usize = 13;
/// No part that we write is longer; what says so is damaged.
const PART_MAX: u32 = 64 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Head = b'h' as isize,
    Rows = b'r' as isize,
    End = b'e' as isize,
}

impl Kind {
    fn of(byte: u8) -> Option<Kind> {
        [Kind::Head, Kind::Rows, Kind::End].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// Puts one part behind the other.
pub(super) struct PartWriter {
    file: Arc<dyn StoreFile>,
    at: u64,
    number: u64,
}

impl PartWriter {
    pub(super) fn new(file: Arc<dyn StoreFile>) -> PartWriter {
        PartWriter { file, at: 0, number: 0 }
    }

    pub(super) fn push(&mut self, kind: Kind, contents: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(contents.len()).expect("parts are cut at about a megabyte");
        let mut part = Vec::with_capacity(PART_HEAD + contents.len());
        part.extend_from_slice(&length.to_le_bytes());
        part.extend_from_slice(&checksum(self.number, kind, contents).to_le_bytes());
        part.push(kind as u8);
        part.extend_from_slice(contents);
        self.file.write_at(self.at, &part)?;
        self.at += part.len() as u64;
        self.number += 1;
        Ok(())
    }

    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.file.sync()
    }
}

/// Takes one part after the other.
pub(super) struct PartReader {
    file: Arc<dyn StoreFile>,
    pub(super) name: String,
    at: u64,
    size: u64,
    number: u64,
}

impl PartReader {
    pub(super) fn new(file: Arc<dyn StoreFile>, name: String) -> Result<PartReader, ReadError> {
        let size = file.size()?;
        Ok(PartReader { file, name, at: 0, size, number: 0 })
    }

    /// # Errors
    /// `Damaged` when what stands here is no whole part.
    pub(super) fn next(&mut self) -> Result<(Kind, Vec<u8>), ReadError> {
        let broken = || {
            let problem =
                format!("part {} at byte {} is cut short or fails its checksum", self.number, self.at);
            damaged(&self.name, problem)
        };
        let left = self.size - self.at;
        if left < PART_HEAD as u64 {
            return Err(broken());
        }
        let mut head = [0; PART_HEAD];
        self.file.read_at(self.at, &mut head)?;
        let length = le_u32(&head, 0);
        if length > PART_MAX || u64::from(length) > left - PART_HEAD as u64 {
            return Err(broken());
        }
        let mut contents = vec![0; length as usize];
        self.file.read_at(self.at + PART_HEAD as u64, &mut contents)?;
        let kind = Kind::of(head[12]).ok_or_else(broken)?;
        if checksum(self.number, kind, &contents) != le_u64(&head, 4) {
            return Err(broken());
        }
        self.at += (PART_HEAD + contents.len()) as u64;
        self.number += 1;
        Ok((kind, contents))
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.size
    }
}

/// A part in another one's place fails it, too.
fn checksum(number: u64, kind: Kind, contents: &[u8]) -> u64 {
    xxh3_64_with_seed(contents, number.wrapping_mul(256).wrapping_add(kind as u64))
}
