//! The names of a journal's files.

use event::Seq;

use crate::store::Store;

/// A file that a crash left half written carries this; it is removed at the next start.
pub(crate) const UNFINISHED: &str = ".tmp";

/// What the log is as a whole.
pub(crate) const ABOUT: &str = "about.json";

/// How far the scrub has come.
pub(crate) const SCRUB: &str = "scrub.json";

/// The state, in a store of its own; as it is being folded again; and what it was before that.
pub(crate) const STATE: &str = "state.redb";
pub(crate) const STATE_NEW: &str = "state.redb.new";
pub(crate) const STATE_BEFORE: &str = "state.redb.before";
/// Says that a row of the state was found damaged, and which: the next start folds it again.
pub(crate) const STATE_DAMAGED: &str = "state.damaged";

pub(crate) fn tail(ordinal: u64) -> String {
    format!("tail-{ordinal:010}")
}

pub(crate) fn segment(first: Seq, last: Seq) -> String {
    format!("segment-{:020}-{:020}.redb", first.0, last.0)
}

/// The state as it was after this record.
pub(crate) fn snapshot(seq: Seq) -> String {
    format!("snapshot-{:020}", seq.0)
}

/// What lies in a store, in order.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Ordinals of the tails.
    pub(crate) tails: Vec<u64>,
    /// First and last sequence number of the segments.
    pub(crate) segments: Vec<(Seq, Seq)>,
    /// The last records that the snapshots know of.
    pub(crate) snapshots: Vec<Seq>,
    pub(crate) unfinished: Vec<String>,
}

impl Listing {
    pub(crate) fn of(store: &dyn Store) -> std::io::Result<Listing> {
        let mut listing = Listing::default();
        for name in store.list()? {
            if name.ends_with(UNFINISHED) {
                listing.unfinished.push(name);
            } else if let Some(ordinal) = name.strip_prefix("tail-").and_then(|n| n.parse().ok()) {
                listing.tails.push(ordinal);
            } else if let Some(seq) = name.strip_prefix("snapshot-").and_then(|n| n.parse().ok()) {
                listing.snapshots.push(Seq(seq));
            } else {
                listing.segments.extend(parse_segment(&name));
            }
        }
        listing.tails.sort_unstable();
        listing.segments.sort_unstable();
        listing.snapshots.sort_unstable();
        Ok(listing)
    }
}

fn parse_segment(name: &str) -> Option<(Seq, Seq)> {
    let (first, last) = name.strip_prefix("segment-")?.strip_suffix(".redb")?.split_once('-')?;
    Some((Seq(first.parse().ok()?), Seq(last.parse().ok()?)))
}
