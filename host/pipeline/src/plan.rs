//! One answer to each change of an alert, in the order of the journal.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use digest::{Buckets, Plan, Situation, Verdict};
use event::{AlertChange, AlertId, Bucket, BucketKey, ChangeKind, Draft, Planned, Record, Seq, Timestamp};
use futures_util::future::try_join_all;
use journal::{StateError, View};
use schedule::Zone;

use crate::people;
use crate::stage::{self, StageError};
use crate::tell::Tell;

#[cfg(test)]
mod tests;

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
    /// Those that can, go together, since each group waits for a sync.
    async fn answer_all(&self, changes: Vec<Pending>, now: Timestamp) -> Result<(), StageError> {
        let options = self.options.get();
        let mut changes = changes.into_iter().peekable();
        while changes.peek().is_some() {
            let answers = {
                let view = self.journal.view().map_err(StageError::damaged)?;
                Answers::together(&view, &options.zone, &mut changes, now).map_err(StageError::damaged)?
            };
            stage::submit(&self.journal, Draft { records: answers.records }).await?;
            self.pulse.beat();
            for (kind, verdict) in answers.told {
                self.meters.planned.of([kind.as_str(), verdict.as_str()]).add(1);
            }
        }
        Ok(())
    }
}

/// Answers that become one group. The state does not know of them yet.
#[derive(Default)]
struct Answers {
    records: Vec<Record>,
    told: Vec<(ChangeKind, Verdict)>,
    alerts: BTreeSet<AlertId>,
    /// The buckets in which they place something, as they will be.
    buckets: BTreeMap<BucketKey, Bucket>,
    /// Something left a bucket, which may be gone with it.
    withdraws: bool,
}

impl Answers {
    /// Answers as many changes of one person, from the first on, as go into one group.
    /// `fallback` is the zone of people who name none.
    fn together(
        view: &View,
        fallback: &Zone,
        changes: &mut Peekable<impl Iterator<Item = Pending>>,
        now: Timestamp,
    ) -> Result<Answers, StateError> {
        let mut answers = Answers::default();
        while let Some((id, change)) = changes.next_if(|(_, change)| answers.can_take(&change.alert)) {
            let plan = answers.answer(view, fallback, id, &change, now)?;
            answers.take(view, change, plan, now)?;
        }
        Ok(answers)
    }

    fn answer(
        &self,
        view: &View,
        fallback: &Zone,
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
        let governing = people::rules(view, &person, subscription.style.as_ref(), fallback)?;
        let addresses = people::address_names(view, &person.name)?;
        let (told, placed) = (view.told(&alert.id)?, view.placed(&alert.id)?);
        let buckets = InView { view, answers: self, failed: RefCell::new(None) };
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

    /// An answer needs the state as those before it leave it: of its own alert, and of buckets
    /// that something leaves, only the state itself knows.
    fn can_take(&self, alert: &AlertId) -> bool {
        !self.withdraws && !self.alerts.contains(alert)
    }

    fn take(
        &mut self,
        view: &View,
        change: AlertChange,
        plan: Plan,
        now: Timestamp,
    ) -> Result<(), StateError> {
        let Plan { planned, verdict } = plan;
        let placed = view.placed(&change.alert)?;
        for placement in &planned.placements {
            let key = &placement.bucket;
            let open = match self.buckets.remove(key) {
                Some(open) => Some(open),
                None => view.bucket(key)?,
            };
            let due = placement.due;
            let open =
                open.unwrap_or_else(|| Bucket { key: key.clone(), opened: now, due, items: 0, brief: 0 });
            let is_new = placed.iter().all(|item| item.bucket != *key);
            self.buckets.insert(key.clone(), Bucket { due, items: open.items + u32::from(is_new), ..open });
        }
        self.withdraws = !planned.withdrawals.is_empty();
        self.alerts.insert(change.alert);
        self.told.push((change.kind, verdict));
        self.records.push(Record::Planned(planned));
        Ok(())
    }
}

/// The buckets of the state, for the planner, which itself cannot fail.
struct InView<'a> {
    view: &'a View,
    answers: &'a Answers,
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
        let planned = self.answers.buckets.get(key).cloned();
        planned.or_else(|| self.kept(self.view.bucket(key)))
    }

    fn last_sealed(&self, key: &BucketKey) -> Option<Timestamp> {
        self.kept(self.view.last_sealed(key))
    }
}
