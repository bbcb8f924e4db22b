//! One answer to each change of an alert, in the order of the journal.

use std::cell::RefCell;

use digest::{Buckets, Plan, Situation, Verdict};
use event::{AlertChange, Bucket, BucketKey, Draft, Planned, Record, Seq, Timestamp};
use futures_util::future::try_join_all;
use journal::{StateError, View};

use crate::people;
use crate::stage::{self, StageError};
use crate::tell::Tell;

/// Changes looked at together; those of different people are answered side by side.
const TOGETHER: usize = 256;

/// A change that waits for an answer.
type Pending = ((Seq, u32), AlertChange);

impl Tell {
    /// Answers what waits; false when nothing does.
    pub(crate) async fn plan(&self, now: Timestamp) -> Result<bool, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let pending = view.pending(TOGETHER).map_err(StageError::damaged)?;
        let mut by_owner: Vec<(Option<event::Name>, Vec<Pending>)> = Vec::new();
        for (id, change) in pending {
            let owner = view.alert(&change.alert).map_err(StageError::damaged)?.map(|alert| alert.owner);
            match by_owner.iter_mut().find(|(known, _)| *known == owner) {
                Some((_, theirs)) => theirs.push((id, change)),
                None => by_owner.push((owner, vec![(id, change)])),
            }
        }
        let worked = !by_owner.is_empty();
        try_join_all(by_owner.into_iter().map(|(_, theirs)| self.answer_all(theirs, now))).await?;
        Ok(worked)
    }

    /// Each answer builds on the ones before: what is placed already is not placed again.
    async fn answer_all(&self, changes: Vec<Pending>, now: Timestamp) -> Result<(), StageError> {
        for (id, change) in changes {
            let Plan { planned, verdict } = {
                let view = self.journal.view().map_err(StageError::damaged)?;
                self.answer(&view, id, &change, now).map_err(StageError::damaged)?
            };
            stage::submit(&self.journal, Draft::from(Record::Planned(planned))).await?;
            self.pulse.beat();
            self.meters.planned.of([change.kind.as_str(), verdict.as_str()]).add(1);
        }
        Ok(())
    }

    fn answer(
        &self,
        view: &View,
        id: (Seq, u32),
        change: &AlertChange,
        now: Timestamp,
    ) -> Result<Plan, StateError> {
        let silent = |reason: &str| Plan {
            planned: Planned {
                change: id,
                placements: Vec::new(),
                withdrawals: Vec::new(),
                silence: Some(reason.to_owned()),
            },
            verdict: Verdict::Gone,
        };
        let Some(alert) = view.alert(&change.alert)? else { return Ok(silent("the alert is gone")) };
        let Some(subscription) = view.subscription(&alert.subscription)? else {
            return Ok(silent("the subscription was removed"));
        };
        let Some(person) = view.person(&alert.owner)? else { return Ok(silent("its owner was removed")) };
        let governing = people::rules(view, &person, subscription.style.as_ref(), &self.options.get().zone)?;
        let addresses = people::address_names(view, &person.name)?;
        let (told, placed) = (view.told(&alert.id)?, view.placed(&alert.id)?);
        let buckets = InView { view, failed: RefCell::new(None) };
        let planned = digest::plan(
            &Situation {
                id,
                change,
                alert: &alert,
                subscription: &subscription,
                style: &governing.style,
                rules: &governing.rules,
                addresses: &addresses,
                told: &told,
                placed: &placed,
                buckets: &buckets,
            },
            now,
        );
        buckets.failed.into_inner().map_or(Ok(planned), Err)
    }
}

/// The buckets of the state, for the planner, which itself cannot fail.
struct InView<'a> {
    view: &'a View,
    failed: RefCell<Option<StateError>>,
}

impl InView<'_> {
    fn kept<T>(&self, found: Result<Option<T>, StateError>) -> Option<T> {
        found.unwrap_or_else(|error| {
            self.failed.replace(Some(error));
            None
        })
    }
}

impl Buckets for InView<'_> {
    fn open(&self, key: &BucketKey) -> Option<Bucket> {
        self.kept(self.view.bucket(key))
    }

    fn last_sealed(&self, key: &BucketKey) -> Option<Timestamp> {
        self.kept(self.view.last_sealed(key))
    }
}
