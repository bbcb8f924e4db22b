//! What there is to read: the segments, and the tail or two behind them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use event::{Recorded, Seq};
use tokio::sync::watch;

use crate::about::About;
use crate::block::{Block, Times, block_at};
use crate::entry::{Entries, Entry, Groups, StoredGroup};
use crate::error::damaged;
use crate::segment::{Segment, Shelf, Summary};
use crate::tail::Tail;
use crate::{Damage, ReadError};

/// All that is stored. Readers take what stands; the writer adds tails, and the
/// sealer puts segments in their place.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) shelf: Arc<Shelf>,
    runs: RwLock<Runs>,
    /// What is known of the log as a whole. Whoever changes which files there are holds
    /// this: sealing, merging, ageing and snapshots come one after the other.
    about: Mutex<About>,
    /// The same as there, for whoever cannot wait.
    begins: AtomicU64,
    /// Follows what becomes of the files.
    upkeep: watch::Sender<Upkeep>,
}

/// What the sealer has to say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upkeep {
    /// Rises whenever a file comes or goes.
    pub(crate) generation: u64,
    /// Why the last try to seal a tail failed, if it did.
    pub(crate) trouble: Option<String>,
}

/// In order of their records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) tails: Vec<Arc<Tail>>,
}

/// One file of records, whichever kind.
#[derive(Clone, Debug)]
pub(crate) enum Run {
    Tail(Arc<Tail>),
    Segment(Arc<Segment>),
}

impl History {
    pub(crate) fn new(shelf: Arc<Shelf>, runs: Runs, about: About) -> History {
        let upkeep = watch::Sender::new(Upkeep { generation: 1, trouble: None });
        let begins = AtomicU64::new(about.first.0);
        History { shelf, runs: RwLock::new(runs), about: Mutex::new(about), begins, upkeep }
    }

    pub(crate) fn about(&self) -> MutexGuard<'_, About> {
        self.about.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first record that is kept; the next to come when there is none.
    pub(crate) fn first(&self) -> Seq {
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        runs.first().unwrap_or_else(|| self.begins())
    }

    /// The last record that is kept; the one before the first when there is none.
    pub(crate) fn last(&self) -> Seq {
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        runs.last().unwrap_or_else(|| Seq(self.begins().0 - 1))
    }

    pub(crate) fn runs(&self) -> Runs {
        self.runs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last record that lies in a segment; the one before the first when there is none.
    pub(crate) fn sealed_upto(&self) -> Seq {
        let newest = self.runs.read().unwrap_or_else(PoisonError::into_inner).segments.last().map(|s| s.last);
        newest.unwrap_or_else(|| Seq(self.begins().0 - 1))
    }

    /// Lets the oldest segments go, up to the one that begins with `about`'s first record,
    /// which is on the disk already. Their files go when nobody reads them any more.
    pub(crate) fn forget_before(&self, about: &About) {
        self.begins.store(about.first.0, Ordering::Release);
        let mut gone = Vec::new();
        self.change(|runs| {
            let kept = runs.segments.partition_point(|segment| segment.last < about.first);
            gone = runs.segments.drain(..kept).collect();
        });
        gone.iter().for_each(|segment| segment.retire());
    }

    fn begins(&self) -> Seq {
        Seq(self.begins.load(Ordering::Acquire))
    }

    /// How many tails there are: two while one is being sealed.
    pub(crate) fn tails(&self) -> usize {
        self.runs.read().unwrap_or_else(PoisonError::into_inner).tails.len()
    }

    /// Rises whenever a file comes or goes.
    pub(crate) fn generation(&self) -> u64 {
        self.upkeep.borrow().generation
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Upkeep> {
        self.upkeep.subscribe()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Runs)) {
        change(&mut self.runs.write().unwrap_or_else(PoisonError::into_inner));
        self.upkeep.send_modify(|upkeep| {
            upkeep.generation += 1;
            upkeep.trouble = None;
        });
    }

    /// Says that a tail cannot be sealed for now.
    pub(crate) fn complain(&self, trouble: String) {
        self.upkeep.send_modify(|upkeep| upkeep.trouble = Some(trouble));
    }

    pub(crate) fn sizes(&self) -> Result<Sizes, ReadError> {
        let Runs { segments, tails } = self.runs();
        let of_tail =
            |tail: &Arc<Tail>| tail.contents().blocks.iter().map(|block| u64::from(block.bytes)).sum::<u64>();
        Ok(Sizes {
            segments: segments.len(),
            segment_bytes: segments.iter().map(|segment| segment.file_bytes()).sum::<Result<_, _>>()?,
            tail_bytes: tails.iter().map(of_tail).sum(),
        })
    }

    /// Up to `limit` records after `after`, in order.
    pub(crate) fn read(&self, after: Seq, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let mut records = Vec::new();
        self.collect(after, limit, &mut records)?;
        Ok(records)
    }

    /// The same, for whoever goes on where something is damaged: those before it, and then
    /// how far it reaches.
    pub(crate) fn stretch(&self, after: Seq, limit: usize) -> Result<Stretch, ReadError> {
        let mut records = Vec::new();
        match self.collect(after, limit, &mut records) {
            Ok(()) => Ok(Stretch::Records(records)),
            Err(ReadError::Damaged(_)) if !records.is_empty() => Ok(Stretch::Records(records)),
            Err(ReadError::Damaged(damage)) => {
                let first = after.next();
                Ok(Stretch::Unreadable(Unreadable { damage, first, last: self.damaged_upto(first) }))
            }
            Err(error) => Err(error),
        }
    }

    fn collect(&self, after: Seq, limit: usize, records: &mut Vec<Recorded>) -> Result<(), ReadError> {
        self.visit(after, |run, entry| {
            if records.len() < limit {
                records.push(entry.recorded().map_err(|problem| damaged(run.name(), problem))?);
            }
            Ok::<bool, ReadError>(records.len() < limit)
        })
    }

    /// The last record before one that can be read, or that might be: the rest of a block
    /// that cannot be loaded, or of a file whose blocks are not known, is passed with it.
    fn damaged_upto(&self, first: Seq) -> Seq {
        let Some(run) = self.run_at(first) else { return first };
        let Ok(Some(block)) = run.block_at(first) else { return run.last().unwrap_or(first) };
        let Ok(bytes) = run.load(&block) else { return block.last };
        let whole = |(number, entry): &(u64, Result<Entry<'_>, String>)| {
            Seq(*number) > first && entry.as_ref().is_ok_and(|entry| entry.record().is_ok())
        };
        let next = (block.first.0..).zip(Entries::new(&bytes, block.first, block.last)).find(whole);
        next.map_or(block.last, |(number, _)| Seq(number - 1))
    }

    /// Calls `take` with each group after `after`, which is the end of a group.
    pub(crate) fn visit_groups<E: From<ReadError>>(
        &self,
        after: Seq,
        take: impl FnMut(StoredGroup) -> Result<(), E>,
    ) -> Result<(), E> {
        self.visit_groups_upto(after, Seq(u64::MAX), take)
    }

    /// The same up to a record, which is the last of its group.
    pub(crate) fn visit_groups_upto<E: From<ReadError>>(
        &self,
        after: Seq,
        upto: Seq,
        mut take: impl FnMut(StoredGroup) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut groups = Groups::default();
        self.visit(after, |run, entry| {
            if entry.seq > upto {
                return Ok(false);
            }
            if let Some(group) = groups.push(entry).map_err(|problem| damaged(run.name(), problem))? {
                take(group)?;
            }
            Ok(true)
        })
    }

    /// Calls `look` with each record after `after`, until it answers false.
    pub(crate) fn visit<E: From<ReadError>>(
        &self,
        after: Seq,
        mut look: impl FnMut(&Run, &Entry<'_>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut next = after.next();
        while let Some(run) = self.run_at(next) {
            let Some(block) = run.block_at(next)? else { return Ok(()) };
            let bytes = run.load(&block)?;
            for (number, entry) in (block.first.0..).zip(Entries::new(&bytes, block.first, block.last)) {
                if Seq(number) < next {
                    continue;
                }
                let entry = entry.map_err(|problem| damaged(run.name(), problem))?;
                if !look(&run, &entry)? {
                    return Ok(());
                }
            }
            next = block.last.next();
        }
        Ok(())
    }

    /// The file that holds `seq`, or else the next one behind it.
    fn run_at(&self, seq: Seq) -> Option<Run> {
        let runs = self.runs.read().unwrap_or_else(PoisonError::into_inner);
        let at = runs.segments.partition_point(|s| s.last < seq);
        match runs.segments.get(at) {
            Some(segment) => Some(Run::Segment(Arc::clone(segment))),
            None => {
                let tail = runs.tails.iter().find(|t| t.last().is_some_and(|last| last >= seq))?;
                Some(Run::Tail(Arc::clone(tail)))
            }
        }
    }
}

/// What comes next in the journal.
#[derive(Debug)]
pub enum Stretch {
    /// Empty when nothing more is there.
    Records(Vec<Recorded>),
    /// What comes next cannot be read.
    Unreadable(Unreadable),
}

/// Records that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub damage: Damage,
    pub first: Seq,
    pub last: Seq,
}

/// How much there is.
pub(crate) struct Sizes {
    pub(crate) segments: usize,
    /// Of their files.
    pub(crate) segment_bytes: u64,
    /// Of the records in tails.
    pub(crate) tail_bytes: u64,
}

impl Runs {
    fn first(&self) -> Option<Seq> {
        let of_tail = |tail: &Arc<Tail>| tail.contents().blocks.first().map(|block| block.first);
        let segment = self.segments.first().map(|segment| segment.first);
        segment.or_else(|| self.tails.iter().find_map(of_tail))
    }

    fn last(&self) -> Option<Seq> {
        let tail = self.tails.iter().rev().find_map(|tail| tail.last());
        tail.or_else(|| self.segments.last().map(|segment| segment.last))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = Run> + use<'_> {
        let segments = self.segments.iter().cloned().map(Run::Segment);
        segments.chain(self.tails.iter().cloned().map(Run::Tail))
    }
}

impl Run {
    /// From the first record to the last; none when there is none.
    pub(crate) fn span(&self) -> Option<(Seq, Seq)> {
        let first = match self {
            Run::Tail(tail) => tail.contents().blocks.first().map(|block| block.first),
            Run::Segment(segment) => Some(segment.first),
        };
        first.zip(self.last())
    }

    fn last(&self) -> Option<Seq> {
        match self {
            Run::Tail(tail) => tail.last(),
            Run::Segment(segment) => Some(segment.last),
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Run::Tail(tail) => &tail.name,
            Run::Segment(segment) => &segment.name,
        }
    }

    pub(crate) fn summary(&self) -> Result<Summary, ReadError> {
        match self {
            Run::Tail(tail) => Summary::of_tail(tail).ok_or_else(|| damaged(&tail.name, "it is empty")),
            Run::Segment(segment) => segment.summary(),
        }
    }

    /// Earliest and latest event time within.
    pub(crate) fn times(&self) -> Result<Times, ReadError> {
        match self {
            Run::Tail(tail) => Ok(tail.contents().times),
            Run::Segment(segment) => Ok(segment.summary()?.times()),
        }
    }

    /// The blocks that `wanted` picks, in order.
    pub(crate) fn blocks(&self, wanted: impl Fn(&Block) -> bool) -> Result<Vec<Block>, ReadError> {
        let pick = |blocks: &[Block]| blocks.iter().filter(|b| wanted(b)).copied().collect();
        match self {
            Run::Tail(tail) => Ok(pick(&tail.contents().blocks)),
            Run::Segment(segment) => segment.with_blocks(pick),
        }
    }

    fn block_at(&self, seq: Seq) -> Result<Option<Block>, ReadError> {
        match self {
            Run::Tail(tail) => Ok(block_at(&tail.contents().blocks, seq)),
            Run::Segment(segment) => segment.with_blocks(|blocks| block_at(blocks, seq)),
        }
    }

    pub(crate) fn load(&self, block: &Block) -> Result<Vec<u8>, ReadError> {
        match self {
            Run::Tail(tail) => Ok(tail.load(block)?),
            Run::Segment(segment) => segment.load(block),
        }
    }
}
