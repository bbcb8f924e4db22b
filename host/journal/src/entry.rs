//! How one record lies in the tail and in a segment: a head, then its JSON.
//!
//! The head repeats the event's time, so that queries pass over most events without
//! reading their JSON. The checksum covers head, JSON and sequence number, though
//! the number itself is not stored: a record in another one's place fails it.

use event::{Draft, EventRecord, Record, Recorded, Seq, Timestamp};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Bytes of a head: checksum, received, event time, records left in the group, length of the JSON.
pub(crate) const HEAD: usize = 32;

/// Stands for the time of a record that is no event.
const NO_TIME: i64 = i64::MIN;

/// One record, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) seq: Seq,
    pub(crate) received: Timestamp,
    /// When the event happened; none when the record is no event.
    pub(crate) time: Option<Timestamp>,
    /// How many records of its group follow it.
    pub(crate) left: u32,
    pub(crate) json: &'a [u8],
}

/// The event of a record, when it is one.
pub(crate) fn event_of(record: &Record) -> Option<&EventRecord> {
    match record {
        Record::Event(event) => Some(event),
        _ => None,
    }
}

impl Entry<'_> {
    pub(crate) fn stored_bytes(&self) -> usize {
        HEAD + self.json.len()
    }

    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&self.received.0.to_le_bytes());
        out.extend_from_slice(&self.time.map_or(NO_TIME, |t| t.0).to_le_bytes());
        out.extend_from_slice(&self.left.to_le_bytes());
        let length = u32::try_from(self.json.len()).expect("a group is far smaller than 4 GiB");
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(self.json);
        let checksum = xxh3_64_with_seed(&out[start + 8..], self.seq.0);
        out[start..start + 8].copy_from_slice(&checksum.to_le_bytes());
    }

    /// # Errors
    /// A sentence, when the JSON is no record that this release knows.
    pub(crate) fn record(&self) -> Result<Record, String> {
        serde_json::from_slice(self.json).map_err(|e| format!("record {} is not readable: {e}", self.seq))
    }

    pub(crate) fn recorded(&self) -> Result<Recorded, String> {
        Ok(Recorded { seq: self.seq, received: self.received, record: self.record()? })
    }
}

/// Walks over the entries `first` to `last`, which lie one behind the other, and has an item
/// for each of them. One that fails its checksum is said to, and passed if what lies behind
/// it shows where it ends; else all that follow fail too, since nobody knows where they lie.
pub(crate) struct Entries<'a> {
    bytes: &'a [u8],
    next: Seq,
    last: Seq,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(bytes: &'a [u8], first: Seq, last: Seq) -> Entries<'a> {
        Entries { bytes, next: first, last }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, String>;

    fn next(&mut self) -> Option<Result<Entry<'a>, String>> {
        if self.next > self.last {
            return None;
        }
        let entry = split_entry(self.bytes, self.next);
        self.bytes = match &entry {
            Ok(entry) => &self.bytes[entry.stored_bytes()..],
            Err(_) => behind(self.bytes, self.next),
        };
        self.next = self.next.next();
        Some(entry)
    }
}

/// What lies behind a broken entry: what its head says, if a whole entry of the next number
/// is there.
fn behind(bytes: &[u8], broken: Seq) -> &[u8] {
    let end = bytes.get(..HEAD).map(|head| HEAD.saturating_add(le_u32(head, 28) as usize));
    let rest = end.and_then(|end| bytes.get(end..)).unwrap_or_default();
    if split_entry(rest, broken.next()).is_ok() { rest } else { &[] }
}

fn split_entry(bytes: &[u8], seq: Seq) -> Result<Entry<'_>, String> {
    let broken = || format!("record {seq} fails its checksum");
    let (head, rest) = bytes.split_at_checked(HEAD).ok_or_else(broken)?;
    let json = rest.get(..le_u32(head, 28) as usize).ok_or_else(broken)?;
    if xxh3_64_with_seed(&bytes[8..HEAD + json.len()], seq.0) != le_u64(head, 0) {
        return Err(broken());
    }
    let time = le_i64(head, 16);
    Ok(Entry {
        seq,
        received: Timestamp(le_i64(head, 8)),
        time: (time != NO_TIME).then_some(Timestamp(time)),
        left: le_u32(head, 24),
        json,
    })
}

/// Puts records back into the groups that they were taken in.
#[derive(Default)]
pub(crate) struct Groups {
    records: Vec<Record>,
}

/// A group as the journal holds it.
pub(crate) struct StoredGroup {
    pub(crate) first: Seq,
    pub(crate) received: Timestamp,
    pub(crate) draft: Draft,
}

impl Groups {
    /// Takes the next record; answers its group when it was the last of it.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) -> Result<Option<StoredGroup>, String> {
        self.records.push(entry.record()?);
        if entry.left > 0 {
            return Ok(None);
        }
        let records = std::mem::take(&mut self.records);
        let first = Seq(entry.seq.0 + 1 - records.len() as u64);
        Ok(Some(StoredGroup { first, received: entry.received, draft: Draft { records } }))
    }
}

pub(crate) fn le_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

pub(crate) fn le_u64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

pub(crate) fn le_i64(bytes: &[u8], at: usize) -> i64 {
    i64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

pub(crate) fn le_u128(bytes: &[u8], at: usize) -> u128 {
    u128::from_le_bytes(bytes[at..at + 16].try_into().expect("sixteen bytes"))
}
