//! What somebody set up.

use std::collections::BTreeMap;

use event::{AddressRecord, Door, KeyId, Name, Person, Source, Style, Subscription, SubscriptionId, Token};

use super::View;
use crate::state::StateError;
use crate::state::key::{of_person, one};
use crate::state::rows::Span;
use crate::state::tables::{
    ADDRESSES, DESTROYED_KEYS, DOOR_PATHS, DOORS, PERSON_KEYS, PERSONS, SOURCES, STYLES, SUBSCRIPTION_NAMES,
    SUBSCRIPTION_UNDO, SUBSCRIPTIONS, TOKEN_HASHES, TOKENS,
};

impl View {
    pub fn person(&self, name: &Name) -> Result<Option<Person>, StateError> {
        self.rows.get(PERSONS, &one(name.as_str()))
    }

    pub fn persons(&self) -> Result<Vec<Person>, StateError> {
        self.rows.list(PERSONS, Span::all(), usize::MAX)
    }

    /// The keys that open what is a person's, the newest first.
    pub fn keys_of(&self, person: &Name) -> Result<Vec<KeyId>, StateError> {
        let mut keys = self.rows.list(PERSON_KEYS, Span::of(&one(person.as_str())), usize::MAX)?;
        keys.sort();
        Ok(keys.into_iter().rev().map(|(_, key)| key).collect())
    }

    /// Keys of people, secrets and sources that were removed: wherever they turn up, they are to be
    /// destroyed.
    pub fn destroyed_keys(&self) -> Result<Vec<KeyId>, StateError> {
        self.rows.list(DESTROYED_KEYS, Span::all(), usize::MAX)
    }

    /// How many those are.
    pub fn destroyed_keys_len(&self) -> Result<u64, StateError> {
        self.rows.count(DESTROYED_KEYS)
    }

    /// A stored one: `inbox` and `mail` also exist without a row.
    pub fn address(&self, person: &Name, name: &Name) -> Result<Option<AddressRecord>, StateError> {
        self.rows.get(ADDRESSES, &of_person(person, name))
    }

    /// The stored ones.
    pub fn addresses(&self, person: &Name) -> Result<Vec<AddressRecord>, StateError> {
        self.rows.list(ADDRESSES, Span::of(&one(person.as_str())), usize::MAX)
    }

    /// Those of everybody to which this plugin carries.
    pub fn addresses_by(&self, plugin: &Name) -> Result<Vec<AddressRecord>, StateError> {
        let mut all = self.rows.list(ADDRESSES, Span::all(), usize::MAX)?;
        all.retain(|address| address.channel.plugin() == Some(plugin));
        Ok(all)
    }

    pub fn style(&self, person: &Name, name: &Name) -> Result<Option<Style>, StateError> {
        self.rows.get(STYLES, &of_person(person, name))
    }

    pub fn styles(&self, person: &Name) -> Result<Vec<Style>, StateError> {
        self.rows.list(STYLES, Span::of(&one(person.as_str())), usize::MAX)
    }

    /// The one that serves every subscription which names none.
    pub fn default_style(&self, person: &Name) -> Result<Option<Style>, StateError> {
        Ok(self.styles(person)?.into_iter().find(|style| style.default))
    }

    pub fn subscription(&self, id: &SubscriptionId) -> Result<Option<Subscription>, StateError> {
        self.rows.get(SUBSCRIPTIONS, &one(id.as_str()))
    }

    pub fn subscription_named(&self, owner: &Name, name: &Name) -> Result<Option<Subscription>, StateError> {
        match self.rows.get(SUBSCRIPTION_NAMES, &of_person(owner, name))? {
            Some(id) => self.rows.expect(SUBSCRIPTIONS, &one(id.as_str())).map(Some),
            None => Ok(None),
        }
    }

    pub fn subscriptions(&self) -> Result<Vec<Subscription>, StateError> {
        self.rows.list(SUBSCRIPTIONS, Span::all(), usize::MAX)
    }

    /// The subscriptions as they stood at the dispatch cursor: the matcher begins with these.
    pub fn subscriptions_at_cursor(&self) -> Result<Vec<Subscription>, StateError> {
        let now =
            self.subscriptions()?.into_iter().map(|subscription| (subscription.id.clone(), subscription));
        let mut then: BTreeMap<SubscriptionId, Subscription> = now.collect();
        for undo in self.rows.list(SUBSCRIPTION_UNDO, Span::all(), usize::MAX)?.into_iter().rev() {
            match undo.before {
                Some(before) => then.insert(undo.id, before),
                None => then.remove(&undo.id),
            };
        }
        Ok(then.into_values().collect())
    }

    /// In the order of their names.
    pub fn subscriptions_of(&self, owner: &Name) -> Result<Vec<Subscription>, StateError> {
        let ids = self.rows.list(SUBSCRIPTION_NAMES, Span::of(&one(owner.as_str())), usize::MAX)?;
        ids.iter().map(|id| self.rows.expect(SUBSCRIPTIONS, &one(id.as_str()))).collect()
    }

    pub fn token_by_hash(&self, hash: &str) -> Result<Option<Token>, StateError> {
        match self.rows.get(TOKEN_HASHES, &one(hash))? {
            Some(id) => self.rows.expect(TOKENS, &one(&id)).map(Some),
            None => Ok(None),
        }
    }

    pub fn tokens(&self) -> Result<Vec<Token>, StateError> {
        self.rows.list(TOKENS, Span::all(), usize::MAX)
    }

    /// One that was added by command.
    pub fn door(&self, name: &Name) -> Result<Option<Door>, StateError> {
        self.rows.get(DOORS, &one(name.as_str()))
    }

    /// The one that has exactly this path, among those that were added by command.
    pub fn door_at(&self, path: &str) -> Result<Option<Door>, StateError> {
        match self.rows.get(DOOR_PATHS, &one(path))? {
            Some(name) => self.rows.expect(DOORS, &one(name.as_str())).map(Some),
            None => Ok(None),
        }
    }

    pub fn source(&self, name: &Name) -> Result<Option<Source>, StateError> {
        self.rows.get(SOURCES, &one(name.as_str()))
    }

    /// In the order of their names.
    pub fn sources(&self) -> Result<Vec<Source>, StateError> {
        self.rows.list(SOURCES, Span::all(), usize::MAX)
    }

    /// Those that were added by command.
    pub fn doors(&self) -> Result<Vec<Door>, StateError> {
        self.rows.list(DOORS, Span::all(), usize::MAX)
    }
}
