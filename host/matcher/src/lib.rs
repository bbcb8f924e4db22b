//! From an event to the subscriptions that want it, without looking at the others.
//!
//! A subscription's requirements and filter become one condition over *predicates*
//! ("field `type` is `deploy`"), each kept once however many subscriptions share it.
//! Each subscription then follows a few of its predicates, its *keys*, chosen such that
//! its condition cannot hold unless one of them does: the rarest of a conjunction, one
//! of each branch of an alternative. An event looks up which keys its own fields fulfil
//! (`store`: hashes for values and words, sorted texts for prefixes, `ranges` for
//! numbers), and only the followers of those are asked whether the whole condition holds.
//!
//! So an event costs what its fields and its candidates cost. A condition without a
//! possible key, such as a sole negation, follows the predicate that every event
//! fulfils; there should be few of these.
//!
//! What is deliberately absent: realms, owners and states of subscriptions. Whoever
//! inserts them knows who may see what.

mod code;
mod facts;
mod key;
mod order;
mod predicate;
mod prefixes;
mod ranges;
mod slab;
mod store;
mod translate;

use std::fmt;
use std::hash::BuildHasher;

use event::{Event, Requirement, SubscriptionId};
use filter::Filter;
use hashbrown::HashTable;

use crate::code::Code;
use crate::facts::Facts;
use crate::slab::{Slab, place};
use crate::store::{PredicateId, Store};

/// Finds the subscriptions that want an event. A clone is a deep copy: about the price
/// of copying its memory.
#[derive(Clone, Default)]
pub struct Matcher {
    store: Store,
    entries: Slab<Slot, Entry>,
    by_id: HashTable<Slot>,
}

place! {
    /// Where a subscription's entry is.
    Slot
}

#[derive(Clone)]
struct Entry {
    id: SubscriptionId,
    code: Code,
    places: Box<[Place]>,
}

/// A key that an entry follows, and where it stands among the key's followers.
#[derive(Clone, Copy)]
struct Place {
    key: PredicateId,
    position: u32,
}

impl Matcher {
    /// Takes a subscription in, in place of what stood under its id before. It wants an
    /// event for which all requirements and the filter hold.
    pub fn insert(&mut self, id: &SubscriptionId, requirements: &[Requirement], filter: &Filter) {
        self.remove(id);
        let condition = translate::condition(&mut self.store, requirements, filter);
        let keys = key::choose(&mut self.store, &condition);
        let entry = Entry { id: id.clone(), code: Code::of(&condition), places: Box::default() };
        let slot = self.entries.insert(entry);
        let follow = |key| Place { key, position: self.store.follow(key, slot) };
        self.entries[slot].places = keys.into_iter().map(follow).collect();
        let (entries, store) = (&self.entries, &self.store);
        let hash = |slot: &Slot| store.hasher().hash_one(&entries[*slot].id);
        self.by_id.insert_unique(hash(&slot), slot, hash);
    }

    /// Returns whether there was such a subscription.
    pub fn remove(&mut self, id: &SubscriptionId) -> bool {
        let hash = self.store.hasher().hash_one(id);
        let Ok(found) = self.by_id.find_entry(hash, |slot| self.entries[*slot].id == *id) else {
            return false;
        };
        let (slot, _) = found.remove();
        let entry = self.entries.remove(slot);
        for place in &entry.places {
            if let Some(moved) = self.store.unfollow(place.key, place.position) {
                self.moved(moved, *place);
            }
            self.store.release(place.key);
        }
        entry.code.predicates().for_each(|predicate| self.store.release(predicate));
        true
    }

    /// The last follower of a key took the place of one that left.
    fn moved(&mut self, slot: Slot, to: Place) {
        for place in self.entries[slot].places.iter_mut().filter(|p| p.key == to.key) {
            place.position = to.position;
        }
    }

    /// The subscriptions that want the event, in the order of their ids.
    pub fn matches(&self, event: &Event) -> Vec<SubscriptionId> {
        let facts = Facts::of(event, &self.store);
        let mut candidates: Vec<(Slot, PredicateId)> = Vec::new();
        self.store.fulfilled(&facts, |key, followers| {
            candidates.extend(followers.iter().map(|slot| (*slot, key)));
        });
        // In the order of memory, and each but once however many of its keys are fulfilled.
        candidates.sort_unstable();
        candidates.dedup_by_key(|(slot, _)| *slot);
        let mut wanted: Vec<SubscriptionId> = candidates
            .into_iter()
            .map(|(slot, key)| (&self.entries[slot], key))
            .filter(|(entry, key)| entry.code.holds(&|p| p == *key || facts.fulfil(&self.store, p)))
            .map(|(entry, _)| entry.id.clone())
            .collect();
        wanted.sort_unstable();
        wanted
    }

    /// How many subscriptions there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How much there is, and not a million subscriptions.
impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fields, predicates) = self.store.sizes();
        f.debug_struct("Matcher")
            .field("subscriptions", &self.len())
            .field("fields", &fields)
            .field("predicates", &predicates)
            .finish()
    }
}
