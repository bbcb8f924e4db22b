//! What a power cut leaves.

use std::collections::BTreeMap;

use crate::dice::Dice;

use super::contents::Contents;
use super::disk::{Disk, Operation};

/// What a disk writes whole, or not at all.
const SECTOR: usize = 512;

/// Names, and the files that they stand for.
#[derive(Clone, Default)]
pub(super) struct Image {
    pub(super) names: BTreeMap<String, usize>,
    pub(super) files: Vec<Contents>,
}

/// What lasts after the first so many operations, and what might: it is carried on from
/// one operation to the next, so that many images cost no more than one.
pub(super) struct Survivors {
    lasting: Image,
    /// By file, the operations that no sync has followed yet.
    pending: Vec<Vec<usize>>,
    pending_names: Vec<usize>,
    at: usize,
}

impl Survivors {
    pub(super) fn of(disk: &Disk) -> Survivors {
        let lasting = disk.beginning.clone();
        let pending = vec![Vec::new(); lasting.files.len()];
        Survivors { lasting, pending, pending_names: Vec::new(), at: 0 }
    }

    /// Goes on to where so many operations are done.
    ///
    /// # Panics
    /// When that lies behind.
    pub(super) fn advance(&mut self, disk: &Disk, operations: usize) {
        assert!(operations >= self.at, "moments are asked for in order");
        self.lasting.files.resize(disk.files.len(), Contents::default());
        self.pending.resize(disk.files.len(), Vec::new());
        for at in self.at..operations {
            match &disk.operations[at] {
                Operation::Write { file, .. } | Operation::Resize { file, .. } => {
                    self.pending[*file].push(at)
                }
                Operation::Sync { file } => {
                    for done in self.pending[*file].drain(..) {
                        apply(&mut self.lasting.files[*file], &disk.operations[done]);
                    }
                }
                Operation::Lost { file } => self.pending[*file].clear(),
                Operation::SyncNames if disk.ignores_sync => {}
                Operation::SyncNames => {
                    for done in self.pending_names.drain(..) {
                        rename(&mut self.lasting.names, &disk.operations[done]);
                    }
                }
                _ => self.pending_names.push(at),
            }
        }
        self.at = operations;
    }

    /// What was synced; of the rest any sectors, as chance decides, and of the changes of
    /// names any first part.
    pub(super) fn image(&self, disk: &Disk, seed: u64) -> Image {
        let mut luck = Luck::new(seed);
        let mut image = self.lasting.clone();
        for (file, pending) in self.pending.iter().enumerate() {
            for operation in pending {
                survive(&mut image.files[file], &disk.operations[*operation], &mut luck);
            }
        }
        // A journaling file system keeps the order of what it did to names.
        let kept = luck.dice.below(self.pending_names.len() as u64 + 1) as usize;
        for operation in &self.pending_names[..kept] {
            rename(&mut image.names, &disk.operations[*operation]);
        }
        image
    }
}

fn survive(contents: &mut Contents, operation: &Operation, luck: &mut Luck) {
    match operation {
        Operation::Write { offset, data, .. } => {
            for (place, sector) in sectors(*offset, data) {
                if luck.survives() {
                    contents.lay(place, sector);
                }
            }
        }
        other if luck.survives() => apply(contents, other),
        _ => {}
    }
}

/// Cuts a write where sectors begin.
fn sectors(offset: u64, data: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let place = offset + at as u64;
        let length = (SECTOR - place as usize % SECTOR).min(data.len() - at);
        let sector = &data[at..at + length];
        at += length;
        (length > 0).then_some((place, sector))
    })
}

fn apply(contents: &mut Contents, operation: &Operation) {
    match operation {
        Operation::Write { offset, data, .. } => contents.lay(*offset, data),
        Operation::Resize { size, .. } => contents.resize(*size),
        _ => {}
    }
}

pub(super) fn rename(names: &mut BTreeMap<String, usize>, operation: &Operation) {
    match operation {
        Operation::Create { name, file } => {
            names.insert(name.clone(), *file);
        }
        Operation::Rename { from, to } => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        Operation::Remove { name } => {
            names.remove(name);
        }
        _ => {}
    }
}

/// How much of what was not synced survives one power cut, and what of it.
struct Luck {
    dice: Dice,
    /// Of 8 unsynced sectors, about so many survive.
    eighths: u64,
}

impl Luck {
    fn new(seed: u64) -> Luck {
        let mut dice = Dice::new(seed);
        // None and all of them are the likeliest in practice, so they are drawn often.
        let eighths = [0, 8, 1, 4, 7, 8][dice.below(6) as usize];
        Luck { dice, eighths }
    }

    fn survives(&mut self) -> bool {
        self.dice.below(8) < self.eighths
    }
}
