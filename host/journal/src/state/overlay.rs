//! What a batch has written and not committed, with the way back for one group.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;

use redb::WriteTransaction;

use super::StateError;
use super::rows::Span;
use super::tables::{COUNT, definition};

/// A row that was written, or removed.
pub(super) type Change = Option<Vec<u8>>;

/// Pending writes over the last commit. Nothing of a group reaches redb before the
/// commit of its batch, so a group that is refused leaves no trace there either.
pub(super) struct Overlay {
    tables: [BTreeMap<Vec<u8>, Change>; COUNT],
    /// What stood here before each write of the group at hand, oldest first.
    undo: Vec<Undo>,
}

struct Undo {
    table: usize,
    key: Vec<u8>,
    before: Option<Change>,
}

impl Overlay {
    pub(super) fn new() -> Overlay {
        Overlay { tables: std::array::from_fn(|_| BTreeMap::new()), undo: Vec::new() }
    }

    /// None when nothing of that key is pending.
    pub(super) fn get(&self, table: usize, key: &[u8]) -> Option<&Change> {
        self.tables[table].get(key)
    }

    pub(super) fn range(&self, table: usize, span: &Span) -> Range<'_, Vec<u8>, Change> {
        self.tables[table].range::<[u8], _>(span.bounds())
    }

    pub(super) fn write(&mut self, table: usize, key: &[u8], change: Change) {
        let before = self.tables[table].insert(key.to_owned(), change);
        self.undo.push(Undo { table, key: key.to_owned(), before });
    }

    /// How often the group at hand has written so far, and how many bytes of values.
    #[cfg(test)]
    pub(super) fn written(&self) -> (usize, usize) {
        let bytes = |change: &Change| change.as_ref().map_or(0, Vec::len);
        let stand: usize = self.tables.iter().flat_map(BTreeMap::values).map(bytes).sum();
        let replaced: usize = self.undo.iter().filter_map(|undo| undo.before.as_ref()).map(bytes).sum();
        (self.undo.len(), stand + replaced)
    }

    /// The group at hand stays.
    pub(super) fn keep(&mut self) {
        self.undo.clear();
    }

    /// The group at hand never was.
    pub(super) fn roll_back(&mut self) {
        while let Some(Undo { table, key, before }) = self.undo.pop() {
            match before {
                Some(change) => self.tables[table].insert(key, change),
                None => self.tables[table].remove(&key),
            };
        }
    }

    /// Hands everything over, in the order of the tables and of their keys.
    pub(super) fn write_to(self, transaction: &WriteTransaction) -> Result<(), StateError> {
        for (index, changes) in self.tables.into_iter().enumerate().filter(|(_, changes)| !changes.is_empty())
        {
            let mut table = transaction.open_table(definition(index))?;
            for (key, change) in changes {
                match change {
                    Some(value) => table.insert(key.as_slice(), value.as_slice())?,
                    None => table.remove(key.as_slice())?,
                };
            }
        }
        Ok(())
    }
}
