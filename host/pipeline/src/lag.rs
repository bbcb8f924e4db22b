//! A subscription that fell behind, and reads the journal for itself.
//!
//! It stands at a position of its own: because a call failed and will be tried
//! again, because it took longer than its turn, or because its plugin is still being
//! compiled. It reads with its configuration of now, so that mending a subscription
//! mends what it has before it. Once it stands where the dispatch cursor stands, it
//! follows that again.

use std::sync::Arc;

use event::{Draft, Lag, Record, Recorded, Seq, Subscription, SubscriptionId, SubscriptionStatus, Timestamp};
use filter::Filter;
use journal::{StoredEvent, Stretch, Unreadable};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::board;
use crate::call::{Entry, Replay};
use crate::conclude::After;
use crate::handling::{Handling, Lane};
use crate::notice;
use crate::run::Run;
use crate::stage::{self, StageError, Standing};

/// Records looked through at once.
const WINDOW: usize = 512;
const PAUSE_MS: i64 = 1000;

/// A lagging subscription asks to be taken back.
pub(crate) struct Rejoin {
    pub(crate) subscription: SubscriptionId,
    pub(crate) position: Seq,
    /// True: taken back. False: the cursor has moved on, read further.
    pub(crate) answer: oneshot::Sender<bool>,
}

/// A worker at work, which ends when this is dropped.
pub(crate) struct Lagging(JoinHandle<()>);

impl Drop for Lagging {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts a subscription's worker. It ends by itself when it is taken back, stopped or gone.
pub(crate) fn start(
    id: SubscriptionId,
    handling: Handling,
    cursor: watch::Receiver<Seq>,
    rejoin: mpsc::Sender<Rejoin>,
) -> Lagging {
    let (standing, handling) = (handling.standings.open(), handling.aside());
    let mut worker = Worker { id, handling, cursor, rejoin, standing, position: Seq(0), tries: 0 };
    Lagging(tokio::spawn(async move {
        loop {
            match worker.step().await {
                Ok(true) => {}
                Ok(false) | Err(StageError::Closed(_)) => return,
                Err(error) => {
                    tracing::error!(subscription = %worker.id, %error, "a lagging subscription waits");
                    worker.sleep_until(worker.handling.now().plus_ms(PAUSE_MS)).await;
                }
            }
        }
    }))
}

struct Worker {
    id: SubscriptionId,
    handling: Handling,
    cursor: watch::Receiver<Seq>,
    rejoin: mpsc::Sender<Rejoin>,
    standing: watch::Sender<Standing>,
    /// What it has looked through; the journal's own position may lie before, where nothing was worth writing.
    position: Seq,
    /// Failures of the call that comes next.
    tries: u32,
}

/// A lagging subscription as the journal knows it.
struct Found {
    subscription: Arc<Subscription>,
    wake: Option<Timestamp>,
    /// Not before this moment.
    retry: Timestamp,
}

/// A stretch of the journal, as one subscription sees it.
struct Window {
    entries: Vec<Entry>,
    /// The last record in front of it that it can never read, if there is one, and why.
    missed: Option<(Seq, String)>,
    /// The last record looked at, and the journal's time there.
    end: Option<(Seq, Timestamp)>,
}

impl Worker {
    /// False when there is nothing left to do.
    async fn step(&mut self) -> Result<bool, StageError> {
        let Some(retry) = self.find()?.map(|found| found.retry) else { return Ok(false) };
        self.sleep_until(retry).await;
        // Looked up again: somebody may have changed it during the pause.
        let Some(Found { subscription, wake, .. }) = self.find()? else { return Ok(false) };
        let window = self.look(&subscription).await?;
        if let Some((upto, why)) = window.missed {
            return self.pass_gap(&subscription, upto, &why).await;
        }
        match (window.end, wake) {
            (Some((end, horizon)), wake) => {
                let behind = self.position;
                self.run(Run { subscription, behind, entries: window.entries, wake, horizon }, end).await
            }
            (None, Some(due)) if due <= self.handling.now() => self.fire(subscription, due).await,
            (None, _) => self.ask_back().await,
        }
    }

    /// What the journal says of it, and where it has to go on; none when it has no
    /// reason to read for itself.
    fn find(&mut self) -> Result<Option<Found>, StageError> {
        let view = self.handling.journal.view().map_err(StageError::damaged)?;
        let subscription = view.subscription(&self.id).map_err(StageError::damaged)?;
        let active = subscription.filter(|s| s.status == SubscriptionStatus::Active);
        let lag = view.lag(&self.id).map_err(StageError::damaged)?;
        let (Some(subscription), Some(lag)) = (active, lag) else { return Ok(None) };
        let stands = view.position(&self.id).map_err(StageError::damaged)?;
        if stands >= self.position {
            (self.position, self.tries) = (stands, lag.attempts);
        }
        let wake = view.wake(&self.id).map_err(StageError::damaged)?;
        Ok(Some(Found { subscription: Arc::new(subscription), wake, retry: lag.retry }))
    }

    async fn look(&self, subscription: &Subscription) -> Result<Window, StageError> {
        let (journal, after, cursor) = (self.handling.journal.clone(), self.position, *self.cursor.borrow());
        let records = match stage::blocking(move || journal.stretch(after, WINDOW)).await? {
            Stretch::Records(records) => records,
            // What the dispatcher has not passed yet is its own to pass.
            Stretch::Unreadable(Unreadable { first, last, .. }) => {
                let missed = (first <= cursor).then(|| (last, "they are damaged".to_owned()));
                return Ok(Window { entries: Vec::new(), missed, end: None });
            }
        };
        let filter = Filter::parse(&subscription.filter).map_err(StageError::damaged)?;
        let oldest = records.first().map(|oldest| oldest.seq);
        let aged = |oldest: Seq| (Seq(oldest.0 - 1), "they have aged out".to_owned());
        let missed = oldest.filter(|oldest| *oldest > after.next()).map(aged);
        let mut window = Window { entries: Vec::new(), missed, end: None };
        for recorded in records.into_iter().take_while(|recorded| recorded.seq <= cursor) {
            let Recorded { seq, received, record } = recorded;
            window.end = Some((seq, received));
            match record {
                Record::Event(record) if board::wants(subscription, &filter, &record) => {
                    window.entries.push(Entry::Event(Arc::new(StoredEvent { seq, received, record })));
                }
                Record::Replay { failure, subscription } if subscription == self.id => {
                    let view = self.handling.journal.view().map_err(StageError::damaged)?;
                    let replay = Replay::find(&view, seq, received, failure);
                    window.entries.extend(replay.map_err(StageError::damaged)?);
                }
                _ => {}
            }
        }
        Ok(window)
    }

    /// Writes down that the subscription goes on behind what it cannot read, and tells its owner.
    async fn pass_gap(
        &mut self,
        subscription: &Subscription,
        upto: Seq,
        why: &str,
    ) -> Result<bool, StageError> {
        let now = self.handling.now();
        let lag = Lag {
            subscription: self.id.clone(),
            position: upto,
            attempts: 0,
            retry: now,
            reason: format!("it did not see records {} to {upto}: {why}", self.position.next()),
        };
        let missed = notice::missed(subscription, (self.position.next(), upto), why, now);
        tracing::warn!(subscription = %self.id, reason = lag.reason, "a subscription goes on behind a gap");
        let records = vec![Record::Lagging(lag), missed];
        stage::submit(&self.handling.journal, Draft { records }).await?;
        // What the journal says of it now counts.
        self.position = Seq(0);
        Ok(true)
    }

    async fn run(&mut self, run: Run, end: Seq) -> Result<bool, StageError> {
        if run.entries.is_empty() && run.wake.is_none_or(|due| due >= run.horizon) {
            self.position = end;
            return Ok(true);
        }
        for finished in self.handling.perform(Lane::Lag, vec![run]).await? {
            match self.handling.conclude.conclude(finished, self.tries).await? {
                After::Abreast { .. } => (self.position, self.tries) = (end, 0),
                // What there is to do next stands in the journal.
                After::Lagging | After::Overtaken => self.position = Seq(0),
                After::Stopped => return Ok(false),
            }
        }
        Ok(true)
    }

    /// A wake-up that failed is tried here too, once every event up to its time is behind.
    async fn fire(&mut self, subscription: Arc<Subscription>, due: Timestamp) -> Result<bool, StageError> {
        let head = self.handling.journal.settle(due).await.map_err(|e| StageError::Closed(e.to_string()))?;
        if self.position < head {
            return self.ask_back().await;
        }
        let (entries, behind, horizon) = (Vec::new(), self.position, due.plus_ms(1));
        self.run(Run { subscription, behind, entries, wake: Some(due), horizon }, behind).await
    }

    /// True while it has to read on.
    async fn ask_back(&mut self) -> Result<bool, StageError> {
        let (answer, taken_back) = oneshot::channel();
        let ask = Rejoin { subscription: self.id.clone(), position: self.position, answer };
        if self.rejoin.send(ask).await.is_err() {
            return Ok(false);
        }
        // No answer: the dispatcher could not take it back now, and is asked again.
        Ok(!taken_back.await.unwrap_or(false))
    }

    async fn sleep_until(&self, t: Timestamp) {
        if t > self.handling.now() {
            self.standing.send_replace(Standing { idle_at: Some(Seq(u64::MAX)), next: Some(t) });
            self.handling.clock.sleep_until(t).await;
            self.standing.send_replace(Standing::BUSY);
        }
    }
}
