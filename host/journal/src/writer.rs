//! The writer: it alone decides, appends, syncs, commits and answers, in this order.
//!
//! What waits is taken as one batch, into one frame with one sync. A group is decided
//! by the state inside its open transaction, so each group sees those before it; and
//! nobody hears anything, not even a no, before all that it rests on is synced.

use std::sync::Arc;
use std::time::Duration;

use event::{Clock, Receipt, Refusal, Seq, Stored, Timestamp};
use meter::Timer;
use tokio::sync::oneshot;

use crate::entry::{Entry, event_of};
use crate::error::Ended;
use crate::frame::FrameBuilder;
use crate::growth::Head;
use crate::history::History;
use crate::known::Known;
use crate::meters::Meters;
use crate::queue::{Group, Job, Jobs, Next, Verdict};
use crate::replay::{ReplayError, catch_up};
use crate::room::Room;
use crate::sealer::{Sealer, Sizes, merge, seal};
use crate::state::Batch;
use crate::store::{Store, is_full};
use crate::tail::{Addition, TailWriter, WriteError, step_bytes};
use crate::{ReadError, State, StateError};

/// How long the state's file may lag: what a start has to replay at most.
pub(crate) const CHECKPOINT: Duration = Duration::from_secs(1);

/// How long to leave a full disk alone.
const FULL_PAUSE: Duration = Duration::from_millis(250);

pub(crate) struct Writer {
    pub(crate) meters: Arc<Meters>,
    pub(crate) room: Arc<Room>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) history: Arc<History>,
    pub(crate) state: State,
    pub(crate) known: Known,
    pub(crate) tail: TailWriter,
    pub(crate) sealer: Sealer,
    pub(crate) sizes: Sizes,
    /// A tail is sealed at the latest when its first record is this old.
    pub(crate) seal_after_ms: i64,
    /// The last record that is synced, and in the state.
    pub(crate) head: Head,
    /// When the last record came in.
    pub(crate) received: Timestamp,
    /// Nothing is stamped before this moment.
    pub(crate) floor: Timestamp,
    /// The last batch found no room.
    pub(crate) full: bool,
    /// The first commit that is not durable yet.
    pub(crate) changed_since: Option<Timestamp>,
    /// How it waits for space when there is no way back.
    pub(crate) pause: Pause,
}

pub(crate) type Pause = Box<dyn FnMut(Duration) + Send>;

/// A batch in the making.
struct Taken {
    frame: FrameBuilder,
    addition: Addition,
    first: Seq,
    next: Seq,
    answers: Vec<(oneshot::Sender<Verdict>, Verdict)>,
    settled: Vec<(oneshot::Sender<Seq>, Seq)>,
}

/// Whether the writer goes on.
pub(crate) enum Step {
    More,
    /// It has ended in order; whoever asked for that is to be told.
    Last(Option<oneshot::Sender<()>>),
}

/// Why a batch was not stored.
enum Failure {
    Full(String),
    Ended(Ended),
}

impl Writer {
    /// Works until somebody closes the journal, or nobody is left, or it cannot go on.
    pub(crate) fn run(mut self, jobs: &Jobs) -> Result<Option<oneshot::Sender<()>>, Ended> {
        loop {
            let patience = self.changed_since.map(|_| CHECKPOINT);
            self.meters.pulse.rest();
            let next = jobs.next(patience);
            self.meters.pulse.beat();
            if let Step::Last(closer) = self.step(next)? {
                return Ok(closer);
            }
        }
    }

    /// Deals with what comes next, and with what is due besides.
    pub(crate) fn step(&mut self, next: Next) -> Result<Step, Ended> {
        let idle = match next {
            Next::Batch(mut batch) => {
                let last = batch.pop_if(|job| matches!(job, Job::Rotate { .. } | Job::Close { .. }));
                self.take(batch)?;
                match last {
                    Some(Job::Close { answer }) => {
                        self.finish()?;
                        return Ok(Step::Last(Some(answer)));
                    }
                    Some(Job::Rotate { answer }) => {
                        let rotated = self.rotate_on_request()?;
                        // Whoever went away meanwhile does not hear it.
                        let _ = answer.send(rotated);
                    }
                    _ => {}
                }
                false
            }
            Next::Idle => true,
            Next::Abandoned => {
                self.checkpoint()?;
                return Ok(Step::Last(None));
            }
        };
        let due = |since: Timestamp| self.clock.now().since(since) >= CHECKPOINT.as_millis() as i64;
        if self.changed_since.is_some_and(|since| idle || due(since)) {
            self.checkpoint()?;
        }
        self.rotate_when_due()?;
        Ok(Step::More)
    }

    /// Stores a batch and answers it.
    ///
    /// # Errors
    /// When nothing more may be acknowledged; the batch was told so.
    pub(crate) fn take(&mut self, jobs: Vec<Job>) -> Result<(), Ended> {
        if jobs.is_empty() {
            return Ok(());
        }
        let timer = Timer::start();
        let first = self.head.get().next();
        let mut taken = Taken {
            frame: FrameBuilder::new(),
            addition: Addition::default(),
            first,
            next: first,
            answers: Vec::new(),
            settled: Vec::new(),
        };
        let stored = self.store(jobs, &mut taken);
        self.meters.batches.add(timer.elapsed());
        self.room.measure();
        match stored {
            Ok(()) => {
                if std::mem::take(&mut self.full) {
                    tracing::warn!("there is room on the disk again");
                }
                self.meters.records.add(taken.next.0 - taken.first.0);
                taken.answer(&self.meters);
                Ok(())
            }
            Err(Failure::Full(message)) => {
                // Said once, and not for each batch: the log may go to the same disk.
                if !std::mem::replace(&mut self.full, true) {
                    tracing::error!(%message, "the disk is full: what comes in is refused");
                }
                taken.refuse(&Refusal::Full { message }, self.head.get(), &self.meters);
                Ok(())
            }
            Err(Failure::Ended(ended)) => {
                let refusal = Refusal::Closed { message: ended.to_string() };
                taken.refuse(&refusal, self.head.get(), &self.meters);
                Err(ended)
            }
        }
    }

    fn store(&mut self, jobs: Vec<Job>, taken: &mut Taken) -> Result<(), Failure> {
        let state = self.state.clone();
        let mut batch = match self.begin(&state) {
            Ok(batch) => batch,
            Err(failure) => {
                jobs.into_iter().for_each(|job| self.put_off(job, taken));
                return Err(failure);
            }
        };
        self.known.refresh(self.received);
        for job in jobs {
            match job {
                Job::Store(group) => self.decide(&mut batch, group, taken),
                other => self.put_off(other, taken),
            }
        }
        if taken.frame.is_empty() {
            return Ok(());
        }
        let frame = std::mem::replace(&mut taken.frame, FrameBuilder::new());
        let timer = Timer::start();
        let appended = self.tail.append(frame, taken.first).map_err(|error| match error {
            WriteError::Full(error) => Failure::Full(error.to_string()),
            WriteError::Failed(error) => Failure::Ended(Ended::SyncFailed(error.to_string())),
        })?;
        self.meters.syncs.add(timer.elapsed());
        let mut addition = std::mem::take(&mut taken.addition);
        addition.identities = self.known.take_fresh();
        appended.publish(addition);
        self.commit(batch)?;
        self.head.set(Seq(taken.next.0 - 1));
        Ok(())
    }

    /// Lets the state decide about one group, and notes what is to be written.
    fn decide(&mut self, batch: &mut Batch<'_>, group: Group, taken: &mut Taken) {
        let received = self.clock.now().max(self.received).max(self.floor);
        let verdict = batch.apply(taken.next, received, &group.draft, &self.known);
        let verdict = verdict.map(|stored| {
            let new = |stored: &Stored| matches!(stored, Stored::New(_));
            let mut left = stored.iter().filter(|s| new(s)).count() as u32;
            for ((record, json), seq) in group.draft.records.iter().zip(&group.bodies).zip(&stored) {
                let Stored::New(seq) = *seq else { continue };
                left -= 1;
                let event = event_of(record);
                if let Some(identity) = event.and_then(|e| e.identity) {
                    self.known.note(identity.key, seq, identity.content);
                }
                let time = event.map(|e| e.event.time);
                let entry = Entry { seq, received, time, left, json };
                let place = taken.frame.push(&entry);
                taken.addition.note(&entry, place);
                taken.next = seq.next();
                self.received = received;
            }
            Receipt { received, stored }
        });
        taken.answers.push((group.answer, verdict));
    }

    /// Takes a job whose answer waits for the batch's end and asks nothing of the state.
    fn put_off(&mut self, job: Job, taken: &mut Taken) {
        match job {
            Job::Store(group) => taken.answers.push((group.answer, Err(Refusal::Busy))),
            Job::Settle { until, answer } => {
                self.floor = self.floor.max(until.plus_ms(1));
                taken.settled.push((answer, Seq(taken.next.0 - 1)));
            }
            Job::Rotate { .. } | Job::Close { .. } => unreachable!("a batch ends before these"),
        }
    }

    /// The state's next transaction. After an error redb takes no more: then the file is
    /// opened again, and what it has lost is replayed.
    fn begin<'s>(&self, state: &'s State) -> Result<Batch<'s>, Failure> {
        let lost = state.applied() != self.head.get();
        if !lost && let Ok(batch) = state.begin() {
            return Ok(batch);
        }
        self.restore()?;
        state.begin().map_err(|error| state_failure(error.into()))
    }

    /// Commits what is synced already: there is no way back, so a full disk is waited for.
    fn commit(&mut self, batch: Batch<'_>) -> Result<(), Failure> {
        if let Err(error) = batch.commit(false) {
            tracing::error!(%error, "the state did not take what is synced; it is opened again");
            while let Err(failure) = self.restore() {
                let Failure::Full(message) = failure else { return Err(failure) };
                tracing::warn!(%message, "the state waits for space");
                self.meters.pulse.beat();
                (self.pause)(FULL_PAUSE);
            }
        }
        self.changed_since.get_or_insert_with(|| self.clock.now());
        Ok(())
    }

    fn restore(&self) -> Result<(), Failure> {
        let restored = self.state.reopen().map_err(ReplayError::from);
        restored.and_then(|_| catch_up(&self.state, &self.history, &*self.clock)).map_err(state_failure)
    }

    /// Makes the state durable as it stands.
    fn checkpoint(&mut self) -> Result<(), Ended> {
        if self.changed_since.is_none() {
            return Ok(());
        }
        let timer = Timer::start();
        let done = self.begin(&self.state).and_then(|batch| batch.commit(true).map_err(not_durable));
        self.meters.checkpoints.add(timer.elapsed());
        match done {
            Ok(()) => self.changed_since = None,
            Err(Failure::Full(message)) => {
                tracing::warn!(%message, "the state is not made durable; it will be tried again");
                self.changed_since = Some(self.clock.now());
            }
            Err(Failure::Ended(ended)) => return Err(ended),
        }
        Ok(())
    }

    /// Goes on in a new tail, when the old one is large or old enough and the one before
    /// that is sealed.
    fn rotate_when_due(&mut self) -> Result<(), Ended> {
        let begun = self.tail.tail.contents().received.map(|(first, _)| first);
        let old = begun.is_some_and(|first| self.received.since(first) >= self.seal_after_ms);
        let large = self.tail.used_bytes() >= self.sizes.segment_bytes;
        if (old || large) && self.history.tails() == 1 { self.rotate().map(drop) } else { Ok(()) }
    }

    /// Goes on in a new tail because somebody wants all of the old one sealed; none when
    /// that has to wait. Answers the last record that is in a segment then.
    fn rotate_on_request(&mut self) -> Result<Option<Seq>, Ended> {
        let head = self.head.get();
        if self.tail.used_bytes() == 0 && self.history.tails() == 1 {
            return Ok(Some(head));
        }
        let rotated = self.history.tails() == 1 && self.rotate()?;
        Ok(rotated.then_some(head))
    }

    /// Goes on in a new tail, unless there is no room for one.
    fn rotate(&mut self) -> Result<bool, Ended> {
        let step = step_bytes(self.sizes.segment_bytes);
        let created = TailWriter::create(&*self.store, self.tail.tail.ordinal + 1, self.tail.chain, step);
        match created {
            Ok(next) => {
                self.history.change(|runs| runs.tails.push(Arc::clone(&next.tail)));
                let full = std::mem::replace(&mut self.tail, next);
                self.sealer.seal(full.tail);
                Ok(true)
            }
            // The old one grows on.
            Err(error) if is_full(&error) => {
                self.history.complain(error.to_string());
                Ok(false)
            }
            Err(error) => Err(Ended::SyncFailed(error.to_string())),
        }
    }

    /// A clean stop: the next start finds a durable state and no tail.
    fn finish(&mut self) -> Result<(), Ended> {
        self.checkpoint()?;
        self.sealer.stop();
        for tail in self.history.runs().tails {
            if let Err(error) = seal(&*self.store, &self.history, &tail, &self.meters.sealing) {
                tracing::warn!(%error, tail = tail.name, "the tail stays as it is until the next start");
                return Ok(());
            }
        }
        merge(&self.history, self.sizes, &self.meters.sealing)
            .unwrap_or_else(|error| tracing::warn!(%error, "small segments are not merged"));
        Ok(())
    }
}

impl Taken {
    /// Whoever went away meanwhile does not hear it.
    fn answer(self, meters: &Meters) {
        for (sender, answer) in self.answers {
            meters.answered(&answer);
            let _ = sender.send(answer);
        }
        for (sender, seq) in self.settled {
            let _ = sender.send(seq);
        }
    }

    /// Nothing of the batch was stored, so every answer is this one.
    fn refuse(self, refusal: &Refusal, head: Seq, meters: &Meters) {
        for (sender, _) in self.answers {
            let answer = Err(refusal.clone());
            meters.answered(&answer);
            let _ = sender.send(answer);
        }
        for (sender, _) in self.settled {
            let _ = sender.send(head);
        }
    }
}

/// A durable commit failed. If the disk refused it, nobody knows what of it is there.
fn not_durable(error: StateError) -> Failure {
    match error {
        StateError::Storage(error) if matches!(*error, redb::Error::Io(_)) => {
            Failure::Ended(Ended::SyncFailed(error.to_string()))
        }
        error => state_failure(error.into()),
    }
}

fn state_failure(error: ReplayError) -> Failure {
    match error {
        ReplayError::State(StateError::Full(error)) => Failure::Full(error.to_string()),
        ReplayError::Read(ReadError::Io(error)) if is_full(&error) => Failure::Full(error.to_string()),
        error => Failure::Ended(Ended::StateFailed(error.to_string())),
    }
}
