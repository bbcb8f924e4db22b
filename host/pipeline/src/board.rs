//! The subscriptions as they stand at the dispatch cursor.

use std::collections::HashMap;
use std::sync::Arc;

use event::{EventRecord, Record, Subscription, SubscriptionId, SubscriptionStatus, Viewer};
use filter::Filter;
use matcher::Matcher;

/// Follows the journal record by record, so that event N meets the subscriptions
/// as they stood at N, in catch-up as in life.
#[derive(Default)]
pub(crate) struct Board {
    matcher: Matcher,
    subscriptions: HashMap<SubscriptionId, Arc<Subscription>>,
}

impl Board {
    pub(crate) fn new(subscriptions: impl IntoIterator<Item = Subscription>) -> Board {
        let mut board = Board::default();
        for subscription in subscriptions {
            board.put(subscription);
        }
        board
    }

    pub(crate) fn get(&self, id: &SubscriptionId) -> Option<&Arc<Subscription>> {
        self.subscriptions.get(id)
    }

    /// Whether a record changes who is interested.
    pub(crate) fn is_changed_by(record: &Record) -> bool {
        matches!(
            record,
            Record::Subscription { .. }
                | Record::SubscriptionRemoved { .. }
                | Record::SubscriptionTransferred { .. }
                | Record::SubscriptionStatus { .. }
                | Record::PersonRemoved { .. }
        )
    }

    /// Takes in a record that changes who is interested; others pass by.
    pub(crate) fn note(&mut self, record: &Record) {
        match record {
            Record::Subscription { value, .. } => self.put(value.clone()),
            Record::SubscriptionRemoved { id } => self.remove(id),
            Record::SubscriptionTransferred { id, to, name } => {
                if let Some(known) = self.subscriptions.get(id) {
                    let (owner, name) = (to.clone(), name.clone());
                    self.put(Subscription { owner, name, style: None, ..Subscription::clone(known) });
                }
            }
            Record::SubscriptionStatus { id, status } => {
                if let Some(known) = self.subscriptions.get(id) {
                    self.put(Subscription { status: status.clone(), ..Subscription::clone(known) });
                }
            }
            Record::PersonRemoved { name } => {
                let theirs: Vec<_> =
                    self.subscriptions.values().filter(|s| s.owner == *name).map(|s| s.id.clone()).collect();
                theirs.iter().for_each(|id| self.remove(id));
            }
            _ => {}
        }
    }

    /// The subscriptions that an event is for.
    pub(crate) fn wanting(&self, record: &EventRecord) -> Vec<Arc<Subscription>> {
        if record.hops > EventRecord::HOPS_MAX {
            return Vec::new();
        }
        self.matcher
            .matches(&record.event)
            .iter()
            .filter_map(|id| self.subscriptions.get(id))
            .filter(|subscription| may_see(subscription, record))
            .cloned()
            .collect()
    }

    fn put(&mut self, subscription: Subscription) {
        self.matcher.remove(&subscription.id);
        // A filter is parsed before it is saved, so one that does not parse was
        // written by a newer version; the subscription then sees nothing.
        match Filter::parse(&subscription.filter) {
            // What is quarantined still wants its events: it lags, and reads them when it is resumed.
            Ok(filter) if !matches!(subscription.status, SubscriptionStatus::Disabled(_)) => {
                self.matcher.insert(&subscription.id, &subscription.requirements, &filter);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(subscription = %subscription.id, %error, "a stored filter is not understood")
            }
        }
        self.subscriptions.insert(subscription.id.clone(), Arc::new(subscription));
    }

    fn remove(&mut self, id: &SubscriptionId) {
        self.matcher.remove(id);
        self.subscriptions.remove(id);
    }
}

/// Whether one subscription is interested in an event, asked without the matcher
/// by a subscription that reads for itself.
pub(crate) fn wants(subscription: &Subscription, filter: &Filter, record: &EventRecord) -> bool {
    record.hops <= EventRecord::HOPS_MAX
        && subscription.requirements.iter().all(|requirement| requirement.holds(&record.event))
        && filter.matches(&record.event)
        && may_see(subscription, record)
}

fn may_see(subscription: &Subscription, record: &EventRecord) -> bool {
    let viewer = Viewer::Person { name: subscription.owner.clone(), projects: Vec::new() };
    !record.about.contains(&subscription.id) && record.realm.visible_to(&viewer)
}
