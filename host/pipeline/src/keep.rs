//! Seeing to what is kept: snapshots, ageing, sweeps, the scrub.
//!
//! Each duty says when it is due next. A duty that fails loses nothing: it is logged,
//! and tried again after a pause.

use std::sync::Arc;

use event::{Clock, Draft, Record, Timestamp};
use journal::Journal;

use crate::notice;
use crate::stage::{self, Settled, Stage, StageError, Step};

const HOUR_MS: i64 = 3600 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How long the state holds what is over.
const OVER_MS: i64 = 30 * DAY_MS;
/// Things that go in one record: the writer does nothing else meanwhile.
const SWEEP_MOST: u32 = 500;
/// How long to leave alone what failed.
const RETRY_MS: i64 = HOUR_MS / 6;

pub(crate) struct Keep {
    journal: Journal,
    clock: Arc<dyn Clock>,
    opened: Timestamp,
    due: [(Duty, Timestamp); 4],
    /// That too much is kept is said once.
    over_bytes: bool,
}

#[derive(Clone, Copy, Debug)]
enum Duty {
    Snapshot,
    Age,
    Sweep,
    Scrub,
}

impl Keep {
    /// Looks to everything at once, since nobody knows how long nobody has.
    pub(crate) fn new(journal: Journal, clock: Arc<dyn Clock>) -> Keep {
        let now = clock.now();
        let due = [Duty::Snapshot, Duty::Age, Duty::Sweep, Duty::Scrub].map(|duty| (duty, now));
        Keep { journal, clock, opened: now, due, over_bytes: false }
    }

    /// Does one duty, and says when it is due next.
    async fn see_to(&mut self, duty: Duty, now: Timestamp) -> Result<Timestamp, StageError> {
        match duty {
            Duty::Snapshot => self.snapshot(now).await,
            Duty::Age => self.age(now).await,
            Duty::Sweep => self.sweep(now).await,
            Duty::Scrub => self.scrub(now).await,
        }
    }

    async fn snapshot(&self, now: Timestamp) -> Result<Timestamp, StageError> {
        let (journal, head, opened) = (self.journal.clone(), self.journal.head(), self.opened);
        stage::blocking(move || {
            let newest = journal.keeper().newest_snapshot().map_err(|error| error.to_string())?;
            let due = match &newest {
                Some(newest) => newest.taken.plus_ms(DAY_MS),
                // A young log is its own snapshot.
                None => opened.plus_ms(HOUR_MS),
            };
            // A clock that was set back does not keep the next one away for long.
            let due = due.min(now.plus_ms(DAY_MS));
            if now < due {
                return Ok(due);
            }
            if newest.is_none_or(|newest| newest.seq < head) {
                let taken = journal.keeper().take_snapshot(now).map_err(|error| error.to_string())?;
                tracing::info!(name = taken.name, "a snapshot of the state was taken");
            }
            Ok::<_, String>(now.plus_ms(DAY_MS))
        })
        .await
    }

    async fn age(&mut self, now: Timestamp) -> Result<Timestamp, StageError> {
        let journal = self.journal.clone();
        let aged = stage::blocking(move || journal.keeper().age(now)).await?;
        if aged.records > 0 {
            tracing::info!(records = aged.records, first = %aged.first, "old history has gone");
        }
        if aged.over_bytes && !self.over_bytes {
            tracing::warn!(
                "history takes more than `journal.keep_bytes`: what came in within three days stays, \
                 since duplicates are found by it"
            );
        }
        self.over_bytes = aged.over_bytes;
        // New segments may have come by then, too; and what waits for the cursor waits on.
        let often = now.plus_ms(HOUR_MS);
        Ok(aged.next.filter(|next| *next > now).map_or(often, |next| next.min(often)))
    }

    async fn sweep(&self, now: Timestamp) -> Result<Timestamp, StageError> {
        let before = now.plus_ms(-OVER_MS);
        let stood = self.swept()?;
        while self.view()?.has_over(before).map_err(StageError::damaged)? {
            let record = Record::Swept { before, most: SWEEP_MOST };
            if let Settled::Overtaken = stage::submit(&self.journal, Draft::from(record)).await? {
                break;
            }
        }
        let stands = self.swept()?;
        if stands != stood {
            let (over, orphans) = (stands.over - stood.over, stands.orphans - stood.orphans);
            tracing::info!(
                over,
                orphans,
                "what was over for thirty days, and what belonged to nobody, has gone"
            );
        }
        Ok(now.plus_ms(DAY_MS))
    }

    async fn scrub(&self, now: Timestamp) -> Result<Timestamp, StageError> {
        let journal = self.journal.clone();
        let scrubbed = stage::blocking(move || journal.keeper().scrub(now)).await?;
        for (damage, first, last) in scrubbed.damage {
            tracing::error!(%damage, %first, %last, "history is damaged; what is damaged is not served");
            let told =
                notice::to_admins(&self.view()?, |admin| notice::damaged(&damage, (first, last), admin, now));
            let records = told.map_err(StageError::damaged)?;
            stage::submit(&self.journal, Draft { records }).await?;
            // Only now: a kill before this has it told twice, and none has it told never.
            let journal = self.journal.clone();
            stage::blocking(move || journal.keeper().damage_told(&damage.file)).await?;
        }
        Ok(scrubbed.next.unwrap_or(now.plus_ms(HOUR_MS)))
    }

    fn swept(&self) -> Result<journal::Swept, StageError> {
        self.view()?.swept().map_err(StageError::damaged)
    }

    fn view(&self) -> Result<journal::View, StageError> {
        self.journal.view().map_err(StageError::damaged)
    }
}

impl Stage for Keep {
    const NAME: &'static str = "keep";

    async fn step(&mut self) -> Result<Step, StageError> {
        let now = self.clock.now();
        for at in 0..self.due.len() {
            let (duty, due) = self.due[at];
            if due > now {
                continue;
            }
            self.due[at].1 = match self.see_to(duty, now).await {
                Ok(next) => next,
                Err(closed @ StageError::Closed(_)) => return Err(closed),
                Err(error) => {
                    tracing::error!(?duty, %error, "history is not seen to for now; it will be tried again");
                    now.plus_ms(RETRY_MS)
                }
            };
        }
        Ok(Step::Idle { next: self.due.iter().map(|(_, due)| *due).min() })
    }
}
