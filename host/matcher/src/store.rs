//! Every predicate that occurs, kept once, with the subscriptions that follow it; and
//! how the predicates that an event fulfils are found.

use std::hash::{BuildHasher, RandomState};

use event::{FieldPath, Scalar};
use hashbrown::HashTable;

use crate::Slot;
use crate::facts::{Facts, name_of};
use crate::order::{amount, ordinal, spelled};
use crate::predicate::{Test, text};
use crate::prefixes::Prefixes;
use crate::ranges::Ranges;
use crate::slab::{Slab, place};

place! { FieldId }
place! { PredicateId }

/// The field of predicates about the event as a whole.
pub(crate) const EVENT: FieldId = FieldId(u32::MAX);

#[derive(Clone, Default)]
pub(crate) struct Store {
    hasher: RandomState,
    fields: Slab<FieldId, Field>,
    by_name: HashTable<FieldId>,
    predicates: Slab<PredicateId, Predicate>,
    by_question: HashTable<PredicateId>,
    /// Words that have followers: while there are none, no event need be split.
    words: usize,
    /// The predicate that every event fulfils, while it has followers.
    always: Option<PredicateId>,
}

#[derive(Clone)]
struct Field {
    name: Box<str>,
    /// Predicates about it; with the last one the field is forgotten.
    predicates: u32,
    // Of its predicates, those with followers that no hash can find.
    present: Option<PredicateId>,
    prefixes: Prefixes,
    ranges: Ranges,
}

#[derive(Clone)]
struct Predicate {
    field: FieldId,
    /// How often it occurs in conditions and as a key.
    uses: u32,
    test: Test<Box<str>>,
    followers: Followers,
}

/// Most predicates have none or one, and these take no memory of their own.
#[derive(Clone)]
enum Followers {
    None,
    One(Slot),
    Several(Vec<Slot>),
}

/// Keeping predicates. Each use is counted, and the last one's end removes it.
impl Store {
    pub(crate) fn hasher(&self) -> &RandomState {
        &self.hasher
    }

    /// How many fields and how many predicates there are.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.fields.len(), self.predicates.len())
    }

    pub(crate) fn intern(&mut self, path: &FieldPath, test: Test<&str>) -> PredicateId {
        let name = name_of(path);
        let field = self.field(&name).unwrap_or_else(|| self.add_field(&name));
        self.intern_in(field, test)
    }

    pub(crate) fn intern_of_event(&mut self, test: Test<&str>) -> PredicateId {
        self.intern_in(EVENT, test)
    }

    /// The field is [`EVENT`] or has other predicates.
    pub(crate) fn intern_in(&mut self, field: FieldId, test: Test<&str>) -> PredicateId {
        if let Some(known) = self.find(field, test) {
            self.hold(known);
            return known;
        }
        if field != EVENT {
            self.fields[field].predicates += 1;
        }
        let predicate = Predicate { field, uses: 1, test: test.owned(), followers: Followers::None };
        let id = self.predicates.insert(predicate);
        let (hasher, predicates) = (&self.hasher, &self.predicates);
        let hash = |id: &PredicateId| hasher.hash_one(predicates[*id].question());
        self.by_question.insert_unique(hash(&id), id, hash);
        id
    }

    pub(crate) fn hold(&mut self, id: PredicateId) {
        self.predicates[id].uses += 1;
    }

    pub(crate) fn release(&mut self, id: PredicateId) {
        self.predicates[id].uses -= 1;
        if self.predicates[id].uses > 0 {
            return;
        }
        let hash = self.hasher.hash_one(self.predicates[id].question());
        if let Ok(found) = self.by_question.find_entry(hash, |other| *other == id) {
            found.remove();
        }
        let field = self.predicates.remove(id).field;
        if field != EVENT {
            self.fields[field].predicates -= 1;
            if self.fields[field].predicates == 0 {
                self.remove_field(field);
            }
        }
    }

    pub(crate) fn question(&self, id: PredicateId) -> (FieldId, Test<&str>) {
        self.predicates[id].question()
    }

    /// How often the predicate occurs; zero when it is not kept.
    pub(crate) fn uses(&self, field: FieldId, test: Test<&str>) -> u32 {
        self.find(field, test).map_or(0, |id| self.predicates[id].uses)
    }

    /// The field of this name, if any predicate is about it.
    pub(crate) fn field(&self, name: &str) -> Option<FieldId> {
        let hash = self.hasher.hash_one(name);
        self.by_name.find(hash, |id| &*self.fields[*id].name == name).copied()
    }

    fn find(&self, field: FieldId, test: Test<&str>) -> Option<PredicateId> {
        let hash = self.hasher.hash_one((field, test));
        self.by_question.find(hash, |id| self.predicates[*id].question() == (field, test)).copied()
    }

    fn add_field(&mut self, name: &str) -> FieldId {
        let id = self.fields.insert(Field {
            name: name.into(),
            predicates: 0,
            present: None,
            prefixes: Prefixes::default(),
            ranges: Ranges::default(),
        });
        let (hasher, fields) = (&self.hasher, &self.fields);
        let hash = |id: &FieldId| hasher.hash_one(&*fields[*id].name);
        self.by_name.insert_unique(hash(&id), id, hash);
        id
    }

    fn remove_field(&mut self, id: FieldId) {
        let hash = self.hasher.hash_one(&*self.fields[id].name);
        if let Ok(found) = self.by_name.find_entry(hash, |other| *other == id) {
            found.remove();
        }
        self.fields.remove(id);
    }
}

impl Predicate {
    fn question(&self) -> (FieldId, Test<&str>) {
        (self.field, self.test.borrowed())
    }
}

/// Following predicates.
impl Store {
    /// Returns the place of the new follower among the others.
    pub(crate) fn follow(&mut self, id: PredicateId, slot: Slot) -> u32 {
        let followers = &mut self.predicates[id].followers;
        let place = followers.as_slice().len() as u32;
        match followers {
            Followers::None => *followers = Followers::One(slot),
            Followers::One(first) => *followers = Followers::Several(vec![*first, slot]),
            Followers::Several(slots) => slots.push(slot),
        }
        if place == 0 {
            self.watch(id, true);
        }
        place
    }

    /// Returns the follower that now stands at the place, if another one does.
    pub(crate) fn unfollow(&mut self, id: PredicateId, place: u32) -> Option<Slot> {
        if let Followers::Several(slots) = &mut self.predicates[id].followers
            && slots.len() > 1
        {
            slots.swap_remove(place as usize);
            if slots.len() < slots.capacity() / 4 {
                slots.shrink_to_fit();
            }
            return slots.get(place as usize).copied();
        }
        self.predicates[id].followers = Followers::None;
        self.watch(id, false);
        None
    }

    /// Predicates that a hash of a value cannot find are found by the field they are about.
    fn watch(&mut self, id: PredicateId, on: bool) {
        let Predicate { field, test, .. } = &self.predicates[id];
        let entry = on.then_some(id);
        match test {
            Test::Word(_) if on => self.words += 1,
            Test::Word(_) => self.words -= 1,
            Test::Present if *field == EVENT => self.always = entry,
            Test::Present => self.fields[*field].present = entry,
            Test::Prefix(prefix) if on => self.fields[*field].prefixes.insert(prefix, id),
            Test::Prefix(prefix) => self.fields[*field].prefixes.remove(prefix),
            Test::Range { low, high } if on => self.fields[*field].ranges.insert(*low, *high, id),
            Test::Range { low, high } => self.fields[*field].ranges.remove(*low, *high),
            _ => {}
        }
    }
}

impl Followers {
    fn as_slice(&self) -> &[Slot] {
        match self {
            Followers::None => &[],
            Followers::One(slot) => std::slice::from_ref(slot),
            Followers::Several(slots) => slots,
        }
    }
}

/// Finding predicates.
impl Store {
    /// Calls `found` with predicates that the event fulfils, and their followers; among
    /// them each that has any. One may come several times, from several values of a field.
    pub(crate) fn fulfilled(&self, facts: &Facts<'_>, mut found: impl FnMut(PredicateId, &[Slot])) {
        let mut report = |id: PredicateId| found(id, self.predicates[id].followers.as_slice());
        if let Some(always) = self.always {
            report(always);
        }
        if self.words > 0 {
            facts.words.distinct().filter_map(|w| self.find(EVENT, Test::Word(w))).for_each(&mut report);
        }
        for (id, values) in facts.fields() {
            let field = &self.fields[id];
            field.present.into_iter().for_each(&mut report);
            for (_, value) in values {
                self.equal(id, *value).for_each(&mut report);
                if let Some(text) = text(*value) {
                    field.prefixes.of(text, &mut report);
                }
            }
            if !field.ranges.is_empty() {
                let amounts = || values.iter().filter_map(|(_, value)| amount(*value));
                if let (Some(least), Some(most)) = (amounts().min(), amounts().max()) {
                    field.ranges.overlapping(least, most, &mut report);
                }
            }
        }
    }

    fn equal<'a>(&'a self, field: FieldId, value: Scalar<'a>) -> impl Iterator<Item = PredicateId> + 'a {
        let exact = match value {
            Scalar::Number(n) => Some(Test::Number(ordinal(n))),
            Scalar::Bool(b) => Some(Test::Bool(b)),
            Scalar::Null => Some(Test::Null),
            _ => text(value).map(Test::Text),
        };
        let tests = exact.into_iter().chain(spelled(value).map(Test::Spelled));
        tests.filter_map(move |test| self.find(field, test))
    }
}
