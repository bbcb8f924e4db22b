//! The state's file before anybody uses it: checked, laid out, or filled from a snapshot.

use std::cmp::Ordering;
use std::collections::HashSet;

use event::Seq;
use redb::{Database, Durability, ReadableDatabase, TableHandle};

use super::key::one;
use super::rows::{Found, Rows};
use super::tables::{FORMAT, META, META_APPLIED, META_FORMAT, NAMES, definition};
use super::{StateError, checksum};

/// Rows in one commit of a file that is being filled.
const FILL_ROWS: usize = 10_000;

/// A row as it is stored, checksum included: the number of its table, key, value.
pub(crate) type RawRow = (usize, Vec<u8>, Vec<u8>);

/// Checks the format, lays out what is missing, and answers how far the state has come.
pub(super) fn prepare(database: &Database) -> Result<Seq, StateError> {
    let commit = database.begin_read()?;
    let present: HashSet<String> = commit.list_tables()?.map(|table| table.name().to_owned()).collect();
    let mut rows = Rows::new(commit, Found::default());
    let mut applied = 0;
    if present.contains(META.name()) {
        let found = rows.expect(META, &one(META_FORMAT))?;
        check_format(found)?;
        applied = rows.expect(META, &one(META_APPLIED))?;
    }
    // All tables are missing at first, and later those that a newer version added.
    if NAMES.iter().any(|name| !present.contains(*name)) {
        let mut transaction = database.begin_write()?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        for index in 0..NAMES.len() {
            transaction.open_table(definition(index))?;
        }
        rows.put(META, &one(META_FORMAT), &FORMAT);
        rows.put(META, &one(META_APPLIED), &applied);
        rows.into_pending().write_to(&transaction)?;
        transaction.commit()?;
    }
    Ok(Seq(applied))
}

/// Fills an empty file with rows, and makes it durable. What is half filled is no state:
/// the rows of `meta`, which make it one, come with the last commit.
pub(super) fn fill<E: From<StateError>>(
    database: &Database,
    rows: impl Iterator<Item = Result<RawRow, E>>,
) -> Result<(), E> {
    let (mut batch, mut last) = (Vec::with_capacity(FILL_ROWS), Vec::new());
    for row in rows {
        let row = row?;
        if row.0 == META.index {
            of_this_format(&row)?;
            last.push(row);
        } else {
            batch.push(row);
        }
        if batch.len() == FILL_ROWS {
            write(database, &mut batch, false)?;
        }
    }
    batch.append(&mut last);
    Ok(write(database, &mut batch, true)?)
}

/// A snapshot of another release may have rows that this one would misread.
fn of_this_format((_, key, value): &RawRow) -> Result<(), StateError> {
    if key != one(META_FORMAT).bytes() {
        return Ok(());
    }
    check_format(checksum::decode(META.name(), key, value)?)
}

fn check_format(found: u64) -> Result<(), StateError> {
    match found.cmp(&FORMAT) {
        Ordering::Less => Err(StateError::Older { found, known: FORMAT }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(StateError::Newer { found, known: FORMAT }),
    }
}

fn write(database: &Database, batch: &mut Vec<RawRow>, durable: bool) -> Result<(), StateError> {
    let mut transaction = database.begin_write()?;
    if durable {
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
    } else {
        transaction.set_durability(Durability::None)?;
    }
    for (table, key, value) in batch.drain(..) {
        transaction.open_table(definition(table))?.insert(key.as_slice(), value.as_slice())?;
    }
    Ok(transaction.commit()?)
}
