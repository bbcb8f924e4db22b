//! The first promise: what was acknowledged is stored, once, as it was sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::oracle::{Fault, Verdict};

/// An event that its sender was told to be stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acked {
    /// Source and id, as one text.
    pub identity: String,
    pub seq: u64,
    pub content: String,
}

/// An event that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub identity: String,
    pub seq: u64,
    pub content: String,
}

/// Judges what people and programs sent; leave out what the daemon and its plugins write.
/// `unanswered` are identities that were sent, and of which nobody knows: they may be
/// stored, once, or not.
pub fn all_stored(acked: &[Acked], unanswered: &BTreeSet<String>, kept: &[Kept]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut stored: BTreeMap<&str, Vec<&Kept>> = BTreeMap::new();
    for event in kept {
        stored.entry(&event.identity).or_default().push(event);
    }
    let mut known: BTreeSet<&str> = unanswered.iter().map(String::as_str).collect();
    // Whoever asked again was told again.
    for ack in acked.iter().collect::<BTreeSet<_>>() {
        known.insert(&ack.identity);
        let Some(event) = stored.get(ack.identity.as_str()).and_then(|events| events.first()) else {
            verdict.find(Fault::LostEvent, format!("{} was acknowledged as {}", ack.identity, ack.seq));
            continue;
        };
        if (event.seq, &event.content) != (ack.seq, &ack.content) {
            let (seq, was) = (event.seq, ack.seq);
            verdict.find(
                Fault::OtherEvent,
                format!(
                    "{}: {} at {seq}, acknowledged {} at {was}",
                    ack.identity, event.content, ack.content
                ),
            );
        }
    }
    for (identity, events) in &stored {
        if events.len() > 1 {
            let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
            verdict.find(Fault::TwiceStored, format!("{identity} at {seqs:?}"));
        }
        if !known.contains(identity) {
            verdict.find(Fault::UnknownEvent, *identity);
        }
    }
    let acknowledged: BTreeSet<&str> = acked.iter().map(|ack| ack.identity.as_str()).collect();
    verdict.count("events acknowledged", acknowledged.len());
    verdict.count("acknowledgements", acked.len());
    verdict.count("events stored", kept.len());
    verdict
}
