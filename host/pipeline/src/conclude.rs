//! From a finished run to the journal: its records, and what its failure entails.

use std::sync::Arc;

use event::{
    CallFailed, Clock, Draft, Failure, FailureOf, Lag, Outcome, Record, Seq, Subscription,
    SubscriptionStatus, Timestamp, WakeChange,
};
use journal::{FailureQuery, FailuresOf, Journal};
use meter::Pulse;
use serde_json::Value;

use crate::call::Call;
use crate::failure::{self, Reaction, SET_ASIDE_MAX, SET_ASIDE_SPAN_MS};
use crate::go_back;
use crate::meters::Meters;
use crate::notice;
use crate::run::{End, FailedCall, Finished};
use crate::stage::{self, Settled, StageError};

/// How long is waited before a full disk is tried again.
const FULL_PAUSE_MS: i64 = 1000;
/// And before a run is tried again whose outcome no group can hold.
const TOO_LARGE_PAUSE_MS: i64 = 60_000;

/// Where a subscription stands after its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// With the others, its pending wake-up as given.
    Abreast { wake: Option<Timestamp> },
    /// It has a position of its own.
    Lagging,
    /// It stands still until somebody sees to it.
    Stopped,
    /// It is gone, or something else has run it meanwhile: nothing of this run counts.
    Overtaken,
}

/// Writes finished runs to the journal.
#[derive(Clone)]
pub(crate) struct Conclude {
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) meters: Arc<Meters>,
    /// Of the stage whose runs these are.
    pub(crate) pulse: Pulse,
}

impl Conclude {
    /// Submits one group: what the run brought forth, and where it leaves the
    /// subscription. `tries` counts the earlier failures of the run's first call.
    pub(crate) async fn conclude(&self, finished: Finished, tries: u32) -> Result<After, StageError> {
        let Finished { subscription, behind, mut records, wake, end } = finished;
        let after = match end {
            End::Done => After::Abreast { wake },
            End::Late { position } => {
                records.push(self.lagging(&subscription, position, "it took longer than its turn"));
                After::Lagging
            }
            End::Failed(call) => self.failed(&subscription, *call, tries, &mut records)?,
        };
        if records.is_empty() {
            return Ok(after);
        }
        match self.submit(Draft { records }).await {
            Ok(Settled::Stored) => Ok(after),
            Ok(Settled::Overtaken) => Ok(After::Overtaken),
            // A run is bounded far below a group: only limits that were raised by hand lead here.
            Err(StageError::TooLarge(message)) => {
                tracing::error!(subscription = %subscription.id, message, "an outcome is too large");
                let retry = self.clock.now().plus_ms(TOO_LARGE_PAUSE_MS);
                let lag = Record::Lagging(Lag { retry, ..self.lag(&subscription, behind, &message) });
                self.submit(Draft::from(lag)).await.map(|_| After::Lagging)
            }
            Err(error) => Err(error),
        }
    }

    /// Lets a subscription read for itself, from `position` on.
    pub(crate) async fn part(&self, subscription: &Subscription, position: Seq) -> Result<(), StageError> {
        let records = vec![self.lagging(subscription, position, "its run was overtaken")];
        self.submit(Draft { records }).await.map(drop)
    }

    /// A full disk is waited for here: what was done already in a batch must not be
    /// done again because of what comes after it.
    async fn submit(&self, draft: Draft) -> Result<Settled, StageError> {
        loop {
            self.pulse.beat();
            match stage::submit(&self.journal, draft.clone()).await {
                Err(StageError::Full(message)) => {
                    tracing::warn!(message, "an outcome waits for space");
                    self.clock.sleep_until(self.clock.now().plus_ms(FULL_PAUSE_MS)).await;
                }
                settled => return settled,
            }
        }
    }

    fn failed(
        &self,
        subscription: &Subscription,
        call: FailedCall,
        tries: u32,
        records: &mut Vec<Record>,
    ) -> Result<After, StageError> {
        // Only the run's first call is the one that failed before.
        let tries = if call.is_first { tries + 1 } else { 1 };
        let now = self.clock.now();
        tracing::info!(subscription = %subscription.id, handler = %subscription.handler, error = %call.error, tries, "a call failed");
        records.extend(self.fault(subscription, &call, now)?);
        match failure::react(&call.error, tries, self.set_aside_lately(subscription, now)?, now) {
            Reaction::TryAgain { at } => {
                let reason = call.error.to_string();
                let lag = Lag {
                    subscription: subscription.id.clone(),
                    position: call.position,
                    attempts: tries,
                    retry: at,
                    reason: reason.clone(),
                };
                records.push(Record::CallFailed(CallFailed {
                    lag,
                    trigger: call.call.trigger(),
                    message: reason,
                }));
                Ok(After::Lagging)
            }
            Reaction::Disable { reason } => {
                self.meters.stopped.of(["disabled"]).add(1);
                let status = SubscriptionStatus::Disabled(reason.clone());
                records.push(Record::SubscriptionStatus { id: subscription.id.clone(), status });
                records.push(notice::disabled(subscription, &reason, now));
                Ok(After::Stopped)
            }
            Reaction::SetAside => {
                self.meters.set_aside.of([subscription.handler.as_str()]).add(1);
                let position = set_aside(subscription, call, tries, records);
                records.push(self.lagging(subscription, position, "a call was set aside"));
                Ok(After::Lagging)
            }
            Reaction::Quarantine => {
                self.meters.set_aside.of([subscription.handler.as_str()]).add(1);
                self.meters.stopped.of(["quarantined"]).add(1);
                let reason = format!(
                    "{SET_ASIDE_MAX} calls were set aside within ten minutes; the last: {}",
                    call.error
                );
                let position = set_aside(subscription, call, tries, records);
                records.push(self.lagging(subscription, position, &reason));
                let status = SubscriptionStatus::Quarantined(reason.clone());
                records.push(Record::SubscriptionStatus { id: subscription.id.clone(), status });
                records.push(notice::quarantined(subscription, &reason, now));
                Ok(After::Stopped)
            }
        }
    }

    /// A version that is new may go back for this.
    fn fault(
        &self,
        subscription: &Subscription,
        call: &FailedCall,
        now: Timestamp,
    ) -> Result<Option<Record>, StageError> {
        let Some(sha256) = &call.sha256 else { return Ok(None) };
        let view = self.journal.view().map_err(StageError::damaged)?;
        go_back::fault(&view, &subscription.handler, sha256, &call.error, now).map_err(StageError::damaged)
    }

    fn set_aside_lately(&self, subscription: &Subscription, now: Timestamp) -> Result<usize, StageError> {
        let since = now.plus_ms(-SET_ASIDE_SPAN_MS);
        let view = self.journal.view().map_err(StageError::damaged)?;
        let of = FailuresOf::Subscription(subscription.id.clone());
        let query = FailureQuery { of, before: None, limit: SET_ASIDE_MAX };
        let failures = view.failures(&query).map_err(StageError::damaged)?;
        Ok(failures.iter().filter(|row| row.received >= since).count())
    }

    fn lagging(&self, subscription: &Subscription, position: Seq, reason: &str) -> Record {
        Record::Lagging(self.lag(subscription, position, reason))
    }

    fn lag(&self, subscription: &Subscription, position: Seq, reason: &str) -> Lag {
        Lag {
            subscription: subscription.id.clone(),
            position,
            attempts: 0,
            retry: self.clock.now(),
            reason: reason.to_owned(),
        }
    }
}

/// Gives a call up: its event, or its wake-up, is passed. Returns the position after it.
fn set_aside(subscription: &Subscription, call: FailedCall, tries: u32, records: &mut Vec<Record>) -> Seq {
    let FailedCall { call, hops, position, error, .. } = call;
    let (upto, replay_of) = match &call {
        Call::Entry(entry) => (Some(entry.seq()), entry.failure()),
        Call::Wake(due) => {
            spend(subscription, *due, records);
            (None, None)
        }
    };
    let failure = Failure {
        of: FailureOf::Subscription(subscription.id.clone()),
        plugin: subscription.handler.clone(),
        // It was read from JSON, so it can be written as such.
        input: serde_json::to_value(call.input(&subscription.config)).unwrap_or(Value::Null),
        trigger: Some(call.trigger()),
        message: error.to_string(),
        stack: error.stack().to_owned(),
        attempts: tries,
        hops,
        replay_of,
    };
    records.push(Record::SetAside { failure, upto });
    upto.unwrap_or(position)
}

/// Spends the wake-up `due` without an outcome of its own, in the run's outcome if there is one.
fn spend(subscription: &Subscription, due: Timestamp, records: &mut Vec<Record>) {
    match records.first_mut() {
        Some(Record::Outcome(outcome)) => match outcome.wake {
            // The run itself had asked for it.
            WakeChange::At(at) if at == due => outcome.wake = WakeChange::Clear,
            _ => outcome.spent = outcome.spent.or(Some(due)),
        },
        _ => records.insert(
            0,
            Record::Outcome(Outcome {
                subscription: subscription.id.clone(),
                after: None,
                upto: None,
                spent: Some(due),
                alerts: Vec::new(),
                writes: Vec::new(),
                wake: WakeChange::Keep,
                wake_hops: 0,
                replayed: Vec::new(),
            }),
        ),
    }
}
