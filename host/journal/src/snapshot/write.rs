//! Taking a snapshot: under a temporary name, and read back before it counts.

use event::{Seq, Timestamp};

use super::part::{Kind, PartWriter};
use super::{FORMAT, Head, SnapshotError, SnapshotInfo, check, prune};
use crate::names;
use crate::state::{RawRow, View};
use crate::store::Store;

/// Rows are gathered into parts of about this size.
const PART_BYTES: usize = 1 << 20;

/// Writes the state as `view` shows it, and removes the oldest of those that are there
/// then. A snapshot after the same record that is good stays as it is.
///
/// # Errors
/// `State` when a value of it fails its checksum: no snapshot must hold that.
pub(crate) fn write(store: &dyn Store, view: &View, taken: Timestamp) -> Result<SnapshotInfo, SnapshotError> {
    let seq = view.applied()?;
    let name = names::snapshot(seq);
    if store.list()?.contains(&name) && check(store, seq).is_ok() {
        return Ok(super::Snapshot::open(store, seq)?.info());
    }
    let unfinished = format!("{name}{}", names::UNFINISHED);
    write_file(store, &unfinished, view, seq, taken).inspect_err(|_| {
        // Often for want of room, of which half a snapshot takes some. What stays is
        // removed at the next start.
        store.remove(&unfinished).unwrap_or_else(|error| tracing::debug!(%error, unfinished, "it stays"));
    })?;
    store.rename(&unfinished, &name)?;
    store.sync_names()?;
    prune(store)?;
    Ok(SnapshotInfo { name, seq, taken })
}

fn write_file(
    store: &dyn Store,
    unfinished: &str,
    view: &View,
    seq: Seq,
    taken: Timestamp,
) -> Result<(), SnapshotError> {
    let mut parts = PartWriter::new(store.create(unfinished)?);
    let head = Head { format: FORMAT, seq, taken, release: env!("CARGO_PKG_VERSION").to_owned() };
    parts.push(Kind::Head, &serde_json::to_vec(&head).expect("it is plain data"))?;
    let (mut rows, mut pending) = (0_u64, Vec::with_capacity(PART_BYTES + PART_BYTES / 8));
    for row in view.raw_rows() {
        append(&mut pending, &row?);
        rows += 1;
        if pending.len() >= PART_BYTES {
            parts.push(Kind::Rows, &pending)?;
            pending.clear();
        }
    }
    parts.push(Kind::Rows, &pending)?;
    parts.push(Kind::End, &rows.to_le_bytes())?;
    parts.sync()?;
    super::read::check_file(store, unfinished, seq)?;
    Ok(())
}

/// Tables are named, not numbered: a later release may have others.
fn append(out: &mut Vec<u8>, (table, key, value): &RawRow) {
    for field in [crate::state::table_name(*table).as_bytes(), key, value] {
        let length = u32::try_from(field.len()).expect("a row is far smaller than 4 GiB");
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(field);
    }
}
