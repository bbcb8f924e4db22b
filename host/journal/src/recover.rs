//! What is there at a start: the segments by their names, and the tails read whole.
//!
//! All tails are looked through before one is written, so that a damaged journal is
//! left as it was found. Removed is only what stands elsewhere too.

use std::sync::Arc;

use event::{Seq, Timestamp};

use crate::about::{self, About};
use crate::error::damaged;
use crate::frame::{Chain, Found, find};
use crate::history::{History, Runs};
use crate::names::{self, Listing};
use crate::segment::{Segment, Shelf};
use crate::store::{Store, StoreFile};
use crate::tail::{Rest, Scan, Tail, TailWriter, fill_with_zeros, journal_in, scan, step_bytes};
use crate::{OpenError, Options, ReadError};

/// The log as it stands, ready to go on.
pub(crate) struct Recovered {
    pub(crate) history: Arc<History>,
    pub(crate) tail: TailWriter,
    /// The last record; zero in an empty journal.
    pub(crate) head: Seq,
    /// When that came in; none in an empty journal.
    pub(crate) received: Option<Timestamp>,
    /// What the log said of itself; none in one of the first format, and in a new one.
    pub(crate) stated: Option<About>,
}

/// A tail's file and what it holds.
struct TailFile {
    ordinal: u64,
    name: String,
    file: Arc<dyn StoreFile>,
    bytes: Vec<u8>,
}

/// # Errors
/// [`OpenError::Damaged`] when something acknowledged is unreadable, unless [`Options::accept_loss`].
pub(crate) fn recover(store: &Arc<dyn Store>, options: &Options) -> Result<Recovered, OpenError> {
    let (stated, lost) = match About::read(&**store) {
        Err(ReadError::Damaged(damage)) if options.accept_loss => {
            tracing::error!(%damage, "the other files are believed instead, as its loss is accepted");
            (None, true)
        }
        stated => (stated?, false),
    };
    let listing = Listing::of(&**store)?;
    // A stop may have come between naming a file and syncing its name. What is built on such a
    // file would be lost with it, once the power goes.
    store.sync_names()?;
    for name in &listing.unfinished {
        clear_away(&**store, name);
    }
    let shelf = Shelf::new(Arc::clone(store));
    let begins = stated.as_ref().map_or(Seq(1), |about| about.first);
    let segments = segments(&**store, &shelf, &listing.segments, begins)?;
    let begins = beginning(&segments, begins, options.accept_loss)?;
    let newest = segments.last().map(|s| s.summary()).transpose()?;
    let mut tails = read_tails(&**store, &listing.tails)?;
    let mut chain = match &newest {
        Some(summary) => summary.chain(),
        None => Chain::new(tails.iter().find_map(|t| journal_in(&t.bytes)).unwrap_or_else(new_journal)),
    };
    // What was restored goes on under a name of its own behind segments of another one's.
    let named = || tails.iter().find_map(|tail| journal_in(&tail.bytes)).unwrap_or(chain.journal);
    let stated = stated.or_else(|| lost.then(|| About { checked: false, ..About::new(named()) }));
    if let Some(about) = &stated {
        chain.journal = about.journal;
    }
    let sealed_upto = segments.last().map_or(Seq(begins.0 - 1), |s| s.last);
    remove_sealed(&**store, &mut tails, chain)?;
    let scans = match look_through(&tails, chain, sealed_upto) {
        Err(OpenError::Damaged(damage)) if options.accept_loss => {
            tracing::error!(%damage, "what follows is set aside, as its loss is accepted");
            cut_damage(&**store, &mut tails, chain)?;
            look_through(&tails, chain, sealed_upto)?
        }
        scans => scans?,
    };
    let next_ordinal = listing.tails.last().map_or(1, |last| last + 1);
    let step = step_bytes(options.segment_bytes);
    let (mut tails, writer) = reopen(tails, scans, step)?;
    let tail = match writer {
        Some(tail) => tail,
        None => TailWriter::create(&**store, next_ordinal, chain, step)?,
    };
    if tails.is_empty() {
        tails.push(Arc::clone(&tail.tail));
    }
    let last_tail = tails.iter().rev().find_map(|t| Some((t.last()?, t.contents().received?.1)));
    let (head, received) = match (last_tail, newest) {
        (Some((head, received)), _) => (head, Some(received)),
        (None, Some(summary)) => (sealed_upto, Some(summary.received.1)),
        (None, None) => (sealed_upto, None),
    };
    let about = About { first: begins, ..About::new(chain.journal) };
    let history = Arc::new(History::new(shelf, Runs { segments, tails }, about));
    Ok(Recovered { history, tail, head, received, stated })
}

/// Where history begins, which must be where it is said to.
fn beginning(segments: &[Arc<Segment>], stated: Seq, accept_loss: bool) -> Result<Seq, OpenError> {
    let Some(oldest) = segments.first().filter(|oldest| oldest.first > stated) else { return Ok(stated) };
    let problem = format!("records {stated} to {} are missing before it", oldest.first.0 - 1);
    if !accept_loss {
        return Err(damaged(&oldest.name, problem).into());
    }
    tracing::error!(segment = oldest.name, problem, "history begins there, as the loss is accepted");
    Ok(oldest.first)
}

/// In order and without a gap. What a merged segment holds as well is removed, and so
/// is what has aged out before `begins`.
fn segments(
    store: &dyn Store,
    shelf: &Arc<Shelf>,
    names: &[(Seq, Seq)],
    begins: Seq,
) -> Result<Vec<Arc<Segment>>, OpenError> {
    let mut segments: Vec<Arc<Segment>> = Vec::new();
    // The longest of those with one beginning comes first.
    let mut names = names.to_vec();
    names.sort_unstable_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
    for (first, last) in names {
        let upto = segments.last().map(|s| s.last);
        if last < begins || upto.is_some_and(|upto| last <= upto) {
            clear_away(store, &names::segment(first, last));
            continue;
        }
        if let Some(upto) = upto.filter(|upto| upto.next() != first) {
            let problem = format!("the segment before it ends with record {upto}");
            return Err(damaged(&names::segment(first, last), problem).into());
        }
        segments.push(Arc::new(Segment::new(shelf, first, last)));
    }
    Ok(segments)
}

fn read_tails(store: &dyn Store, ordinals: &[u64]) -> Result<Vec<TailFile>, OpenError> {
    let read = |ordinal: &u64| {
        let name = names::tail(*ordinal);
        let file = store.open(&name)?;
        let mut bytes = vec![0; file.size()? as usize];
        file.read_at(0, &mut bytes)?;
        Ok(TailFile { ordinal: *ordinal, name, file, bytes })
    };
    ordinals.iter().map(read).collect()
}

/// Removes what nobody needs any more. Where that fails, the file stays for the next start
/// to try: it is no reason not to begin.
fn clear_away(store: &dyn Store, name: &str) {
    if let Err(error) = store.remove(name) {
        tracing::warn!(%error, name, "a file that is of no more use cannot be removed; it stays for now");
    }
}

/// A stop between sealing a tail and removing it leaves both; so does a removal that fails,
/// whatever was sealed since then.
fn remove_sealed(store: &dyn Store, tails: &mut Vec<TailFile>, sealed: Chain) -> Result<(), OpenError> {
    while let Some(tail) = tails.first()
        && let Found::Frame(head) = find(&tail.bytes)
        && head.journal == sealed.journal
        && head.number <= sealed.number
    {
        let before = Chain { journal: head.journal, number: head.number - 1, checksum: head.before };
        let found = scan(&tail.bytes, before);
        let beyond = matches!(found.rest, Rest::Damaged(later) if later > sealed.number);
        let other = found.chain.number == sealed.number && found.chain != sealed;
        if found.chain.number > sealed.number || beyond || other {
            let problem = "it is sealed in part only";
            return Err(damaged(&tail.name, problem).into());
        }
        clear_away(store, &tail.name);
        tails.remove(0);
    }
    Ok(())
}

/// Finds the good frames of each tail; changes nothing.
fn look_through(tails: &[TailFile], mut chain: Chain, mut head: Seq) -> Result<Vec<Scan>, OpenError> {
    let mut scans = Vec::new();
    for tail in tails {
        let found = scan(&tail.bytes, chain);
        for (_, frame) in &found.frames {
            if frame.first != head.next() {
                let problem =
                    format!("frame {} begins with record {}, after {head}", frame.number, frame.first);
                return Err(damaged(&tail.name, problem).into());
            }
            head = Seq(head.0 + u64::from(frame.records));
        }
        match found.rest {
            Rest::Blank | Rest::Torn => {}
            Rest::Newer(format) => {
                let known = u64::from(about::FORMAT);
                return Err(ReadError::newer(&tail.name, format.into(), known).into());
            }
            Rest::Damaged(later) => {
                let (at, next) = (found.end, found.chain.number + 1);
                let problem =
                    format!("frame {next} at byte {at} is unreadable, and frame {later} stands behind it");
                return Err(damaged(&tail.name, problem).into());
            }
        }
        chain = found.chain;
        scans.push(found);
    }
    Ok(scans)
}

/// Keeps a copy of each tail that is damaged or stands behind the damage, and goes on
/// with the good frames before it.
fn cut_damage(store: &dyn Store, tails: &mut Vec<TailFile>, chain: Chain) -> Result<(), OpenError> {
    let (mut kept, mut chain) = (Vec::new(), chain);
    let mut cut = false;
    for mut tail in tails.drain(..) {
        let found = scan(&tail.bytes, chain);
        if !cut && !matches!(found.rest, Rest::Damaged(_)) {
            chain = found.chain;
            kept.push(tail);
            continue;
        }
        let copy = store.create(&format!("damaged-{}", tail.name))?;
        copy.write_at(0, &tail.bytes)?;
        copy.sync()?;
        store.sync_names()?;
        if cut {
            store.remove(&tail.name)?;
            continue;
        }
        fill_with_zeros(&*tail.file, found.end, tail.bytes.len() as u64)?;
        tail.file.sync()?;
        tail.bytes[found.end as usize..].fill(0);
        cut = true;
        kept.push(tail);
    }
    *tails = kept;
    Ok(())
}

/// Makes the tails readable, and the last of them writable behind its good frames.
fn reopen(
    files: Vec<TailFile>,
    scans: Vec<Scan>,
    step: u64,
) -> Result<(Vec<Arc<Tail>>, Option<TailWriter>), OpenError> {
    let (mut tails, mut writer) = (Vec::new(), None);
    for (file, found) in files.into_iter().zip(scans) {
        if found.rest == Rest::Torn {
            tracing::warn!(tail = file.name, "the end is torn: what was not acknowledged is cut");
            fill_with_zeros(&*file.file, found.end, file.bytes.len() as u64)?;
            file.file.sync()?;
        }
        settle_last_frame(&file, &found)?;
        let tail = Arc::new(Tail::new(file.name, file.ordinal, file.file));
        for (place, head) in &found.frames {
            let addition =
                Scan::addition(&file.bytes, *place, head).map_err(|problem| damaged(&tail.name, problem))?;
            tail.publish(addition, *place, head.chain());
        }
        tails.push(Arc::clone(&tail));
        writer = Some(TailWriter::resume(tail, found.chain, found.end, step)?);
    }
    Ok((tails, writer))
}

/// After a sync that failed, a system may serve what it has dropped. A frame that is there
/// in this way only would be missing, with others behind it, once the power goes: so the
/// last one, which is the only one that nobody may have synced, is written again.
fn settle_last_frame(file: &TailFile, found: &Scan) -> std::io::Result<()> {
    let Some((place, _)) = found.frames.last() else { return Ok(()) };
    file.file.write_at(*place, &file.bytes[*place as usize..found.end as usize])?;
    file.file.sync()
}

/// Random enough never to meet another journal's.
fn new_journal() -> u128 {
    ulid::Ulid::generate().0
}
