//! Typed rows: the last commit with what is pending over it, read as one.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::OnceLock;

use event::Timestamp;
use redb::{ReadOnlyTable, ReadTransaction, ReadableTableMetadata};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::StateError;
use super::checksum;
use super::key::Key;
use super::overlay::{Change, Overlay};
use super::tables::{COUNT, Table, definition};

pub(super) type Raw = (Vec<u8>, Vec<u8>);
type RawTable = ReadOnlyTable<&'static [u8], &'static [u8]>;

pub(super) struct Rows {
    commit: ReadTransaction,
    /// Opened when first looked into: most queries need one or two of them.
    tables: [OnceLock<RawTable>; COUNT],
    pending: Overlay,
    damage: Found,
}

/// Where the first damaged row that somebody came across is written down.
#[derive(Clone, Debug, Default)]
pub(super) struct Found(watch::Sender<Option<String>>);

impl Found {
    pub(super) fn watch(&self) -> watch::Receiver<Option<String>> {
        self.0.subscribe()
    }

    fn note<T>(&self, read: Result<T, StateError>) -> Result<T, StateError> {
        read.inspect_err(|error| {
            if let StateError::Damaged { .. } = error {
                self.0.send_if_modified(|first| {
                    let is_first = first.is_none();
                    first.get_or_insert_with(|| error.to_string());
                    is_first
                });
            }
        })
    }
}

impl Rows {
    pub(super) fn new(commit: ReadTransaction, damage: Found) -> Rows {
        Rows { commit, tables: std::array::from_fn(|_| OnceLock::new()), pending: Overlay::new(), damage }
    }

    pub(super) fn get<V: DeserializeOwned>(
        &self,
        table: Table<V>,
        key: &Key,
    ) -> Result<Option<V>, StateError> {
        self.damage.note(self.look(table, key, |bytes| checksum::decode(table.name(), key.bytes(), bytes)))
    }

    /// The row that an index or another row speaks of.
    ///
    /// # Errors
    /// `Damaged` when there is none.
    pub(super) fn expect<V: DeserializeOwned>(&self, table: Table<V>, key: &Key) -> Result<V, StateError> {
        let found = self.get(table, key)?.ok_or_else(|| {
            checksum::damaged(table.name(), key.bytes(), "another row speaks of it, and it is missing")
        });
        self.damage.note(found)
    }

    pub(super) fn holds<V>(&self, table: Table<V>, key: &Key) -> Result<bool, StateError> {
        let found =
            self.look(table, key, |bytes| checksum::verify(table.name(), key.bytes(), bytes).map(|_| ()));
        Ok(self.damage.note(found)?.is_some())
    }

    /// How many rows there are, without reading them.
    pub(super) fn count<V>(&self, table: Table<V>) -> Result<u64, StateError> {
        let committed = self.table(table.index)?;
        let mut count = committed.len()?;
        for (key, change) in self.pending.range(table.index, &Span::all()) {
            let stood = committed.get(key.as_slice())?.is_some();
            match (stood, change.is_some()) {
                (true, false) => count -= 1,
                (false, true) => count += 1,
                _ => {}
            }
        }
        Ok(count)
    }

    /// The rows of a span, with their keys.
    pub(super) fn scan<V: DeserializeOwned>(
        &self,
        table: Table<V>,
        span: Span,
    ) -> Result<impl Iterator<Item = Result<(Key, V), StateError>>, StateError> {
        let damage = self.damage.clone();
        Ok(self.scan_raw(table.index, span)?.map(move |row| {
            let (key, bytes) = row?;
            let value = damage.note(checksum::decode(table.name(), &key, &bytes))?;
            Ok((key.into(), value))
        }))
    }

    /// The values of a span, at most `limit`.
    pub(super) fn list<V: DeserializeOwned>(
        &self,
        table: Table<V>,
        span: Span,
        limit: usize,
    ) -> Result<Vec<V>, StateError> {
        self.scan(table, span)?.take(limit).map(|row| row.map(|(_, value)| value)).collect()
    }

    /// The rows of a span as they are stored, unverified.
    pub(super) fn scan_raw(
        &self,
        table: usize,
        span: Span,
    ) -> Result<Box<dyn Iterator<Item = Result<Raw, StateError>> + '_>, StateError> {
        if span.is_empty() {
            return Ok(Box::new(std::iter::empty()));
        }
        let committed = self.table(table)?.range::<&[u8]>(span.bounds())?.map(|row| {
            let (key, value) = row?;
            Ok((key.value().to_owned(), value.value().to_owned()))
        });
        let pending = self.pending.range(table, &span);
        Ok(if span.backwards {
            Box::new(Merge {
                committed: committed.rev().peekable(),
                pending: pending.rev().peekable(),
                backwards: true,
            })
        } else {
            Box::new(Merge { committed: committed.peekable(), pending: pending.peekable(), backwards: false })
        })
    }

    pub(super) fn put<V: Serialize>(&mut self, table: Table<V>, key: &Key, value: &V) {
        let bytes = checksum::encode(table.name(), key.bytes(), value);
        self.pending.write(table.index, key.bytes(), Some(bytes));
    }

    /// Removing what does not exist is nothing.
    pub(super) fn remove<V>(&mut self, table: Table<V>, key: &Key) {
        self.pending.write(table.index, key.bytes(), None);
    }

    /// Removes a span of rows, and returns them.
    pub(super) fn take<V: DeserializeOwned>(
        &mut self,
        table: Table<V>,
        span: Span,
    ) -> Result<Vec<V>, StateError> {
        let rows: Vec<(Key, V)> = self.scan(table, span)?.collect::<Result<_, _>>()?;
        for (key, _) in &rows {
            self.remove(table, key);
        }
        Ok(rows.into_iter().map(|(_, value)| value).collect())
    }

    pub(super) fn pending(&mut self) -> &mut Overlay {
        &mut self.pending
    }

    /// Lets the last commit go, and keeps what was written over it.
    pub(super) fn into_pending(self) -> Overlay {
        self.pending
    }

    fn look<V, T>(
        &self,
        table: Table<V>,
        key: &Key,
        read: impl FnOnce(&[u8]) -> Result<T, StateError>,
    ) -> Result<Option<T>, StateError> {
        match self.pending.get(table.index, key.bytes()) {
            Some(change) => change.as_deref().map(read).transpose(),
            None => match self.table(table.index)?.get(key.bytes())? {
                Some(bytes) => read(bytes.value()).map(Some),
                None => Ok(None),
            },
        }
    }

    fn table(&self, index: usize) -> Result<&RawTable, StateError> {
        if let Some(table) = self.tables[index].get() {
            return Ok(table);
        }
        let opened = self.commit.open_table(definition(index))?;
        Ok(self.tables[index].get_or_init(|| opened))
    }
}

/// Which rows of a table, and in which order.
pub(super) struct Span {
    from: Bound<Vec<u8>>,
    to: Bound<Vec<u8>>,
    backwards: bool,
}

impl Span {
    pub(super) fn all() -> Span {
        Span { from: Bound::Unbounded, to: Bound::Unbounded, backwards: false }
    }

    /// All keys that begin with this one.
    pub(super) fn of(prefix: &Key) -> Span {
        let mut end = prefix.bytes().to_owned();
        while end.pop_if(|byte| *byte == u8::MAX).is_some() {}
        let to = match end.last_mut() {
            Some(byte) => {
                *byte += 1;
                Bound::Excluded(end)
            }
            None => Bound::Unbounded,
        };
        Span { from: Bound::Included(prefix.bytes().to_owned()), to, backwards: false }
    }

    /// All keys that begin with a time up to this one.
    pub(super) fn through(time: Timestamp) -> Span {
        match time.0.checked_add(1) {
            Some(next) => Span::all().before(&Key::new().time(Timestamp(next))),
            None => Span::all(),
        }
    }

    /// Of these, the ones behind a key.
    pub(super) fn after(mut self, key: &Key) -> Span {
        let narrower = match &self.from {
            Bound::Included(from) | Bound::Excluded(from) => key.bytes() >= from.as_slice(),
            Bound::Unbounded => true,
        };
        if narrower {
            self.from = Bound::Excluded(key.bytes().to_owned());
        }
        self
    }

    /// Of these, the ones in front of a key.
    pub(super) fn before(mut self, key: &Key) -> Span {
        let narrower = match &self.to {
            Bound::Included(to) | Bound::Excluded(to) => key.bytes() <= to.as_slice(),
            Bound::Unbounded => true,
        };
        if narrower {
            self.to = Bound::Excluded(key.bytes().to_owned());
        }
        self
    }

    /// The same, the last one first.
    pub(super) fn backwards(mut self) -> Span {
        self.backwards = true;
        self
    }

    pub(super) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (self.from.as_ref().map(Vec::as_slice), self.to.as_ref().map(Vec::as_slice))
    }

    /// Ordered maps panic when asked for a range that ends before it begins.
    fn is_empty(&self) -> bool {
        match self.bounds() {
            (Bound::Included(from), Bound::Included(to)) => from > to,
            (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(to) | Bound::Included(to)) => {
                from >= to
            }
            _ => false,
        }
    }
}

/// Two ordered sequences of rows as one; a pending change hides the committed row.
struct Merge<C: Iterator, P: Iterator> {
    committed: Peekable<C>,
    pending: Peekable<P>,
    backwards: bool,
}

impl<'v, C, P> Iterator for Merge<C, P>
where
    C: Iterator<Item = Result<Raw, StateError>>,
    P: Iterator<Item = (&'v Vec<u8>, &'v Change)>,
{
    type Item = Result<Raw, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let order = match (self.committed.peek(), self.pending.peek()) {
                (Some(Ok((committed, _))), Some((pending, _))) if self.backwards => (*pending).cmp(committed),
                (Some(Ok((committed, _))), Some((pending, _))) => committed.cmp(pending),
                (_, None) | (Some(Err(_)), _) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
            };
            if order.is_lt() {
                return self.committed.next();
            }
            if order.is_eq() {
                self.committed.next();
            }
            if let Some((key, Some(value))) = self.pending.next() {
                return Some(Ok((key.clone(), value.clone())));
            }
        }
    }
}
