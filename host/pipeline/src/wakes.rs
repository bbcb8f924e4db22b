//! The pending wake-ups of the subscriptions that follow the dispatch cursor.

use std::collections::{BTreeSet, HashMap};

use event::{SubscriptionId, Timestamp};

/// At most one for each subscription, in order of time.
#[derive(Default)]
pub(crate) struct Wakes {
    by_time: BTreeSet<(Timestamp, SubscriptionId)>,
    by_subscription: HashMap<SubscriptionId, Timestamp>,
}

impl Wakes {
    pub(crate) fn get(&self, id: &SubscriptionId) -> Option<Timestamp> {
        self.by_subscription.get(id).copied()
    }

    pub(crate) fn set(&mut self, id: &SubscriptionId, wake: Option<Timestamp>) {
        if let Some(old) = self.by_subscription.remove(id) {
            self.by_time.remove(&(old, id.clone()));
        }
        if let Some(due) = wake {
            self.by_subscription.insert(id.clone(), due);
            self.by_time.insert((due, id.clone()));
        }
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(due, _)| *due)
    }

    /// The subscriptions whose wake-up is due before `horizon`, in order.
    pub(crate) fn due_before(&self, horizon: Timestamp) -> Vec<SubscriptionId> {
        let due = self.by_time.iter().take_while(|(due, _)| *due < horizon);
        due.map(|(_, id)| id.clone()).collect()
    }
}
