//! Sealing: a full tail becomes a segment, beside the writer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use meter::Pulse;

use crate::ReadError;
use crate::history::{History, Run};
use crate::segment::{Segment, build};
use crate::store::Store;
use crate::tail::Tail;

/// How long to wait after a failure, which mostly is a full disk.
const RETRY: Duration = Duration::from_secs(10);

/// How large segments become by merging.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) segment_bytes: u64,
    /// The longest time, from the first record to the last, of a merged one: history ages
    /// out by whole segments. None when it never does by age.
    pub(crate) span_ms_max: Option<i64>,
}

/// Who seals: a thread with this one job, or the writer itself.
pub(crate) enum Sealer {
    Beside(Beside),
    InPlace(InPlace),
}

impl Sealer {
    /// Answers at once when there is a thread for it; [`History::generation`] tells when
    /// it is done.
    pub(crate) fn seal(&mut self, tail: Arc<Tail>) {
        match self {
            Sealer::Beside(beside) => beside.seal(tail),
            Sealer::InPlace(in_place) => {
                in_place.waiting.push_back(tail);
                in_place.work();
            }
        }
    }

    /// What could not be sealed in place is tried again now; a thread does so by itself.
    pub(crate) fn try_again(&mut self) {
        if let Sealer::InPlace(in_place) = self {
            in_place.work();
        }
    }

    /// Ends once the tail that is being sealed is.
    pub(crate) fn stop(&mut self) {
        match self {
            Sealer::Beside(beside) => beside.stop(),
            Sealer::InPlace(in_place) => in_place.waiting.clear(),
        }
    }
}

/// A thread, which ends when this is dropped, at the end of its job.
pub(crate) struct Beside {
    tails: Option<Sender<Arc<Tail>>>,
    thread: Option<JoinHandle<()>>,
}

impl Beside {
    pub(crate) fn start(
        store: Arc<dyn Store>,
        history: Arc<History>,
        sizes: Sizes,
        pulse: Pulse,
    ) -> std::io::Result<Beside> {
        let (sender, tails) = channel();
        let run = move || serve(&tails, &*store, &history, sizes, &pulse);
        let thread = std::thread::Builder::new().name("journal-sealer".to_owned()).spawn(run)?;
        Ok(Beside { tails: Some(sender), thread: Some(thread) })
    }

    fn seal(&self, tail: Arc<Tail>) {
        if let Some(tails) = &self.tails {
            // It can only fail when the thread panicked, and then the tail just stays.
            tails.send(tail).unwrap_or_else(|_| tracing::error!("the sealer has ended"));
        }
    }

    fn stop(&mut self) {
        self.tails = None;
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_else(|_| tracing::error!("the sealer panicked"));
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Seals where it is asked to; what fails waits for [`Sealer::try_again`].
pub(crate) struct InPlace {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) history: Arc<History>,
    pub(crate) sizes: Sizes,
    pub(crate) waiting: VecDeque<Arc<Tail>>,
}

impl InPlace {
    /// Seals what waits, up to the first failure.
    fn work(&mut self) {
        while let Some(tail) = self.waiting.front() {
            // Whoever steps is at work, and has a pulse of their own.
            let pulse = Pulse::default();
            if let Err(error) = seal(&*self.store, &self.history, tail, &pulse) {
                return complain(&self.history, tail, &error);
            }
            self.waiting.pop_front();
            merge_or_say(&self.history, self.sizes, &pulse);
        }
    }
}

fn serve(tails: &Receiver<Arc<Tail>>, store: &dyn Store, history: &History, sizes: Sizes, pulse: &Pulse) {
    // What comes while one is tried again waits behind it.
    let mut waiting = VecDeque::new();
    while let Some(tail) = waiting.pop_front().or_else(|| tails.recv().ok()) {
        while let Err(error) = seal(store, history, &tail, pulse) {
            complain(history, &tail, &error);
            match tails.recv_timeout(RETRY) {
                Ok(next) => waiting.push_back(next),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        merge_or_say(history, sizes, pulse);
    }
}

fn complain(history: &History, tail: &Tail, error: &ReadError) {
    tracing::error!(%error, tail = tail.name, "the tail is not sealed; it will be tried again");
    history.complain(format!("{} cannot be sealed: {error}", tail.name));
}

fn merge_or_say(history: &History, sizes: Sizes, pulse: &Pulse) {
    merge(history, sizes, pulse)
        .unwrap_or_else(|error| tracing::error!(%error, "small segments are not merged"));
}

/// At work from now on, until this is dropped. Whoever waited for others before was not.
/// A panic leaves it at work, and without a beat for good.
struct AtWork<'a>(&'a Pulse);

impl AtWork<'_> {
    fn begin(pulse: &Pulse) -> AtWork<'_> {
        pulse.beat();
        AtWork(pulse)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.0.rest();
        }
    }
}

/// Turns a tail that is no longer written into a segment. Its file goes when the
/// segment is safe.
pub(crate) fn seal(
    store: &dyn Store,
    history: &History,
    tail: &Arc<Tail>,
    pulse: &Pulse,
) -> Result<(), ReadError> {
    let _alone = history.about();
    let _at_work = AtWork::begin(pulse);
    let runs = history.runs();
    // A second try may find that only the file is left.
    if runs.tails.iter().any(|t| t.ordinal == tail.ordinal) {
        let run = Run::Tail(Arc::clone(tail));
        let segment = if tail.last().is_some() { Some(build(&history.shelf, &[run])?) } else { None };
        history.change(|runs| {
            runs.tails.retain(|t| t.ordinal != tail.ordinal);
            runs.segments.extend(segment.map(Arc::new));
        });
    }
    Ok(store.remove(&tail.name)?)
}

/// Merges the newest segment with the one before it, for as long as that one is not
/// much larger: so a record is rewritten a few times at most, and the number of small
/// segments stays a logarithm.
pub(crate) fn merge(history: &History, sizes: Sizes, pulse: &Pulse) -> Result<(), ReadError> {
    let _alone = history.about();
    let _at_work = AtWork::begin(pulse);
    loop {
        pulse.beat();
        let segments = history.runs().segments;
        let [.., before, last] = segments.as_slice() else { return Ok(()) };
        let (older, newer) = (stored_bytes(before)?, stored_bytes(last)?);
        let span = last.summary()?.received.1.since(before.summary()?.received.0);
        let too_long = sizes.span_ms_max.is_some_and(|most| span > most);
        if older > 2 * newer || older + newer > sizes.segment_bytes || too_long {
            return Ok(());
        }
        let runs = [before, last].map(|s| Run::Segment(Arc::clone(s)));
        let merged = Arc::new(build(&history.shelf, &runs)?);
        history.change(|runs| {
            runs.segments.truncate(runs.segments.len() - 2);
            runs.segments.push(merged);
        });
        before.retire();
        last.retire();
    }
}

fn stored_bytes(segment: &Segment) -> Result<u64, ReadError> {
    segment.with_blocks(|blocks| blocks.iter().map(|b| u64::from(b.bytes)).sum())
}
