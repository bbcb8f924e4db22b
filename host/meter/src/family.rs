//! One number for each combination of labels.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many combinations of labels are told apart; what comes later counts as [`OTHER`].
/// Whoever keeps the page keeps each of them for as long as history goes back.
const MEMBERS_MAX: usize = 200;
const OTHER: &str = "other";

/// Numbers of one kind, told apart by `N` labels of a few values each. Never label by
/// what people can make any number of: subscriptions, addresses, subjects.
#[derive(Debug)]
pub struct Family<T, const N: usize> {
    names: [&'static str; N],
    members: Mutex<BTreeMap<[Box<str>; N], Arc<T>>>,
}

impl<T: Default, const N: usize> Family<T, N> {
    pub fn new(names: [&'static str; N]) -> Family<T, N> {
        Family { names, members: Mutex::default() }
    }

    /// The number of these labels, in the order of their names.
    pub fn of(&self, labels: [&str; N]) -> Arc<T> {
        let mut members = self.lock();
        let labels = labels.map(Box::from);
        if let Some(member) = members.get(&labels) {
            return Arc::clone(member);
        }
        let labels = if members.len() < MEMBERS_MAX { labels } else { [OTHER; N].map(Box::from) };
        Arc::clone(members.entry(labels).or_default())
    }

    /// Calls `tell` with the labels and the number of each member, in their order.
    pub(crate) fn each(&self, mut tell: impl FnMut(&[(&str, &str)], &T)) {
        for (values, member) in &*self.lock() {
            let labels: Vec<_> = self.names.iter().copied().zip(values.iter().map(AsRef::as_ref)).collect();
            tell(&labels, member);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<[Box<str>; N], Arc<T>>> {
        // A number of somebody who panicked is as good as any.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
