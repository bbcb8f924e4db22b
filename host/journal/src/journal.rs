//! The handle that everybody else has.

#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use event::{Clock, Draft, Receipt, Record, Recorded, Refusal, Seq, Timestamp};
use tokio::sync::{oneshot, watch};

use crate::error::Ended;
use crate::growth::{Growth, Head};
use crate::hand::{Hand, Stepper, Writing};
use crate::history::{History, Stretch, Upkeep};
use crate::keeper::{Keeper, Retention};
use crate::known::Known;
use crate::lock::Lock;
use crate::meters::{Meters, Stats};
use crate::query::{self, EventPage, EventQuery, StoredEvent};
use crate::queue::{Answer, Gone, Group, Job, Queue, queue};
use crate::rebuild::{Sources, mark_damaged, open_state};
use crate::recover::{Recovered, recover};
use crate::room::Room;
use crate::sealer::Sizes;
use crate::segment::OPEN_MAX;
use crate::store::{Store, Stores};
use crate::writer::Writer;
use crate::{OpenError, ReadError, State, StateError, View};

/// How the journal is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The size of the tail, and about that of a segment.
    pub segment_bytes: u64,
    /// A tail that is this old, in journal time, is sealed even when it is small.
    pub seal_after_ms: i64,
    /// The largest group, as it is stored.
    pub group_bytes: usize,
    /// What may wait for the writer.
    pub queue_bytes: usize,
    /// New events are refused while less than this is free on the disk, so that there is
    /// room for what follows from those taken before; zero: they never are.
    pub keep_free_bytes: u64,
    /// How much history is kept.
    pub retention: Retention,
    /// Go on without what is damaged and all that follows it; a copy is kept.
    pub accept_loss: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: 64 << 20,
            seal_after_ms: 24 * 3600 * 1000,
            group_bytes: 16 << 20,
            queue_bytes: 32 << 20,
            keep_free_bytes: 0,
            retention: Retention::default(),
            accept_loss: false,
        }
    }
}

/// The one durable log of a data folder. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    /// None only while this is dropped.
    queue: Option<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    history: Arc<History>,
    state: State,
    head: Growth,
    ended: watch::Receiver<Option<Ended>>,
    group_bytes: usize,
    room: Arc<Room>,
    /// Where the state lies.
    state_store: Arc<dyn Store>,
    meters: Arc<Meters>,
    keeper: Keeper,
}

impl Journal {
    /// Opens what is there or begins anew, brings the state up to the log, and records
    /// that somebody listens again. Blocks for as long as that takes.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing that was acknowledged is changed then.
    pub fn open(options: Options, clock: Arc<dyn Clock>, stores: Stores) -> Result<Journal, OpenError> {
        let (journal, hand) = Journal::prepare(options, clock, stores, Writing::Beside)?;
        journal.write_beside(hand)
    }

    /// The same without threads: nothing is written but by [`Stepper::step`], and sealing is
    /// part of it. So whoever drives it decides what happens when, and it can happen again
    /// in the same order. `pause` is called where the writer can only wait for space.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_stepped(
        options: Options,
        clock: Arc<dyn Clock>,
        stores: Stores,
        pause: impl FnMut(Duration) + Send + 'static,
    ) -> Result<(Journal, Stepper), OpenError> {
        let (journal, hand) = Journal::prepare(options, clock, stores, Writing::Stepped(Box::new(pause)))?;
        Ok((journal, Stepper::new(hand)))
    }

    /// Lets a thread of its own do the writing.
    fn write_beside(self, hand: Hand) -> Result<Journal, OpenError> {
        let thread = std::thread::Builder::new().name("journal-writer".to_owned());
        let thread = thread.spawn(move || hand.run())?;
        *self.inner.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(self)
    }

    /// Opens what is there, and leaves the writing to the hand that it returns.
    fn prepare(
        options: Options,
        clock: Arc<dyn Clock>,
        stores: Stores,
        writing: Writing,
    ) -> Result<(Journal, Hand), OpenError> {
        let lock = stores.take()?;
        let found = recover(&stores.log, &options)?;
        let sources = Sources {
            options: &options,
            stores: &stores,
            history: &found.history,
            head: found.head,
            clock: &*clock,
        };
        let state = open_state(&sources)?;
        settle_format(&*stores.log, &found)?;
        Journal::start(&options, clock, stores, writing, lock, found, state)
    }

    /// Goes on with what was found.
    fn start(
        options: &Options,
        clock: Arc<dyn Clock>,
        stores: Stores,
        writing: Writing,
        lock: Option<Lock>,
        found: Recovered,
        state: State,
    ) -> Result<(Journal, Hand), OpenError> {
        let sizes =
            Sizes { segment_bytes: options.segment_bytes, span_ms_max: options.retention.segment_span_ms() };
        let store = stores.log;
        let meters = Arc::new(Meters::default());
        let (mut sealer, pause) = writing.start(&store, &found.history, sizes, &meters.sealing)?;
        let tails = found.history.runs().tails;
        for full in &tails[..tails.len() - 1] {
            sealer.seal(Arc::clone(full));
        }
        let head_sender = Head::at(found.head);
        let head = head_sender.watch();
        let room = Arc::new(Room::new(Arc::clone(&store), options.keep_free_bytes));
        let mut writer = Writer {
            meters: Arc::clone(&meters),
            room: Arc::clone(&room),
            clock: Arc::clone(&clock),
            store: Arc::clone(&store),
            known: Known::new(Arc::clone(&found.history)),
            history: Arc::clone(&found.history),
            state: state.clone(),
            tail: found.tail,
            sealer,
            sizes,
            seal_after_ms: options.seal_after_ms,
            head: head_sender,
            received: found.received.unwrap_or(Timestamp(i64::MIN)),
            floor: Timestamp(i64::MIN),
            full: false,
            changed_since: None,
            pause,
        };
        warn_of_clock(clock.now(), found.received);
        record_start(&mut writer, found.received)?;
        let (queue, jobs) = queue(options.queue_bytes);
        let (ended_sender, ended) = watch::channel(None);
        let (history, kept_state) = (found.history, state.clone());
        let inner = Inner {
            queue: Some(queue),
            thread: Mutex::default(),
            history: Arc::clone(&history),
            state,
            head,
            ended,
            group_bytes: options.group_bytes,
            room,
            state_store: stores.state,
            meters,
            keeper: Keeper { store, history, state: kept_state, retention: options.retention },
        };
        let hand = Hand { writer, jobs, lock, ended: ended_sender };
        Ok((Journal { inner: Arc::new(inner) }, hand))
    }

    /// Stores a group. Waits for its turn, and for the sync.
    ///
    /// # Errors
    /// Nothing of the group was stored.
    pub async fn submit(&self, draft: Draft) -> Result<Receipt, Refusal> {
        let (group, answer) = Group::new(draft, self.inner.group_bytes)?;
        self.queue().put(group).await.map_err(|Gone| self.closed())?;
        self.answer(answer).await
    }

    /// The same, but when too much is waiting already the answer is [`Refusal::Busy`] at
    /// once, and new events are [`Refusal::Full`] before the disk is.
    pub async fn offer(&self, draft: Draft) -> Result<Receipt, Refusal> {
        if draft.records.iter().any(|record| matches!(record, Record::Event(_))) {
            self.admit()?;
        }
        let (group, answer) = Group::new(draft, self.inner.group_bytes)?;
        let Some(put) = self.queue().try_put(group) else {
            let busy = Err::<Receipt, _>(Refusal::Busy);
            self.inner.meters.answered(&busy);
            return busy;
        };
        put.map_err(|Gone| self.closed())?;
        self.answer(answer).await
    }

    /// As [`Options::keep_free_bytes`], from now on.
    pub fn set_keep_free(&self, bytes: u64) {
        self.inner.room.set_keep_free(bytes);
    }

    /// From now on nothing is stamped with a time up to `until`. Answers the last
    /// record before that, which is synced.
    ///
    /// # Errors
    /// [`Refusal::Closed`] only.
    pub async fn settle(&self, until: Timestamp) -> Result<Seq, Refusal> {
        let (answer, seq) = oneshot::channel();
        self.queue().send(Job::Settle { until, answer }).map_err(|Gone| self.closed())?;
        seq.await.map_err(|_| self.closed())
    }

    /// The last record that is synced, and in the state.
    pub fn head(&self) -> Seq {
        self.inner.head.head()
    }

    /// Follows [`Journal::head`].
    pub fn watch(&self) -> Growth {
        self.inner.head.clone()
    }

    pub fn state(&self) -> &State {
        &self.inner.state
    }

    pub fn view(&self) -> Result<View, StateError> {
        self.inner.state.view()
    }

    /// Up to `limit` records after `after`, in order. Reads files: not for an
    /// asynchronous thread.
    pub fn read(&self, after: Seq, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.inner.history.read(after, limit)
    }

    /// The same, for whoever has to go on where something is damaged. Reads files.
    ///
    /// # Errors
    /// When it could not be read at all, which says nothing of what is stored.
    pub fn stretch(&self, after: Seq, limit: usize) -> Result<Stretch, ReadError> {
        self.inner.history.stretch(after, limit)
    }

    /// One event; none when there is no such record, or it is no event. Reads files.
    pub fn event(&self, seq: Seq) -> Result<Option<StoredEvent>, ReadError> {
        let Some(before) = seq.0.checked_sub(1) else { return Ok(None) };
        let found = self.inner.history.read(Seq(before), 1)?.pop();
        Ok(found.and_then(|recorded| match recorded {
            Recorded { seq: found, received, record: Record::Event(record) } if found == seq => {
                Some(StoredEvent { seq, received, record })
            }
            _ => None,
        }))
    }

    /// The bytes of the largest group that is taken.
    pub fn group_bytes(&self) -> usize {
        self.inner.group_bytes
    }

    /// The first record that is kept: what came before it has aged out.
    pub fn first(&self) -> Seq {
        self.inner.history.first()
    }

    /// What sees to history: ageing, snapshots, the scrub.
    pub fn keeper(&self) -> &Keeper {
        &self.inner.keeper
    }

    /// Ends once all that is stored by now lies in segments, which never change again.
    /// Answers the last record of them.
    ///
    /// # Errors
    /// [`Refusal::Full`] when there is no room for a segment, or whatever else keeps it
    /// from being written; [`Refusal::Closed`].
    pub async fn seal(&self) -> Result<Seq, Refusal> {
        let mut upkeep = self.inner.history.watch();
        loop {
            self.sealed(&mut upkeep, || self.inner.history.tails() == 1).await?;
            let (answer, rotated) = oneshot::channel();
            self.queue().send(Job::Rotate { answer }).map_err(|Gone| self.closed())?;
            // None: another tail was begun meanwhile.
            let Some(last) = rotated.await.map_err(|_| self.closed())? else {
                let trouble = upkeep.borrow().trouble.clone();
                trouble.map_or(Ok(()), |message| Err(Refusal::Full { message }))?;
                continue;
            };
            self.sealed(&mut upkeep, || self.inner.history.sealed_upto() >= last).await?;
            return Ok(last);
        }
    }

    /// Waits for the sealer until `done`.
    async fn sealed(
        &self,
        upkeep: &mut watch::Receiver<Upkeep>,
        done: impl Fn() -> bool,
    ) -> Result<(), Refusal> {
        loop {
            let trouble = upkeep.borrow_and_update().trouble.clone();
            if done() {
                return Ok(());
            }
            if let Some(message) = trouble {
                return Err(Refusal::Full { message });
            }
            upkeep.changed().await.map_err(|_| self.closed())?;
        }
    }

    /// A page of events in order of their time. Reads files.
    pub fn events(&self, query: &EventQuery<'_>) -> Result<EventPage, ReadError> {
        query::events(&self.inner.history, query)
    }

    /// What it has counted since it was opened.
    pub fn meters(&self) -> &Meters {
        &self.inner.meters
    }

    /// How it stands now. Asks files for their size.
    ///
    /// # Errors
    /// When a segment's file cannot be had.
    pub fn stats(&self) -> Result<Stats, ReadError> {
        let (queued, sizes) = (self.queue().queued(), self.inner.history.sizes()?);
        Ok(Stats {
            waiting: queued.groups,
            oldest: queued.oldest,
            queue_bytes: queued.bytes,
            queue_bytes_max: queued.bytes_max,
            segments: sizes.segments,
            open_segments: self.inner.history.shelf.open_count(),
            open_segments_max: OPEN_MAX,
            segment_bytes: sizes.segment_bytes,
            tail_bytes: sizes.tail_bytes,
            free_bytes: self.inner.room.free(),
            keep_free_bytes: self.inner.room.keep_free(),
        })
    }

    /// Resolves with the reason when the writer has ended by itself, or when a row of the
    /// state was found damaged, which only a new start mends; and never after
    /// [`Journal::close`].
    pub async fn ended(&self) -> Ended {
        let (mut ended, mut damage) = (self.inner.ended.clone(), self.inner.state.damage());
        tokio::select! {
            biased;
            reason = ended.wait_for(Option::is_some) => match reason.ok().and_then(|reason| reason.clone()) {
                Some(reason) => reason,
                None => std::future::pending().await,
            },
            found = damage.wait_for(Option::is_some) => {
                let what = found.ok().and_then(|found| found.clone()).unwrap_or_default();
                if let Err(error) = mark_damaged(&*self.inner.state_store, &what) {
                    tracing::error!(%error, what, "the damaged state cannot be marked: the next start takes it as it is");
                }
                Ended::StateDamaged(what)
            }
        }
    }

    /// Stores what is waiting, makes the state durable, and seals the tail. The folder
    /// is free when it returns; all other handles are refused from then on.
    ///
    /// # Errors
    /// Why the writer had ended before, or while it closed.
    pub async fn close(self) -> Result<(), Ended> {
        let (answer, closed) = oneshot::channel();
        let sent = self.queue().send(Job::Close { answer });
        if sent.is_ok() && closed.await.is_ok() {
            return Ok(());
        }
        let ended = self.inner.ended.borrow().clone();
        ended.map_or(Ok(()), Err)
    }

    fn admit(&self) -> Result<(), Refusal> {
        let admitted = self.inner.room.admit();
        if admitted.is_err() {
            self.inner.meters.answered(&admitted);
        }
        admitted
    }

    fn queue(&self) -> &Queue {
        self.inner.queue.as_ref().expect("the queue lives as long as a handle")
    }

    async fn answer(&self, answer: Answer) -> Result<Receipt, Refusal> {
        answer.await.unwrap_or_else(|_| Err(self.closed()))
    }

    fn closed(&self) -> Refusal {
        let ended = self.inner.ended.borrow();
        let message = ended.as_ref().map_or_else(|| "it was stopped".to_owned(), Ended::to_string);
        Refusal::Closed { message }
    }
}

impl Drop for Inner {
    /// Waits for the writer, so that the folder is free for the next one.
    fn drop(&mut self) {
        self.queue = None;
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Err(_)) = thread.map(JoinHandle::join) {
            tracing::error!("the journal's writer panicked at its end");
        }
    }
}

/// Says in the log of which format it is from now on. All that an older one needs to
/// become of this one has been done; a kill before this has it done again.
fn settle_format(store: &dyn Store, found: &Recovered) -> Result<(), OpenError> {
    let about = found.history.about();
    if found.stated.as_ref() == Some(&*about) {
        return Ok(());
    }
    about.write(store)?;
    let before = found.stated.as_ref().map_or(1, |stated| stated.format);
    if before < about.format && found.head > Seq(0) {
        tracing::info!(
            from = before,
            to = about.format,
            "the journal was brought to the format of this release"
        );
    }
    Ok(())
}

/// A clock that was set back is no reason not to start, but somebody should know.
fn warn_of_clock(now: Timestamp, last: Option<Timestamp>) {
    if let Some(last) = last.filter(|last| now < *last) {
        tracing::warn!(
            %now, %last,
            "the clock stands before the last record: until it has caught up, all that comes in is stamped \
             with that record's time; check the time of this machine"
        );
    }
}

/// The first record of each life, stored before anybody else can send one.
fn record_start(writer: &mut Writer, silent_since: Option<Timestamp>) -> Result<(), OpenError> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let record = Record::Started { silent_since, version };
    let (group, mut answer) = Group::new(record.into(), usize::MAX).expect("it is small");
    let failed = |message: String| OpenError::Io(io::Error::other(message));
    writer.take(vec![Job::Store(group)]).map_err(|ended| failed(ended.to_string()))?;
    match answer.try_recv() {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(Refusal::Full { message })) => Err(OpenError::Full(io::Error::other(message))),
        Ok(Err(refusal)) => Err(failed(refusal.to_string())),
        Err(_) => Err(failed("the writer gave no answer".to_owned())),
    }
}
