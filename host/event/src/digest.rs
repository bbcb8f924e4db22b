//! From an alert's change to a message: placements, buckets, digests, attempts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::identifier;
use crate::{
    AlertId, AlertState, ChangeKind, Ciphertext, Forgettable, KeyId, Name, Seq, Severity, SubscriptionId,
    Timestamp,
};

identifier! {
    /// Stable over all attempts; channels pass it on as an idempotency key.
    DigestId
}

/// What is collected together: one person, one address, one band of one style, and
/// the values that the band groups by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BucketKey {
    pub person: Name,
    pub address: Name,
    pub style: Name,
    /// Position of the band in its style.
    pub band: u32,
    /// The group's values; empty without `group_by`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
}

/// `person/address/style/band/group`: names hold no slash, so this is unique.
impl fmt::Display for BucketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}/{}", self.person, self.address, self.style, self.band, self.group)
    }
}

/// A bucket as it stands: when it began and when it will be sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    pub key: BucketKey,
    pub opened: Timestamp,
    pub due: Timestamp,
    /// Items in it now.
    pub items: u32,
    /// Alerts that came and went while it was open, and were withdrawn.
    pub brief: u32,
}

/// The planner's answer to one change of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The change that is answered: sequence number of its outcome, and position in it.
    pub change: (Seq, u32),
    pub placements: Vec<Placement>,
    pub withdrawals: Vec<Withdrawal>,
    /// Why nobody is told anything, when nobody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<String>,
}

/// Puts an alert into a bucket, or renews it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    pub bucket: BucketKey,
    pub alert: AlertId,
    pub kind: ChangeKind,
    /// When the bucket is to be sealed from now on.
    pub due: Timestamp,
    /// The rule that put it there, for people.
    pub reason: String,
}

/// Takes an alert out of a bucket that was not sealed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    pub bucket: BucketKey,
    pub alert: AlertId,
    /// It came and went before anybody heard: the bucket's message counts it.
    pub brief: bool,
    pub reason: String,
}

/// An alert in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedItem {
    pub bucket: BucketKey,
    pub alert: AlertId,
    pub kind: ChangeKind,
    pub placed: Timestamp,
    pub reason: String,
}

/// Alerts sealed together for one person and one address, rendered once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    pub id: DigestId,
    pub person: Name,
    pub address: Name,
    pub sealed: Timestamp,
    /// The worst of its items.
    pub severity: Severity,
    pub items: Vec<DigestItem>,
    pub forms: Forms,
}

/// One alert as the digest tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestItem {
    pub bucket: BucketKey,
    pub alert: AlertId,
    pub kind: ChangeKind,
    pub subscription: SubscriptionId,
    pub subscription_name: Name,
    pub key: String,
    pub state: AlertState,
    pub severity: Severity,
    pub title: String,
    pub count: u32,
    pub first: Timestamp,
    pub last: Timestamp,
    pub reason: String,
}

/// A digest as records and state hold it: in the clear what the journal decides by,
/// and nothing of what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "DigestRead")]
pub struct DigestRecord {
    pub id: DigestId,
    pub person: Name,
    pub address: Name,
    pub sealed: Timestamp,
    pub severity: Severity,
    pub items: Vec<DigestItemRecord>,
    pub whole: Forgettable<Digest>,
}

/// Which alert a digest tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestItemRecord {
    pub bucket: BucketKey,
    pub alert: AlertId,
    pub subscription: SubscriptionId,
    pub state: AlertState,
    pub severity: Severity,
}

impl DigestRecord {
    /// `whole` is the same digest under its person's key.
    pub fn new(digest: &Digest, whole: Ciphertext) -> DigestRecord {
        DigestRecord::over(digest, whole.into())
    }

    pub fn key(&self) -> Option<&KeyId> {
        self.whole.key()
    }

    fn over(digest: &Digest, whole: Forgettable<Digest>) -> DigestRecord {
        DigestRecord {
            id: digest.id.clone(),
            person: digest.person.clone(),
            address: digest.address.clone(),
            sealed: digest.sealed,
            severity: digest.severity,
            items: digest.items.iter().map(DigestItemRecord::from).collect(),
            whole,
        }
    }
}

impl From<&DigestItem> for DigestItemRecord {
    fn from(item: &DigestItem) -> DigestItemRecord {
        DigestItemRecord {
            bucket: item.bucket.clone(),
            alert: item.alert.clone(),
            subscription: item.subscription.clone(),
            state: item.state,
            severity: item.severity,
        }
    }
}

/// A digest of a record, whichever release wrote it.
#[derive(Deserialize)]
#[serde(untagged)]
enum DigestRead {
    Record {
        id: DigestId,
        person: Name,
        address: Name,
        sealed: Timestamp,
        severity: Severity,
        items: Vec<DigestItemRecord>,
        whole: Forgettable<Digest>,
    },
    Clear(Digest),
}

impl From<DigestRead> for DigestRecord {
    fn from(read: DigestRead) -> DigestRecord {
        match read {
            DigestRead::Record { id, person, address, sealed, severity, items, whole } => {
                DigestRecord { id, person, address, sealed, severity, items, whole }
            }
            DigestRead::Clear(digest) => DigestRecord::over(&digest, Forgettable::Clear(digest.clone())),
        }
    }
}

/// The rendered forms of a digest. Every attempt sends these same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forms {
    /// One line without control characters.
    pub subject: String,
    /// One line for a phone.
    pub line: String,
    /// Several lines of plain text.
    pub text: String,
    pub html: String,
    /// What a program gets: a webhook its body, a channel plugin its message; none for all
    /// other addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
}

/// What an address has been told of an alert, so that it hears each thing once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub alert: AlertId,
    pub address: Name,
    pub state: ToldState,
    pub alert_state: AlertState,
    pub severity: Severity,
    pub digest: DigestId,
    pub at: Timestamp,
    /// Of the last message about the alert that a channel plugin delivered there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ChannelReceipt>,
}

/// What the other side of a channel calls a message, for the next one of the same thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelReceipt {
    pub reference: String,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldState {
    /// In a sealed digest that is on its way.
    Sealed,
    Delivered,
    Undeliverable,
}

/// A sealed digest that still has to be carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    pub digest: DigestId,
    pub person: Name,
    pub address: Name,
    pub sealed: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
    pub due: Timestamp,
}

/// One try to carry one digest to its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub digest: DigestId,
    /// From 1.
    pub number: u32,
    pub at: Timestamp,
    pub result: AttemptResult,
    /// When the next one is due; none: it arrived, or it is given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum AttemptResult {
    /// Accepted by the provider, who may have given it a reference.
    Delivered { reference: Option<String> },
    /// May work later; not before this moment, when the receiver named one.
    Transient {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Timestamp>,
    },
    /// Can never work.
    Permanent { reason: String },
    /// Can never work, and neither can anything else at this address: its receiver says
    /// that it is gone for good, or its plugin that the configuration can never work.
    Gone { reason: String },
}

impl AttemptResult {
    /// Worth another try, whenever the schedule says.
    pub fn transient(reason: impl Into<String>) -> AttemptResult {
        AttemptResult::Transient { reason: reason.into(), not_before: None }
    }

    pub fn permanent(reason: impl Into<String>) -> AttemptResult {
        AttemptResult::Permanent { reason: reason.into() }
    }

    /// Why it did not arrive; none: it did.
    pub fn failure(&self) -> Option<&str> {
        match self {
            AttemptResult::Delivered { .. } => None,
            AttemptResult::Transient { reason, .. }
            | AttemptResult::Permanent { reason }
            | AttemptResult::Gone { reason } => Some(reason),
        }
    }
}

/// How an address has fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressHealth {
    /// Of the last attempt.
    pub at: Timestamp,
    pub result: AttemptResult,
    /// Attempts in a row that brought nothing, up to this one.
    pub failures: u32,
    /// Since then the address is switched off, after an attempt that ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_of_the_first_release_is_read_and_one_of_this_one_says_nothing() {
        let old = r#"{"id":"d1","person":"alice","address":"mail","sealed":7,"severity":"warning","items":[{
            "bucket":{"person":"alice","address":"mail","style":"default","band":0},"alert":"a5-0","kind":"fired",
            "subscription":"s1","subscription_name":"disks","key":"/secret","state":"firing","severity":"warning",
            "title":"secret is full","count":1,"first":1,"last":2,"reason":"band 1"}],
            "forms":{"subject":"secret","line":"secret","text":"secret","html":"secret"}}"#;
        let read: DigestRecord = serde_json::from_str(old).expect("it was written so");
        assert_eq!((read.items.len(), read.items[0].alert.as_str()), (1, "a5-0"));
        let Forgettable::Clear(digest) = read.whole else { panic!("it lay open") };
        assert_eq!(digest.items[0].title, "secret is full");

        let cipher = Ciphertext { key: KeyId::from_bits(1), cipher: "AAAA".into() };
        let record = DigestRecord::new(&digest, cipher);
        let written = serde_json::to_string(&record).expect("it is JSON");
        assert!(!written.contains("secret") && !written.contains("disks"), "{written}");
        assert_eq!(serde_json::from_str::<DigestRecord>(&written).expect("it was just written"), record);
    }
}
