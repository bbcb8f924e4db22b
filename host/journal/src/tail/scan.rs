//! Reading a tail back after a stop of any kind.
//!
//! Frame n+1 is written only after frame n is synced. So what follows the last good
//! frame is either a frame that nobody was told of, or, when a valid frame stands
//! somewhere behind it, damage to what was acknowledged.

use event::Seq;

use super::Addition;
use crate::entry::Entries;
use crate::frame::{self, Chain, Found, FrameHead, SECTOR, find};

/// What a tail's file holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The good frames and where each begins.
    pub(crate) frames: Vec<(u64, FrameHead)>,
    /// Where the good frames end.
    pub(crate) end: u64,
    /// The last good frame, or the one before the file.
    pub(crate) chain: Chain,
    pub(crate) rest: Rest,
}

/// What stands behind the good frames.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    Blank,
    /// Remains of a frame that was never synced.
    Torn,
    /// A valid frame of this number, which does not attach.
    Damaged(u64),
    Newer(u8),
}

/// Reads the frames that follow `before`.
pub(crate) fn scan(bytes: &[u8], before: Chain) -> Scan {
    let (mut frames, mut at, mut chain) = (Vec::new(), 0, before);
    while let Some(Found::Frame(head)) = bytes.get(at..).map(find)
        && chain.takes(&head)
    {
        frames.push((at as u64, head));
        chain = head.chain();
        at += head.stored_bytes();
    }
    Scan { frames, end: at as u64, chain, rest: rest(bytes.get(at..).unwrap_or_default()) }
}

/// The journal that the first valid frame belongs to, wherever that stands.
pub(crate) fn journal_in(bytes: &[u8]) -> Option<u128> {
    (0..bytes.len()).step_by(SECTOR).find_map(|at| match find(&bytes[at..]) {
        Found::Frame(head) => Some(head.journal),
        Found::Newer(_) | Found::Nothing => None,
    })
}

fn rest(bytes: &[u8]) -> Rest {
    for at in (0..bytes.len()).step_by(SECTOR) {
        match find(&bytes[at..]) {
            Found::Frame(head) => return Rest::Damaged(head.number),
            Found::Newer(format) => return Rest::Newer(format),
            Found::Nothing => {}
        }
    }
    if bytes.iter().all(|b| *b == 0) { Rest::Blank } else { Rest::Torn }
}

impl Scan {
    /// What the frame at `place` holds.
    ///
    /// # Errors
    /// A sentence, when a record is unreadable though its frame is whole.
    pub(crate) fn addition(bytes: &[u8], place: u64, head: &FrameHead) -> Result<Addition, String> {
        let begin = place as usize + frame::HEAD;
        let entries = &bytes[begin..begin + head.length as usize];
        let (mut addition, mut at) = (Addition::default(), frame::HEAD);
        let last = Seq(head.first.0 + u64::from(head.records) - 1);
        for entry in Entries::new(entries, head.first, last) {
            let entry = entry?;
            addition.note_stored(&entry, at)?;
            at += entry.stored_bytes();
        }
        if at != frame::HEAD + entries.len() {
            return Err(format!("frame {} does not hold the records that it names", head.number));
        }
        Ok(addition)
    }
}
