//! What is over for long goes, and so does what belongs to nobody any more.
//!
//! Driven by a record that names its own horizon and bound, so that a replay sweeps
//! exactly what was swept in life.

use event::{DigestRecord, SubscriptionId, Timestamp};

use super::{Deny, Turn, Verdict};
use crate::state::key::{Key, one};
use crate::state::rows::Span;
use crate::state::tables::{
    ALERTS, ATTEMPTS, DIGESTS, FAILURE_LISTS, FAILURES, HANDLER_EXPIRY, HANDLER_SIZES, HANDLER_VALUES, ITEMS,
    LAGS, LAST_SEALED, META, META_ORPHANS, META_SWEPT, OUTBOX, PERSON_DIGESTS, POSITIONS, SUBSCRIPTIONS,
    Table, WAKES_DUE,
};

impl Turn<'_> {
    pub(super) fn swept(&mut self, before: Timestamp, most: u32) -> Verdict {
        let most = most as usize;
        let mut swept = self.sweep_alerts(before, most)?;
        swept += self.sweep_digests(before, most - swept)?;
        swept += self.sweep_failures(before, most - swept)?;
        let orphans = self.sweep_handling()? + self.sweep_deliveries()?;
        self.sweep_sealing_times(before)?;
        for serving in self.view.plugins()? {
            self.forget_versions(&serving)?;
        }
        if swept + orphans == 0 {
            return Err(Deny::Stale(format!("nothing that ended before {before} is left")));
        }
        self.add(META_SWEPT, swept)?;
        self.add(META_ORPHANS, orphans)
    }

    fn sweep_alerts(&mut self, before: Timestamp, most: usize) -> Result<usize, Deny> {
        let over = self.view.alerts_over(before, most)?;
        for alert in &over {
            self.forget_alert(alert)?;
        }
        Ok(over.len())
    }

    fn sweep_digests(&mut self, before: Timestamp, most: usize) -> Result<usize, Deny> {
        let over = self.view.digests_over(before, most)?;
        for digest in &over {
            self.forget_digest(digest)?;
        }
        Ok(over.len())
    }

    fn sweep_failures(&mut self, before: Timestamp, most: usize) -> Result<usize, Deny> {
        let over = self.view.failures_over(before, most)?;
        for row in &over {
            for (kind, of) in row.lists() {
                self.rows().remove(FAILURE_LISTS, &Key::new().text(kind).text(of).seq(row.seq));
            }
            self.rows().remove(FAILURES, &Key::new().seq(row.seq));
        }
        Ok(over.len())
    }

    pub(super) fn forget_digest(&mut self, digest: &DigestRecord) -> Verdict {
        let id = one(digest.id.as_str());
        self.rows().take(ATTEMPTS, Span::of(&id))?;
        self.rows().remove(PERSON_DIGESTS, &Key::new().digest(&digest.person, digest));
        self.rows().remove(DIGESTS, &id);
        Ok(())
    }

    /// What buckets last did matters only while something may still come into them.
    fn sweep_sealing_times(&mut self, before: Timestamp) -> Verdict {
        let rows: Vec<(Key, Timestamp)> =
            self.rows().scan(LAST_SEALED, Span::all())?.collect::<Result<_, _>>()?;
        for (key, sealed) in rows {
            if sealed < before {
                self.rows().remove(LAST_SEALED, &key);
            }
        }
        Ok(())
    }

    /// Rows of handlers whose subscription is gone.
    fn sweep_handling(&mut self) -> Result<usize, Deny> {
        let mut orphans = 0;
        for key in self.without_subscription(HANDLER_SIZES)? {
            orphans += self.rows().take(HANDLER_VALUES, Span::of(&key))?.len();
            self.rows().take(HANDLER_EXPIRY, Span::of(&key))?;
            self.rows().remove(HANDLER_SIZES, &key);
        }
        for key in self.without_subscription(POSITIONS)? {
            self.rows().remove(POSITIONS, &key);
            orphans += 1;
        }
        for key in self.without_subscription(LAGS)? {
            self.rows().remove(LAGS, &key);
            orphans += 1;
        }
        let wakes: Vec<(Timestamp, SubscriptionId)> = self.rows().list(WAKES_DUE, Span::all(), usize::MAX)?;
        for (_, id) in wakes {
            if !self.rows().holds(SUBSCRIPTIONS, &one(id.as_str()))? {
                self.set_wake(&id, None)?;
                orphans += 1;
            }
        }
        Ok(orphans)
    }

    /// Keys of a table of subscriptions that are in no other.
    fn without_subscription<V: serde::de::DeserializeOwned>(
        &mut self,
        table: Table<V>,
    ) -> Result<Vec<Key>, Deny> {
        let mut orphans = Vec::new();
        let keys: Vec<Key> = self
            .rows()
            .scan(table, Span::all())?
            .map(|row| row.map(|(key, _)| key))
            .collect::<Result<_, _>>()?;
        for key in keys {
            if !self.rows().holds(SUBSCRIPTIONS, &key)? {
                orphans.push(key);
            }
        }
        Ok(orphans)
    }

    /// Items without an alert, and waiting digests that are not there.
    fn sweep_deliveries(&mut self) -> Result<usize, Deny> {
        let mut orphans = 0;
        for item in self.rows().list(ITEMS, Span::all(), usize::MAX)? {
            if !self.rows().holds(ALERTS, &Key::new().alert(&item.alert))? {
                self.withdraw(&item.bucket, &item.alert, false)?;
                orphans += 1;
            }
        }
        for row in self.rows().list(OUTBOX, Span::all(), usize::MAX)? {
            if !self.rows().holds(DIGESTS, &one(row.digest.as_str()))? {
                self.remove_outbox(&row);
                orphans += 1;
            }
        }
        Ok(orphans)
    }

    fn add(&mut self, counter: &str, more: usize) -> Verdict {
        let before = self.rows().get(META, &one(counter))?.unwrap_or_default();
        self.rows().put(META, &one(counter), &(before + more as u64));
        Ok(())
    }
}
