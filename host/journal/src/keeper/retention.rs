//! How history ages out: by whole segments, the oldest first.
//!
//! It waits for the state, of which a snapshot holds all that goes, and for the dispatch
//! cursor; not for a subscription that reads for itself.

use std::sync::Arc;

use event::{Seq, Timestamp};

use super::{KeepError, Keeper};
use crate::about::About;
use crate::known::REMEMBERED_MS;
use crate::segment::Segment;
use crate::{ReadError, snapshot};

/// History goes in steps of at most this part of the time that it is kept.
const STEPS: i64 = 8;

/// How much history is kept. The newest segment always is, and so is what came in within
/// the three days for which duplicates are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// In journal time; none: for ever.
    pub keep_ms: Option<i64>,
    /// All segments together, as files; none: any size.
    pub keep_bytes: Option<u64>,
}

/// What has become of old history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aged {
    /// How many records went.
    pub records: u64,
    /// The first record that is kept.
    pub first: Seq,
    /// When more may go because of its age; none while there is one segment.
    pub next: Option<Timestamp>,
    /// Segments take more than they should, and what they hold is too young to go.
    pub over_bytes: bool,
}

impl Retention {
    /// The longest time that a merged segment may span.
    pub(crate) fn segment_span_ms(&self) -> Option<i64> {
        self.keep_ms.map(|keep| keep / STEPS)
    }
}

impl Keeper {
    /// Lets go what is older, or more, than is kept.
    ///
    /// # Errors
    /// As [`Keeper::take_snapshot`]; nothing went then.
    pub fn age(&self, now: Timestamp) -> Result<Aged, KeepError> {
        let mut about = self.history.about();
        let segments = self.history.runs().segments;
        let (mut going, over_bytes) = self.too_old(&segments, now)?;
        let cursor = self.state.view()?.cursor()?;
        going.retain(|segment| segment.last <= cursor);
        let before = self.history.first();
        if let Some(last) = going.last().map(|segment| segment.last) {
            // Nothing else holds what goes, so the whole of it is read, not its head alone.
            let newest = snapshot::newest(&*self.store)?.filter(|newest| newest.seq >= last);
            let covered = newest.is_some_and(|newest| snapshot::check(&*self.store, newest.seq).is_ok());
            if !covered {
                self.snapshot_alone(now)?;
            }
            // Said first: what stays of the files after a crash is removed at the next start.
            let next = About { first: last.next(), ..about.clone() };
            next.write(&*self.store)?;
            *about = next;
            self.history.forget_before(&about);
        }
        let first = self.history.first();
        let next = self.next_to_age(&segments[going.len()..])?;
        Ok(Aged { records: first.0.saturating_sub(before.0), first, next, over_bytes })
    }

    /// Which of the oldest may go, and whether that leaves too much.
    fn too_old(
        &self,
        segments: &[Arc<Segment>],
        now: Timestamp,
    ) -> Result<(Vec<Arc<Segment>>, bool), ReadError> {
        let Retention { keep_ms, keep_bytes } = self.retention;
        let mut bytes = 0;
        if keep_bytes.is_some() {
            for segment in segments {
                bytes += segment.file_bytes()?;
            }
        }
        let mut going = Vec::new();
        let too_many = |bytes: u64| keep_bytes.is_some_and(|keep| bytes > keep);
        for segment in segments.iter().take(segments.len().saturating_sub(1)) {
            let age = now.since(segment.summary()?.received.1);
            let old = keep_ms.is_some_and(|keep| age > keep);
            if age <= REMEMBERED_MS || !(old || too_many(bytes)) {
                break;
            }
            if keep_bytes.is_some() {
                bytes -= segment.file_bytes()?;
            }
            going.push(Arc::clone(segment));
        }
        Ok((going, too_many(bytes)))
    }

    fn next_to_age(&self, kept: &[Arc<Segment>]) -> Result<Option<Timestamp>, ReadError> {
        let (Some(keep), [oldest, _, ..]) = (self.retention.keep_ms, kept) else { return Ok(None) };
        let keep = keep.max(REMEMBERED_MS);
        Ok(Some(oldest.summary()?.received.1.plus_ms(keep + 1)))
    }
}
