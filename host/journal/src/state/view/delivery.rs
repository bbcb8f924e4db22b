//! What is on its way to people, and what has reached them.

use event::{
    AddressHealth, AlertId, Attempt, Bucket, BucketKey, DigestId, DigestRecord, Name, Outbox, PlacedItem,
    Timestamp, Told,
};

use super::View;
use crate::state::StateError;
use crate::state::key::{Key, of_person, one};
use crate::state::rows::Span;
use crate::state::tables::{
    ADDRESS_HEALTH, ALERT_BUCKETS, ATTEMPTS, BUCKETS, BUCKETS_DUE, DIGESTS, ITEMS, LAST_SEALED, OUTBOX,
    OUTBOX_DUE, PERSON_DIGESTS, TOLD,
};

impl View {
    /// What each address knows of an alert.
    pub fn told(&self, alert: &AlertId) -> Result<Vec<Told>, StateError> {
        self.rows.list(TOLD, Span::of(&Key::new().alert(alert)), usize::MAX)
    }

    /// What one address knows of an alert.
    pub fn told_at(&self, alert: &AlertId, address: &Name) -> Result<Option<Told>, StateError> {
        self.rows.get(TOLD, &Key::new().alert(alert).text(address.as_str()))
    }

    /// Where an alert waits to be sealed.
    pub fn placed(&self, alert: &AlertId) -> Result<Vec<PlacedItem>, StateError> {
        let buckets = self.rows.list(ALERT_BUCKETS, Span::of(&Key::new().alert(alert)), usize::MAX)?;
        buckets
            .iter()
            .map(|bucket| self.rows.expect(ITEMS, &Key::new().bucket(bucket).alert(alert)))
            .collect()
    }

    pub fn bucket(&self, key: &BucketKey) -> Result<Option<Bucket>, StateError> {
        self.rows.get(BUCKETS, &Key::new().bucket(key))
    }

    /// In the order in which their alerts began.
    pub fn bucket_items(&self, key: &BucketKey, limit: usize) -> Result<Vec<PlacedItem>, StateError> {
        self.rows.list(ITEMS, Span::of(&Key::new().bucket(key)), limit)
    }

    /// In the order in which they are due.
    pub fn due_buckets(&self, upto: Timestamp, limit: usize) -> Result<Vec<Bucket>, StateError> {
        let keys = self.rows.list(BUCKETS_DUE, Span::through(upto), limit)?;
        keys.iter().map(|key| self.rows.expect(BUCKETS, &Key::new().bucket(key))).collect()
    }

    pub fn next_bucket_due(&self) -> Result<Option<Timestamp>, StateError> {
        Ok(self.due_buckets(Timestamp(i64::MAX), 1)?.pop().map(|bucket| bucket.due))
    }

    /// When a digest last took items from this bucket.
    pub fn last_sealed(&self, key: &BucketKey) -> Result<Option<Timestamp>, StateError> {
        self.rows.get(LAST_SEALED, &Key::new().bucket(key))
    }

    /// In the order in which they are due.
    pub fn outbox_due(&self, upto: Timestamp, limit: usize) -> Result<Vec<Outbox>, StateError> {
        let digests = self.rows.list(OUTBOX_DUE, Span::through(upto), limit)?;
        digests.iter().map(|digest| self.rows.expect(OUTBOX, &one(digest.as_str()))).collect()
    }

    /// The first moment after `now` at which something in the outbox is due.
    pub fn next_outbox_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StateError> {
        let later = Span::all().after(&Key::new().time(now.plus_ms(1)));
        let digest = self.rows.list(OUTBOX_DUE, later, 1)?.pop();
        let row: Option<Outbox> =
            digest.map(|digest| self.rows.expect(OUTBOX, &one(digest.as_str()))).transpose()?;
        Ok(row.map(|row| row.due))
    }

    pub fn outbox_len(&self) -> Result<u64, StateError> {
        self.rows.count(OUTBOX)
    }

    /// Items that wait to be sealed for a person.
    pub fn unsealed_len(&self, person: &Name) -> Result<usize, StateError> {
        self.rows.scan(ITEMS, Span::of(&one(person.as_str())))?.try_fold(0, |n, row| row.map(|_| n + 1))
    }

    /// A person's digests that are on their way.
    pub fn undelivered_len(&self, person: &Name) -> Result<usize, StateError> {
        let rows = self.rows.list(OUTBOX, Span::all(), usize::MAX)?;
        Ok(rows.iter().filter(|row| row.person == *person).count())
    }

    /// A person's digests, however they fared.
    pub fn digests_len(&self, person: &Name) -> Result<usize, StateError> {
        let ids = self.rows.list(PERSON_DIGESTS, Span::of(&one(person.as_str())), usize::MAX)?;
        Ok(ids.len())
    }

    pub fn digest(&self, id: &DigestId) -> Result<Option<DigestRecord>, StateError> {
        self.rows.get(DIGESTS, &one(id.as_str()))
    }

    /// Newest first; with a cursor, those behind that digest. Nothing follows one that
    /// does not exist.
    pub fn digests(
        &self,
        person: &Name,
        before: Option<&DigestId>,
        limit: usize,
    ) -> Result<Vec<DigestRecord>, StateError> {
        let mut span = Span::of(&one(person.as_str())).backwards();
        if let Some(before) = before {
            let Some(before) = self.digest(before)? else { return Ok(Vec::new()) };
            span = span.before(&Key::new().digest(person, &before));
        }
        let ids = self.rows.list(PERSON_DIGESTS, span, limit)?;
        ids.iter().map(|id| self.rows.expect(DIGESTS, &one(id.as_str()))).collect()
    }

    /// How an address has fared; none before its first attempt.
    pub fn address_health(&self, person: &Name, address: &Name) -> Result<Option<AddressHealth>, StateError> {
        self.rows.get(ADDRESS_HEALTH, &of_person(person, address))
    }

    pub fn attempts(&self, digest: &DigestId) -> Result<Vec<Attempt>, StateError> {
        self.rows.list(ATTEMPTS, Span::of(&one(digest.as_str())), usize::MAX)
    }
}
