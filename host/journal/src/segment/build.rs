//! Writing a segment: in one go, under a temporary name, and looked through before
//! anything that it replaces may go.

use std::sync::Arc;

use event::Timestamp;
use redb::{Database, Durability, WriteTransaction};

use super::{
    ABOUT, BLOCKS, FILTER, FORMAT, Filter, IDENTITIES, INDEX, IdentityRow, SUMMARY, Segment, Shelf, Summary,
    Verified, guarded, identity_checksum,
};
use crate::ReadError;
use crate::backend::Live;
use crate::block::{Block, Blocks, write_index};
use crate::entry::Entries;
use crate::error::damaged;
use crate::frame::with_checksum;
use crate::history::Run;
use crate::known::REMEMBERED_MS;
use crate::names;

/// Pages that redb keeps while it writes.
const CACHE_BYTES: usize = 8 << 20;

/// Writes what the runs hold, which follow each other, into one segment. When it
/// returns, the segment is verified and its name lasts.
///
/// # Errors
/// The runs stay what they were.
pub(crate) fn build(shelf: &Arc<Shelf>, runs: &[Run]) -> Result<Segment, ReadError> {
    let summary = summarise(runs)?;
    let segment = Segment::new(shelf, summary.first, summary.last);
    let unfinished = format!("{}{}", segment.name, names::UNFINISHED);
    let identities = identities(runs, summary.received.1.plus_ms(-REMEMBERED_MS))?;
    write(shelf, &unfinished, &summary, runs, &identities)?;
    verify(shelf, &unfinished, &summary, &identities)?;
    shelf.store.rename(&unfinished, &segment.name)?;
    shelf.store.sync_names()?;
    Ok(segment)
}

fn summarise(runs: &[Run]) -> Result<Summary, ReadError> {
    let mut whole: Option<Summary> = None;
    for run in runs {
        let part = run.summary()?;
        whole = Some(match whole {
            None => part,
            Some(before) => {
                let mut times = before.times();
                times.include(part.times());
                let received = (before.received.0, part.received.1);
                Summary { first: before.first, received, times: times.0, ..part }
            }
        });
    }
    Ok(whole.expect("a segment is built of one run or more"))
}

impl Summary {
    /// Of a tail, which has its figures at hand.
    pub(crate) fn of_tail(tail: &crate::tail::Tail) -> Option<Summary> {
        let contents = tail.contents();
        let chain = contents.chain?;
        Some(Summary {
            format: FORMAT,
            journal: chain.journal,
            first: contents.blocks.first()?.first,
            last: contents.blocks.last()?.last,
            received: contents.received?,
            times: contents.times.0,
            frame: chain.number,
            checksum: chain.checksum,
        })
    }
}

/// Sorted by key, without those of files that are older than `horizon`; of two records
/// with one identity the later counts.
fn identities(runs: &[Run], horizon: Timestamp) -> Result<Vec<IdentityRow>, ReadError> {
    let mut rows = Vec::new();
    for run in runs {
        match run {
            Run::Tail(tail) => rows.extend(tail.contents().identities.iter().map(|(k, v)| (*k, *v))),
            Run::Segment(segment) if segment.summary()?.received.1 < horizon => {}
            Run::Segment(segment) => rows.extend(segment.identities()?),
        }
    }
    rows.sort_unstable_by_key(|(key, (seq, _))| (*key, std::cmp::Reverse(*seq)));
    rows.dedup_by_key(|(key, _)| *key);
    Ok(rows)
}

fn write(
    shelf: &Shelf,
    name: &str,
    summary: &Summary,
    runs: &[Run],
    identities: &[IdentityRow],
) -> Result<(), ReadError> {
    let file = shelf.store.create(name)?;
    let redb_failed = |error: redb::Error| super::redb_error(name, error);
    let database = guarded(name, || {
        let backend = Live(Arc::clone(&file));
        Ok(redb::Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(backend)?)
    })?;
    let transaction = begin(&database).map_err(redb_failed)?;
    let blocks = write_blocks(name, &transaction, runs)?;
    guarded(name, || {
        write_identities(&transaction, identities)?;
        let filter = Filter::of(identities.iter().map(|(key, _)| *key));
        let summary = serde_json::to_vec(summary).expect("a summary is plain data");
        let mut about = transaction.open_table(ABOUT)?;
        about.insert(SUMMARY, with_checksum(&summary).as_slice())?;
        about.insert(INDEX, with_checksum(&write_index(&blocks)).as_slice())?;
        about.insert(FILTER, with_checksum(filter.as_bytes()).as_slice())?;
        Ok(())
    })?;
    guarded(name, || Ok(transaction.commit()?))?;
    // Closing the database writes too, so the sync comes last.
    guarded(name, || {
        drop(database);
        Ok(())
    })?;
    Ok(file.sync()?)
}

fn begin(database: &Database) -> Result<WriteTransaction, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}

fn write_blocks(name: &str, transaction: &WriteTransaction, runs: &[Run]) -> Result<Vec<Block>, ReadError> {
    let mut table = guarded(name, || Ok(transaction.open_table(BLOCKS)?))?;
    let (mut index, mut pending) = (Blocks::default(), Vec::new());
    let mut insert = |block: &Block, bytes: &mut Vec<u8>| {
        guarded(name, || Ok(table.insert(block.first.0, bytes.as_slice()).map(drop)?))?;
        bytes.clear();
        Ok::<(), ReadError>(())
    };
    for run in runs {
        for block in run.blocks(|_| true)? {
            let bytes = run.load(&block)?;
            for entry in Entries::new(&bytes, block.first, block.last) {
                let entry = entry.map_err(|problem| damaged(run.name(), problem))?;
                if let Some(full) = index.push(&entry, 0) {
                    insert(&full, &mut pending)?;
                }
                entry.append_to(&mut pending);
            }
        }
    }
    let blocks = index.finish();
    if let Some(last) = blocks.last() {
        insert(last, &mut pending)?;
    }
    Ok(blocks)
}

fn write_identities(transaction: &WriteTransaction, rows: &[IdentityRow]) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(IDENTITIES)?;
    for (key, (seq, content)) in rows {
        table.insert(*key, (seq.0, *content, identity_checksum(*key, seq.0, *content)))?;
    }
    Ok(())
}

/// Reads all of it back, as anybody will later.
fn verify(
    shelf: &Arc<Shelf>,
    unfinished: &str,
    summary: &Summary,
    identities: &[IdentityRow],
) -> Result<(), ReadError> {
    let mut copy = Segment::new(shelf, summary.first, summary.last);
    copy.name = unfinished.to_owned();
    let verified = copy.verify().and_then(|found| {
        let whole = found == Verified { summary: summary.clone(), identities: identities.len() };
        if whole { Ok(()) } else { Err(damaged(unfinished, "it does not hold what was written")) }
    });
    shelf.close(unfinished);
    verified
}
