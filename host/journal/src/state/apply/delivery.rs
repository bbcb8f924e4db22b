//! From a planned change to a carried digest: buckets, seals, attempts.

use std::collections::BTreeMap;

use event::{
    AddressHealth, AlertId, Attempt, AttemptResult, Bucket, BucketKey, ChannelReceipt, DigestId,
    DigestItemRecord, DigestRecord, Name, Outbox, PlacedItem, Placement, Planned, Timestamp, Told, ToldState,
    Watch,
};

use super::{Deny, Turn, Verdict};
use crate::state::key::{Key, of_person, one};
use crate::state::rows::Span;
use crate::state::tables::{
    ADDRESS_HEALTH, ALERT_BUCKETS, ATTEMPTS, BUCKETS, BUCKETS_DUE, DIGESTS, ITEMS, LAST_SEALED, OUTBOX,
    OUTBOX_DUE, PENDING, PERSON_DIGESTS, TOLD,
};

impl Turn<'_> {
    pub(super) fn planned(&mut self, planned: &Planned) -> Verdict {
        let (seq, index) = planned.change;
        let change = Key::new().seq(seq).number(index.into());
        if !self.rows().holds(PENDING, &change)? {
            return Err(Deny::Stale(format!("change {index} of outcome {seq} waits no more")));
        }
        self.rows().remove(PENDING, &change);
        for withdrawal in &planned.withdrawals {
            self.withdraw(&withdrawal.bucket, &withdrawal.alert, withdrawal.brief)?;
        }
        for placement in &planned.placements {
            self.place(placement)?;
        }
        Ok(())
    }

    pub(super) fn sealed(&mut self, digest: &DigestRecord) -> Verdict {
        if digest.items.is_empty() {
            return Err(Deny::Stale(format!("digest `{}` has nothing to say", digest.id)));
        }
        let id = one(digest.id.as_str());
        if self.rows().holds(DIGESTS, &id)? {
            return Err(Deny::Conflict(format!("digest `{}` exists already", digest.id)));
        }
        if let Some(key) = digest.key() {
            self.use_key(&digest.person, key)?;
        }
        let mut taken: BTreeMap<&BucketKey, u32> = BTreeMap::new();
        for item in &digest.items {
            self.take_item(&item.bucket, &item.alert)?;
            self.tell(digest, item)?;
            *taken.entry(&item.bucket).or_default() += 1;
        }
        for (bucket, items) in taken {
            // What came and went is told with the first items that leave.
            self.shrink(bucket, items, |_| 0)?;
            self.rows().put(LAST_SEALED, &Key::new().bucket(bucket), &digest.sealed);
        }
        self.rows().put(DIGESTS, &id, digest);
        self.rows().put(PERSON_DIGESTS, &Key::new().digest(&digest.person, digest), &digest.id);
        self.put_outbox(&Outbox {
            digest: digest.id.clone(),
            person: digest.person.clone(),
            address: digest.address.clone(),
            sealed: digest.sealed,
            attempts: 0,
            // Not when the journal received it: after a clock was set back that is in the future.
            due: digest.sealed.min(self.received),
        });
        Ok(())
    }

    pub(super) fn attempt(&mut self, attempt: &Attempt) -> Verdict {
        let Attempt { digest, number, result, next, .. } = attempt;
        let row = self.view.rows.get(OUTBOX, &one(digest.as_str()))?;
        let Some(row) = row.filter(|row| row.attempts.checked_add(1) == Some(*number)) else {
            return Err(Deny::Stale(format!("digest `{digest}` does not wait for attempt {number}")));
        };
        self.rows().put(ATTEMPTS, &one(digest.as_str()).number((*number).into()), attempt);
        self.remove_outbox(&row);
        self.note_health(&row, attempt)?;
        if Watch::is(&row.person) {
            return self.forget_watch(digest);
        }
        match (result, next) {
            (AttemptResult::Delivered { reference }, _) => {
                let receipt = self.receipt(&row, reference.as_ref(), attempt.at)?;
                self.settle(digest, ToldState::Delivered, attempt.at, receipt.as_ref())
            }
            (_, Some(next)) => {
                self.put_outbox(&Outbox { attempts: *number, due: *next, ..row });
                Ok(())
            }
            (_, None) => self.settle(digest, ToldState::Undeliverable, attempt.at, None),
        }
    }

    /// What is to be remembered of an attempt that arrived: only plugins are asked to go on
    /// from there.
    fn receipt(
        &mut self,
        row: &Outbox,
        reference: Option<&String>,
        at: Timestamp,
    ) -> Result<Option<ChannelReceipt>, Deny> {
        let Some(reference) = reference else { return Ok(None) };
        let address = self.view.address(&row.person, &row.address)?;
        let by_plugin = address.is_some_and(|address| address.channel.plugin().is_some());
        Ok(by_plugin.then(|| ChannelReceipt { reference: reference.clone(), at }))
    }

    /// The watch has one attempt, which counts when it is made: a day of it would be more
    /// than most people are told in a year.
    fn forget_watch(&mut self, id: &DigestId) -> Verdict {
        let digest: DigestRecord = self.rows().expect(DIGESTS, &one(id.as_str()))?;
        for item in &digest.items {
            if let Some(alert) = self.view.alert(&item.alert)? {
                self.forget_alert(&alert)?;
            }
        }
        self.forget_digest(&digest)
    }

    fn note_health(&mut self, row: &Outbox, attempt: &Attempt) -> Verdict {
        let key = of_person(&row.person, &row.address);
        let before = self.rows().get(ADDRESS_HEALTH, &key)?;
        let (failures, gone) = match &attempt.result {
            AttemptResult::Delivered { .. } => (0, None),
            other => {
                let gone = matches!(other, AttemptResult::Gone { .. }).then_some(attempt.at);
                let (failures, since) = before.map_or((0, None), |b: AddressHealth| (b.failures, b.gone));
                (failures.saturating_add(1), since.or(gone))
            }
        };
        let health = AddressHealth { at: attempt.at, result: attempt.result.clone(), failures, gone };
        self.rows().put(ADDRESS_HEALTH, &key, &health);
        Ok(())
    }

    /// Takes an item out of a bucket that was not sealed yet.
    ///
    /// # Errors
    /// `Stale` when it is not there any more: it was sealed meanwhile, and is being told.
    pub(super) fn withdraw(&mut self, bucket: &BucketKey, alert: &AlertId, brief: bool) -> Verdict {
        self.take_item(bucket, alert)?;
        self.shrink(bucket, 1, |before| before + u32::from(brief))
    }

    /// Nothing goes to an address that is gone.
    pub(super) fn forget_address(&mut self, person: &Name, address: &Name) -> Verdict {
        self.forget_buckets(&of_person(person, address))?;
        let waiting: Vec<Outbox> = self.rows().list(OUTBOX, Span::all(), usize::MAX)?;
        for row in waiting.iter().filter(|row| row.person == *person && row.address == *address) {
            self.remove_outbox(row);
        }
        Ok(())
    }

    /// Nothing goes to a person who is gone, and nothing of what went stays.
    pub(super) fn forget_deliveries(&mut self, person: &Name) -> Verdict {
        self.forget_buckets(&one(person.as_str()))?;
        for digest in self.rows().take(PERSON_DIGESTS, Span::of(&one(person.as_str())))? {
            let id = one(digest.as_str());
            if let Some(row) = self.rows().get(OUTBOX, &id)? {
                self.remove_outbox(&row);
            }
            self.rows().take(ATTEMPTS, Span::of(&id))?;
            self.rows().remove(DIGESTS, &id);
        }
        Ok(())
    }

    fn place(&mut self, placement: &Placement) -> Verdict {
        let Placement { bucket: key, alert, kind, due, reason } = placement;
        let old = self.view.bucket(key)?;
        let old_item = self.view.rows.get(ITEMS, &Key::new().bucket(key).alert(alert))?;
        let mut bucket = match old {
            Some(old) => {
                self.rows().remove(BUCKETS_DUE, &Key::new().time(old.due).bucket(key));
                old
            }
            None => Bucket { key: key.clone(), opened: self.received, due: *due, items: 0, brief: 0 },
        };
        bucket.due = *due;
        if old_item.is_none() {
            bucket.items += 1;
            self.rows().put(ALERT_BUCKETS, &Key::new().alert(alert).bucket(key), key);
        }
        self.put_bucket(&bucket);
        let placed = old_item.map_or(self.received, |old| old.placed);
        let (bucket, alert, reason) = (key.clone(), alert.clone(), reason.clone());
        let item = PlacedItem { bucket, alert, kind: *kind, placed, reason };
        self.rows().put(ITEMS, &Key::new().bucket(key).alert(&item.alert), &item);
        Ok(())
    }

    fn take_item(&mut self, bucket: &BucketKey, alert: &AlertId) -> Verdict {
        let item = Key::new().bucket(bucket).alert(alert);
        if !self.rows().holds(ITEMS, &item)? {
            return Err(Deny::Stale(format!("alert `{alert}` is not in the bucket {bucket}")));
        }
        self.rows().remove(ITEMS, &item);
        self.rows().remove(ALERT_BUCKETS, &Key::new().alert(alert).bucket(bucket));
        Ok(())
    }

    /// Counts items that left. An empty bucket goes: nothing is left to say, even when
    /// something came and went.
    fn shrink(&mut self, key: &BucketKey, taken: u32, brief: impl FnOnce(u32) -> u32) -> Verdict {
        let mut bucket = self.rows().expect(BUCKETS, &Key::new().bucket(key))?;
        bucket.items = bucket.items.saturating_sub(taken);
        bucket.brief = brief(bucket.brief);
        if bucket.items == 0 {
            self.rows().remove(BUCKETS, &Key::new().bucket(key));
            self.rows().remove(BUCKETS_DUE, &Key::new().time(bucket.due).bucket(key));
        } else {
            self.put_bucket(&bucket);
        }
        Ok(())
    }

    fn tell(&mut self, digest: &DigestRecord, item: &DigestItemRecord) -> Verdict {
        let key = Key::new().alert(&item.alert).text(digest.address.as_str());
        let before: Option<Told> = self.rows().get(TOLD, &key)?;
        let told = Told {
            alert: item.alert.clone(),
            address: digest.address.clone(),
            state: ToldState::Sealed,
            alert_state: item.state,
            severity: item.severity,
            digest: digest.id.clone(),
            at: digest.sealed,
            receipt: before.and_then(|before| before.receipt),
        };
        self.rows().put(TOLD, &key, &told);
        Ok(())
    }

    /// Ends the way of a digest, and writes that down for each of its alerts, unless the
    /// same address has a newer digest about it; a receipt is remembered in any case.
    fn settle(
        &mut self,
        id: &DigestId,
        state: ToldState,
        at: Timestamp,
        receipt: Option<&ChannelReceipt>,
    ) -> Verdict {
        let digest: DigestRecord = self.rows().expect(DIGESTS, &one(id.as_str()))?;
        for item in &digest.items {
            let key = Key::new().alert(&item.alert).text(digest.address.as_str());
            let Some(told) = self.rows().get(TOLD, &key)? else { continue };
            let is_newest = told.digest == *id;
            if !is_newest && receipt.is_none() {
                continue;
            }
            let (state, at) = if is_newest { (state, at) } else { (told.state, told.at) };
            let receipt = receipt.cloned().or(told.receipt);
            self.rows().put(TOLD, &key, &Told { state, at, receipt, ..told });
        }
        Ok(())
    }

    fn forget_buckets(&mut self, prefix: &Key) -> Verdict {
        for item in self.rows().take(ITEMS, Span::of(prefix))? {
            self.rows().remove(ALERT_BUCKETS, &Key::new().alert(&item.alert).bucket(&item.bucket));
        }
        for bucket in self.rows().take(BUCKETS, Span::of(prefix))? {
            self.rows().remove(BUCKETS_DUE, &Key::new().time(bucket.due).bucket(&bucket.key));
        }
        self.rows().take(LAST_SEALED, Span::of(prefix))?;
        Ok(())
    }

    fn put_bucket(&mut self, bucket: &Bucket) {
        self.rows().put(BUCKETS, &Key::new().bucket(&bucket.key), bucket);
        self.rows().put(BUCKETS_DUE, &Key::new().time(bucket.due).bucket(&bucket.key), &bucket.key);
    }

    fn put_outbox(&mut self, row: &Outbox) {
        self.rows().put(OUTBOX, &one(row.digest.as_str()), row);
        self.rows().put(OUTBOX_DUE, &Key::new().time(row.due).text(row.digest.as_str()), &row.digest);
    }

    pub(super) fn remove_outbox(&mut self, row: &Outbox) {
        self.rows().remove(OUTBOX, &one(row.digest.as_str()));
        self.rows().remove(OUTBOX_DUE, &Key::new().time(row.due).text(row.digest.as_str()));
    }
}
