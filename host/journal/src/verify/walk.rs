//! Through the log from its first record to its last, while somebody else may be
//! sealing, merging and letting go.

use std::io::ErrorKind;
use std::sync::Arc;

use event::Seq;

use super::{Meter, Report};
use crate::ReadError;
use crate::about::About;
use crate::frame::Chain;
use crate::history::{History, Runs};
use crate::names::{self, Listing};
use crate::segment::{Segment, Shelf};
use crate::store::{Store, read_whole};
use crate::tail::{Rest, Scan, Tail, journal_in, scan};

/// How often what looks wrong is looked at again: a daemon beside us changes names and
/// appends while we read.
const LOOKS: u32 = 5;

pub(super) struct Walk<'w, 't> {
    store: &'w Arc<dyn Store>,
    report: &'w mut Report,
    meter: &'w mut Meter<'t>,
    about: Option<About>,
    shelf: Arc<Shelf>,
    /// The record that comes next.
    next: Seq,
    chain: Option<Chain>,
    runs: Runs,
}

/// The log as it was found.
pub(super) struct Walked {
    pub(super) history: History,
    /// Nothing of it is damaged or missing.
    pub(super) whole: bool,
}

impl<'w, 't> Walk<'w, 't> {
    pub(super) fn new(
        store: &'w Arc<dyn Store>,
        report: &'w mut Report,
        meter: &'w mut Meter<'t>,
    ) -> Walk<'w, 't> {
        let shelf = Shelf::new(Arc::clone(store));
        let (next, chain, runs) = (Seq(1), None, Runs::default());
        Walk { store, report, meter, about: None, shelf, next, chain, runs }
    }

    pub(super) fn go(mut self) -> Result<Walked, ReadError> {
        self.about = About::read(&**self.store)?;
        self.next = self.about.as_ref().map_or(Seq(1), |about| about.first);
        self.report.first = self.next;
        let mut looks = 0;
        while !self.look(looks + 1 >= LOOKS)? {
            looks += 1;
        }
        self.report.last = Seq(self.next.0 - 1);
        let journal = self.chain.map_or(0, |chain| chain.journal);
        let about = About { first: self.report.first, ..About::new(journal) };
        let whole = self.report.problems.is_empty();
        Ok(Walked { history: History::new(self.shelf, self.runs, about), whole })
    }

    /// Goes on as far as the files of now lead; false when that ended at something that
    /// may look otherwise in a moment.
    fn look(&mut self, is_last: bool) -> Result<bool, ReadError> {
        let listing = Listing::of(&**self.store)?;
        // What ages out meanwhile needs no verifying.
        if let Some(about) = About::read(&**self.store)? {
            self.next = self.next.max(about.first);
        }
        let mut segments = listing.segments;
        segments.sort_unstable_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
        for (first, last) in segments {
            if last < self.next {
                continue;
            }
            if first > self.next && !is_last {
                return Ok(false);
            }
            if !self.segment(first, last)? {
                return Ok(false);
            }
        }
        self.tails(&listing.tails, is_last)
    }

    /// False when it is there no more.
    fn segment(&mut self, first: Seq, last: Seq) -> Result<bool, ReadError> {
        let segment = Segment::new(&self.shelf, first, last);
        self.meter.at(&segment.name, 0);
        let verified = segment.verify();
        if first > self.next {
            let problem = format!("records {} to {} are missing before it", self.next, first.0 - 1);
            self.report.problem(&segment.name, Some((self.next, Seq(first.0 - 1))), problem);
        }
        match verified {
            Ok(verified) => {
                self.chain = Some(verified.summary.chain());
                self.meter.at(&segment.name, segment.file_bytes().unwrap_or(0));
            }
            Err(ReadError::Io(error)) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => self.report.take(error, Some((first, last)))?,
        }
        self.report.segments += 1;
        self.next = last.next();
        self.runs.segments.push(Arc::new(segment));
        Ok(true)
    }

    fn tails(&mut self, ordinals: &[u64], is_last: bool) -> Result<bool, ReadError> {
        let mut found = Vec::new();
        for ordinal in ordinals {
            let name = names::tail(*ordinal);
            self.meter.at(&name, 0);
            match read_whole(&**self.store, &name) {
                Ok(bytes) => found.push((*ordinal, name, bytes)),
                // Sealed meanwhile, or not yet written.
                Err(error) if error.kind() == ErrorKind::NotFound && !is_last => return Ok(false),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut chain =
            self.chain.or_else(|| found.iter().find_map(|(_, _, bytes)| journal_in(bytes)).map(Chain::new));
        if let (Some(chain), Some(about)) = (&mut chain, &self.about) {
            chain.journal = about.journal;
        }
        let Some(mut chain) = chain else { return Ok(true) };
        self.runs.tails.clear();
        let mut next = self.next;
        for (ordinal, name, bytes) in found {
            let scanned = scan(&bytes, chain);
            if scanned.frames.is_empty() && is_sealed(&bytes, chain) {
                continue;
            }
            if let Some(problem) = problem_of(&scanned, next) {
                if !is_last {
                    return Ok(false);
                }
                self.report.problem(&name, Some((next, next)), problem);
            }
            (chain, next) = (scanned.chain, self.tail(ordinal, name, &bytes, &scanned, next)?);
        }
        (self.next, self.chain) = (next, Some(chain));
        Ok(true)
    }

    /// Looks at each record of a tail; answers the number behind the last.
    fn tail(
        &mut self,
        ordinal: u64,
        name: String,
        bytes: &[u8],
        scanned: &Scan,
        mut next: Seq,
    ) -> Result<Seq, ReadError> {
        if scanned.rest == Rest::Torn && self.report.process.is_none() {
            self.report.notes.push(format!(
                "{name}: the end is torn, which a kill leaves; nothing acknowledged is missing"
            ));
        }
        let tail = match self.store.open(&name) {
            Ok(file) => Tail::new(name, ordinal, file),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(next),
            Err(error) => return Err(error.into()),
        };
        for (place, head) in &scanned.frames {
            match Scan::addition(bytes, *place, head) {
                Ok(addition) => tail.publish(addition, *place, head.chain()),
                Err(problem) => {
                    let last = Seq(head.first.0 + u64::from(head.records) - 1);
                    self.report.problem(&tail.name, Some((head.first, last)), problem);
                }
            }
            next = Seq(head.first.0 + u64::from(head.records));
        }
        self.runs.tails.push(Arc::new(tail));
        Ok(next)
    }
}

/// What is wrong with a tail that should go on with `next`.
fn problem_of(scanned: &Scan, next: Seq) -> Option<String> {
    match scanned.rest {
        Rest::Damaged(later) => {
            let (at, missing) = (scanned.end, scanned.chain.number + 1);
            return Some(format!(
                "frame {missing} at byte {at} is unreadable, and frame {later} stands behind it"
            ));
        }
        Rest::Newer(format) => return Some(format!("a frame of it has format {format}, which is not known")),
        Rest::Blank | Rest::Torn => {}
    }
    let first = scanned.frames.first().map(|(_, head)| head.first)?;
    (first != next).then(|| format!("it begins with record {first}, and {next} should come next"))
}

/// Whether all of a tail is in a segment, and only its file is left.
fn is_sealed(bytes: &[u8], sealed: Chain) -> bool {
    match crate::frame::find(bytes) {
        crate::frame::Found::Frame(head) => head.journal == sealed.journal && head.number <= sealed.number,
        _ => false,
    }
}
