//! Reading a snapshot back, row by row, with every checksum.

use event::Seq;

use super::part::{Kind, PartReader};
use super::{FORMAT, Head, SnapshotInfo};
use crate::ReadError;
use crate::entry::{le_u32, le_u64};
use crate::error::damaged;
use crate::names;
use crate::state::{self, RawRow};
use crate::store::Store;

/// A snapshot whose head is good.
pub(crate) struct Snapshot {
    pub(crate) head: Head,
    parts: PartReader,
}

/// Reads all of a snapshot, and answers how many rows it has.
pub(crate) fn check(store: &dyn Store, seq: Seq) -> Result<u64, ReadError> {
    check_file(store, &names::snapshot(seq), seq)
}

pub(super) fn check_file(store: &dyn Store, name: &str, seq: Seq) -> Result<u64, ReadError> {
    let mut count = 0;
    for row in Snapshot::open_file(store, name, seq)?.rows() {
        row?;
        count += 1;
    }
    Ok(count)
}

impl Snapshot {
    pub(crate) fn open(store: &dyn Store, seq: Seq) -> Result<Snapshot, ReadError> {
        Snapshot::open_file(store, &names::snapshot(seq), seq)
    }

    pub(super) fn open_file(store: &dyn Store, name: &str, seq: Seq) -> Result<Snapshot, ReadError> {
        let mut parts = PartReader::new(store.open(name)?, name.to_owned())?;
        let (kind, contents) = parts.next()?;
        if kind != Kind::Head {
            return Err(damaged(name, "it does not begin with its head"));
        }
        let head: Head = serde_json::from_slice(&contents)
            .map_err(|e| damaged(name, format!("its head is unreadable: {e}")))?;
        if head.format > FORMAT {
            return Err(ReadError::newer(name, head.format, FORMAT));
        }
        if head.seq != seq {
            return Err(damaged(
                name,
                format!("its name and its contents disagree: it is of record {}", head.seq),
            ));
        }
        Ok(Snapshot { head, parts })
    }

    pub(crate) fn info(&self) -> SnapshotInfo {
        SnapshotInfo { name: self.parts.name.clone(), seq: self.head.seq, taken: self.head.taken }
    }

    /// All rows, in the order of tables and keys. It ends with its first error; without
    /// one, nothing is missing.
    pub(crate) fn rows(self) -> RowsOf {
        RowsOf { parts: self.parts, pending: Vec::new(), at: 0, count: 0, ended: false }
    }
}

pub(crate) struct RowsOf {
    parts: PartReader,
    /// A part, and how far it was taken.
    pending: Vec<u8>,
    at: usize,
    count: u64,
    ended: bool,
}

impl Iterator for RowsOf {
    type Item = Result<RawRow, ReadError>;

    fn next(&mut self) -> Option<Result<RawRow, ReadError>> {
        if self.ended {
            return None;
        }
        let next = self.advance();
        self.ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

impl RowsOf {
    fn advance(&mut self) -> Result<Option<RawRow>, ReadError> {
        while self.at == self.pending.len() {
            match self.parts.next()? {
                (Kind::Rows, contents) => (self.pending, self.at) = (contents, 0),
                (Kind::End, contents) => return self.end(&contents).map(|()| None),
                (Kind::Head, _) => return Err(self.broken("it has two heads")),
            }
        }
        self.row().map(Some)
    }

    fn row(&mut self) -> Result<RawRow, ReadError> {
        let (table, key, value) = (self.field()?, self.field()?, self.field()?);
        let name = String::from_utf8_lossy(&table).into_owned();
        let table = state::table_number(&name)
            .ok_or_else(|| self.broken(format!("this release knows no table `{name}` of the state")))?;
        state::verify_row(table, &key, &value).map_err(|error| self.broken(error.to_string()))?;
        self.count += 1;
        Ok((table, key, value))
    }

    fn field(&mut self) -> Result<Vec<u8>, ReadError> {
        let rest = &self.pending[self.at..];
        let field = rest.get(..4).and_then(|length| rest.get(4..4 + le_u32(length, 0) as usize));
        let Some(field) = field.map(<[u8]>::to_vec) else {
            return Err(self.broken("a row of it is cut short"));
        };
        self.at += 4 + field.len();
        Ok(field)
    }

    fn end(&self, contents: &[u8]) -> Result<(), ReadError> {
        if contents.len() != 8 || !self.parts.is_at_end() {
            return Err(self.broken("it does not end where it should"));
        }
        let counted = le_u64(contents, 0);
        if counted == self.count {
            return Ok(());
        }
        Err(self.broken(format!("it holds {} rows of {counted}", self.count)))
    }

    fn broken(&self, problem: impl Into<String>) -> ReadError {
        damaged(&self.parts.name, problem)
    }
}
