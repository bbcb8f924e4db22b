//! Recorded → match → outcome: the one cursor that walks the journal.
//!
//! Each batch of records is matched in order, and the runs of different plugins and
//! owners go side by side. A subscription whose call fails, or that takes longer than
//! its turn, gets a position of its own and reads for itself (`lag`), so that nobody
//! waits for anybody.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use event::{
    Draft, Name, Record, Recorded, Seq, Subscription, SubscriptionId, SubscriptionStatus, Timestamp,
};
use futures_util::future::try_join_all;
use journal::{StoredEvent, Stretch, Unreadable};
use tokio::sync::{mpsc, watch};

use crate::board::Board;
use crate::call::{Entry, Replay};
use crate::conclude::After;
use crate::handling::{Handling, Lane};
use crate::lag::{self, Lagging, Rejoin};
use crate::notice;
use crate::run::{Finished, Run};
use crate::stage::{self, StageError, Step};
use crate::wakes::Wakes;

/// Records taken at once: enough to share an instance and a sync, few enough that a
/// slow plugin holds up little.
const BATCH: usize = 512;
/// The cursor is written down this often; what is read again after a crash is
/// covered by its outcomes, and they count once.
const CURSOR_EVERY_MS: i64 = 1000;

pub(super) struct Walk {
    handling: Handling,
    board: Board,
    wakes: Wakes,
    /// Who reads for themselves, with their workers; none for those that stand still.
    lagging: HashMap<SubscriptionId, Option<Lagging>>,
    cursor: watch::Sender<Seq>,
    /// The cursor as the journal knows it, and when that was written.
    written: (Seq, Timestamp),
    /// Something that matters was passed since then.
    owed: bool,
    rejoins: mpsc::Receiver<Rejoin>,
    rejoin: mpsc::Sender<Rejoin>,
    waiting: Vec<Rejoin>,
}

/// What a stretch of the journal holds for each subscription.
type Gathered = BTreeMap<SubscriptionId, (Arc<Subscription>, Vec<Entry>)>;

impl Walk {
    /// Takes up where the journal's cursor stands, with the subscriptions as they stood there.
    pub(super) fn new(handling: Handling) -> Result<Walk, StageError> {
        let view = handling.journal.view().map_err(StageError::damaged)?;
        let cursor = view.cursor().map_err(StageError::damaged)?;
        let board = Board::new(view.subscriptions_at_cursor().map_err(StageError::damaged)?);
        handling.meters.cursor.set(cursor.0);
        let (rejoin, rejoins) = mpsc::channel(64);
        let mut walk = Walk {
            board,
            wakes: Wakes::default(),
            lagging: HashMap::new(),
            cursor: watch::Sender::new(cursor),
            written: (cursor, handling.now()),
            owed: false,
            rejoins,
            rejoin,
            waiting: Vec::new(),
            handling,
        };
        for (due, id) in view.due_wakes(Timestamp::MAX, usize::MAX).map_err(StageError::damaged)? {
            walk.wakes.set(&id, Some(due));
        }
        for lag in view.lags().map_err(StageError::damaged)? {
            walk.part(&lag.subscription);
        }
        Ok(walk)
    }

    /// Lets a subscription read for itself. A worker that it had is replaced: it may be
    /// just about to end.
    fn part(&mut self, id: &SubscriptionId) {
        self.wakes.set(id, None);
        self.lagging.remove(id);
        let cursor = self.cursor.subscribe();
        let worker = lag::start(id.clone(), self.handling.clone(), cursor, self.rejoin.clone());
        self.lagging.insert(id.clone(), Some(worker));
    }

    /// Walks over a batch, in order. What was gathered is handled before a subscription
    /// changes, so that each event meets its subscriptions as they stood at it.
    async fn take(&mut self, batch: Vec<Recorded>) -> Result<(), StageError> {
        let mut gathered = Gathered::new();
        let mut end = None;
        for Recorded { seq, received, record } in batch {
            match record {
                Record::Event(record) => {
                    self.owed = true;
                    self.gather(Arc::new(StoredEvent { seq, received, record }), &mut gathered);
                }
                Record::Replay { failure, subscription } => {
                    self.owed = true;
                    self.gather_replay(&subscription, (seq, received), failure, &mut gathered)?;
                }
                record => {
                    // Our own bookkeeping is no reason for more of it.
                    self.owed |= !matches!(
                        record,
                        Record::Dispatched { .. }
                            | Record::Swept { .. }
                            | Record::Attempt(_)
                            | Record::Planned(_)
                    );
                    if Board::is_changed_by(&record) {
                        self.pass(end, std::mem::take(&mut gathered)).await?;
                        self.note(&record)?;
                    }
                }
            }
            end = Some((seq, received));
        }
        self.pass(end, gathered).await
    }

    fn gather(&self, event: Arc<StoredEvent>, gathered: &mut Gathered) {
        for subscription in self.board.wanting(&event.record) {
            self.handling.meters.matches.add(1);
            if !self.lagging.contains_key(&subscription.id) {
                let of =
                    gathered.entry(subscription.id.clone()).or_insert_with(|| (subscription, Vec::new()));
                of.1.push(Entry::Event(event.clone()));
            }
        }
    }

    /// Who is switched off passes it by, like any event; who lags finds it there.
    fn gather_replay(
        &self,
        id: &SubscriptionId,
        (seq, received): (Seq, Timestamp),
        failure: Seq,
        gathered: &mut Gathered,
    ) -> Result<(), StageError> {
        let known = self.board.get(id).filter(|known| known.status == SubscriptionStatus::Active);
        let Some(subscription) = known.filter(|_| !self.lagging.contains_key(id)) else { return Ok(()) };
        let view = self.handling.journal.view().map_err(StageError::damaged)?;
        if let Some(replay) = Replay::find(&view, seq, received, failure).map_err(StageError::damaged)? {
            let of = gathered.entry(id.clone()).or_insert_with(|| (subscription.clone(), Vec::new()));
            of.1.push(replay);
        }
        Ok(())
    }

    /// Handles what lies between the cursor and `end`, and moves the cursor there.
    async fn pass(&mut self, end: Option<(Seq, Timestamp)>, gathered: Gathered) -> Result<(), StageError> {
        let Some((seq, received)) = end else { return Ok(()) };
        self.handle(gathered, seq, received).await?;
        self.cursor.send_replace(seq);
        self.handling.meters.cursor.set(seq.0);
        Ok(())
    }

    /// Goes on behind what cannot be read, with everything as the journal says that it stands
    /// there. Without this, one bit on the disk would keep everybody from being told of anything.
    async fn pass_over(&mut self, unreadable: &Unreadable) -> Result<(), StageError> {
        let Unreadable { damage, first, last } = unreadable;
        tracing::error!(%damage, %first, %last, "nobody is called for what is damaged");
        let (journal, now) = (&self.handling.journal, self.handling.now());
        let view = journal.view().map_err(StageError::damaged)?;
        let told = notice::to_admins(&view, |admin| notice::passed(unreadable, admin, now));
        let mut records = told.map_err(StageError::damaged)?;
        drop(view);
        records.push(Record::Dispatched { upto: *last });
        stage::submit(journal, Draft { records }).await?;
        *self = Walk::new(self.handling.clone())?;
        Ok(())
    }

    fn note(&mut self, record: &Record) -> Result<(), StageError> {
        self.board.note(record);
        let (Record::Subscription { value: Subscription { id, .. }, .. }
        | Record::SubscriptionStatus { id, .. }
        | Record::SubscriptionTransferred { id, .. }
        | Record::SubscriptionRemoved { id }) = record
        else {
            return Ok(());
        };
        match self.board.get(id).map(|subscription| &subscription.status) {
            Some(SubscriptionStatus::Active) if self.lagging.contains_key(id) => self.part(id),
            Some(SubscriptionStatus::Active) => {
                let view = self.handling.journal.view().map_err(StageError::damaged)?;
                self.wakes.set(id, view.wake(id).map_err(StageError::damaged)?);
            }
            Some(SubscriptionStatus::Quarantined(_) | SubscriptionStatus::Disabled(_)) => {
                self.wakes.set(id, None)
            }
            None => {
                self.wakes.set(id, None);
                self.lagging.remove(id);
            }
        }
        Ok(())
    }

    /// Runs those with events, and those whose wake-up is due before `horizon`; `end` is
    /// the last record that any of them then has behind it.
    async fn handle(
        &mut self,
        mut gathered: Gathered,
        end: Seq,
        horizon: Timestamp,
    ) -> Result<(), StageError> {
        for id in self.wakes.due_before(horizon) {
            match self.board.get(&id).filter(|subscription| subscription.status == SubscriptionStatus::Active)
            {
                Some(subscription) => {
                    gathered.entry(id).or_insert_with(|| (subscription.clone(), Vec::new()));
                }
                None => self.wakes.set(&id, None),
            }
        }
        let mut jobs: BTreeMap<(Name, Option<String>, Name), Vec<Run>> = BTreeMap::new();
        for (id, (subscription, entries)) in gathered {
            let behind = entries.first().map_or(end, |first| Seq(first.seq().0 - 1));
            let Subscription { handler, handler_sha256, owner, .. } = &*subscription;
            let job = (handler.clone(), handler_sha256.clone(), owner.clone());
            let wake = self.wakes.get(&id);
            jobs.entry(job).or_default().push(Run { subscription, behind, entries, wake, horizon });
        }
        let done = try_join_all(jobs.into_values().map(|runs| self.work(runs))).await?;
        for (subscription, after) in done.into_iter().flatten() {
            let id = &subscription.id;
            match after {
                After::Abreast { wake } => self.wakes.set(id, wake),
                After::Lagging => self.part(id),
                After::Stopped => self.stand_still(id)?,
                After::Overtaken => self.find_again(&subscription).await?,
            }
        }
        Ok(())
    }

    async fn work(&self, runs: Vec<Run>) -> Result<Vec<(Arc<Subscription>, After)>, StageError> {
        let ready = runs.first().is_none_or(|run| {
            let Subscription { handler, handler_sha256, .. } = &*run.subscription;
            self.handling.registry.is_ready(handler, handler_sha256.as_deref())
        });
        let finished: Vec<Finished> = if ready {
            self.handling.perform(Lane::Dispatch, runs).await?
        } else {
            // It is being compiled: these wait at their own position, and the others do not wait for them.
            runs.into_iter().map(Run::postpone).collect()
        };
        try_join_all(finished.into_iter().map(|finished| async {
            let subscription = finished.subscription.clone();
            Ok((subscription, self.handling.conclude.conclude(finished, 0).await?))
        }))
        .await
    }

    /// What is quarantined keeps its position, so it counts as lagging.
    fn stand_still(&mut self, id: &SubscriptionId) -> Result<(), StageError> {
        self.wakes.set(id, None);
        let view = self.handling.journal.view().map_err(StageError::damaged)?;
        if view.lag(id).map_err(StageError::damaged)?.is_some() {
            self.lagging.insert(id.clone(), None);
        }
        Ok(())
    }

    /// A subscription whose run does not count reads for itself from where the journal
    /// says that it stands; if it is gone, so be it.
    async fn find_again(&mut self, subscription: &Subscription) -> Result<(), StageError> {
        self.wakes.set(&subscription.id, None);
        let stands = {
            let view = self.handling.journal.view().map_err(StageError::damaged)?;
            let known = view.subscription(&subscription.id).map_err(StageError::damaged)?;
            if known.is_none() {
                return Ok(());
            }
            view.position(&subscription.id).map_err(StageError::damaged)?
        };
        self.handling.conclude.part(subscription, stands).await?;
        self.part(&subscription.id);
        Ok(())
    }

    /// Fires all that is due by now, together: after every event received up to now.
    async fn fire(&mut self) -> Result<Option<Step>, StageError> {
        let now = self.handling.now();
        if self.wakes.next().is_none_or(|due| due > now) {
            return Ok(None);
        }
        let head = self.handling.journal.settle(now).await.map_err(|e| StageError::Closed(e.to_string()))?;
        if head == *self.cursor.borrow() {
            self.handle(Gathered::new(), head, now.plus_ms(1)).await?;
        }
        Ok(Some(Step::Worked))
    }

    /// Writes the cursor down, if that is owed and due.
    async fn write_cursor(&mut self) -> Result<Option<Timestamp>, StageError> {
        let (upto, now) = (*self.cursor.borrow(), self.handling.now());
        let due = self.written.1.plus_ms(CURSOR_EVERY_MS);
        if !self.owed || upto == self.written.0 {
            return Ok(None);
        }
        if now < due {
            return Ok(Some(due));
        }
        stage::submit(&self.handling.journal, Draft::from(Record::Dispatched { upto })).await?;
        self.written = (upto, now);
        self.owed = false;
        Ok(None)
    }

    /// Takes back a subscription that has caught up; tells one that has not to read on.
    async fn rejoin(&mut self, rejoin: Rejoin) -> Result<(), StageError> {
        let caught_up = rejoin.position >= *self.cursor.borrow();
        if caught_up {
            let record = Record::CaughtUp { subscription: rejoin.subscription.clone() };
            stage::submit(&self.handling.journal, Draft::from(record)).await?;
            self.lagging.remove(&rejoin.subscription);
            let view = self.handling.journal.view().map_err(StageError::damaged)?;
            let wake = view.wake(&rejoin.subscription).map_err(StageError::damaged)?;
            self.wakes.set(&rejoin.subscription, wake);
        }
        // A worker that has gone away has been stopped, and needs no answer.
        let _ = rejoin.answer.send(caught_up);
        Ok(())
    }

    /// The next records, or what fell due when there are none.
    pub(super) async fn step(&mut self) -> Result<Step, StageError> {
        while let Some(rejoin) = self.waiting.pop().or_else(|| self.rejoins.try_recv().ok()) {
            self.rejoin(rejoin).await?;
        }
        let (journal, after) = (self.handling.journal.clone(), *self.cursor.borrow());
        let batch = match stage::blocking(move || journal.stretch(after, BATCH)).await? {
            Stretch::Records(batch) => batch,
            Stretch::Unreadable(unreadable) => {
                self.pass_over(&unreadable).await?;
                return Ok(Step::Worked);
            }
        };
        if !batch.is_empty() {
            self.take(batch).await?;
            self.write_cursor().await?;
            return Ok(Step::Worked);
        }
        if let Some(worked) = self.fire().await? {
            return Ok(worked);
        }
        let cursor_due = self.write_cursor().await?;
        Ok(Step::Idle { next: self.wakes.next().into_iter().chain(cursor_due).min() })
    }

    /// Ends when a subscription that read for itself has caught up.
    pub(super) async fn called(&mut self) {
        if let Some(rejoin) = self.rejoins.recv().await {
            self.waiting.push(rejoin);
        }
    }
}
