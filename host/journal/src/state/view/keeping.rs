//! What the state holds that is over, and how much of it went.

use std::collections::HashSet;

use event::{Alert, AlertId, AlertState, DigestRecord, Seq, Timestamp};

use super::View;
use crate::state::StateError;
use crate::state::key::{Key, one};
use crate::state::rows::Span;
use crate::state::tables::{
    ALERT_BUCKETS, ALERTS, DIGESTS, FAILURES, FailureRow, META, META_APPLIED, META_ORPHANS, META_SWEPT,
    OUTBOX, PERSON_DIGESTS, PERSONS,
};

/// What sweeps have removed since the journal began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Alerts, digests and failures that were over for long.
    pub over: u64,
    /// Rows that belonged to nobody.
    pub orphans: u64,
}

impl View {
    /// The last record that this commit knows of.
    pub fn applied(&self) -> Result<Seq, StateError> {
        Ok(Seq(self.rows.expect(META, &one(META_APPLIED))?))
    }

    pub fn swept(&self) -> Result<Swept, StateError> {
        let count = |name| Ok::<u64, StateError>(self.rows.get(META, &one(name))?.unwrap_or_default());
        Ok(Swept { over: count(META_SWEPT)?, orphans: count(META_ORPHANS)? })
    }

    /// Whether a sweep of what ended before this moment would find anything that is over.
    pub fn has_over(&self, before: Timestamp) -> Result<bool, StateError> {
        Ok(!self.alerts_over(before, 1)?.is_empty()
            || !self.digests_over(before, 1)?.is_empty()
            || !self.failures_over(before, 1)?.is_empty())
    }

    /// Closed alerts of which nobody has to hear any more. They come in the order in
    /// which they began, so those that began later are not even looked at.
    pub(in crate::state) fn alerts_over(
        &self,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<Alert>, StateError> {
        let mut over = Vec::new();
        if most == 0 {
            return Ok(over);
        }
        let pending: HashSet<AlertId> =
            self.pending(usize::MAX)?.into_iter().map(|(_, change)| change.alert).collect();
        for row in self.rows.scan(ALERTS, Span::all())? {
            let (_, alert) = row?;
            if alert.since >= before || over.len() == most {
                break;
            }
            let waits = || self.rows.list(ALERT_BUCKETS, Span::of(&Key::new().alert(&alert.id)), 1);
            let closed = alert.state != AlertState::Firing && alert.ended.is_some_and(|ended| ended < before);
            if closed && !pending.contains(&alert.id) && waits()?.is_empty() {
                over.push(alert);
            }
        }
        Ok(over)
    }

    /// Digests that wait for no further attempt.
    pub(in crate::state) fn digests_over(
        &self,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<DigestRecord>, StateError> {
        let mut over = Vec::new();
        for person in self.rows.list(PERSONS, Span::all(), usize::MAX)? {
            for row in self.rows.scan(PERSON_DIGESTS, Span::of(&one(person.name.as_str())))? {
                if over.len() == most {
                    return Ok(over);
                }
                let (_, id) = row?;
                let digest = self.rows.expect(DIGESTS, &one(id.as_str()))?;
                if digest.sealed >= before {
                    break;
                }
                if !self.rows.holds(OUTBOX, &one(id.as_str()))? {
                    over.push(digest);
                }
            }
        }
        Ok(over)
    }

    /// Failures in the order in which they came, without those whose replay is to come.
    pub(in crate::state) fn failures_over(
        &self,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<FailureRow>, StateError> {
        let mut over = Vec::new();
        for row in self.rows.scan(FAILURES, Span::all())? {
            let (_, row) = row?;
            if row.received >= before || over.len() == most {
                break;
            }
            if !self.waits(&row)? {
                over.push(row);
            }
        }
        Ok(over)
    }
}
