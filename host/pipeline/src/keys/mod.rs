//! What is a person's own, between its ciphertext and those who may read it.
//!
//! Records are encrypted before they are drafts, since the journal knows no
//! randomness, and decrypted where somebody with the right to read them asks.

pub(crate) mod start;

use std::sync::Arc;

use accounts::{Belonging, Keyring, KeyringError, Unreadable};
use event::{
    Address, AddressRecord, Ciphertext, Digest, DigestRecord, Forgettable, KeyId, Name, Person, SecretRecord,
    Source, SourceSecrets,
};
use journal::{StateError, View};

/// Cheap to clone; all clones are the same keyring.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) keyring: Arc<Keyring>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("a key cannot be used: {0}")]
    Keyring(#[from] KeyringError),
    #[error("{0}")]
    State(#[from] StateError),
}

/// What people say of themselves, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
    /// Why something is missing that is there.
    pub(crate) unreadable: Option<Unreadable>,
}

/// The kinds of what is encrypted. They are part of each ciphertext, and never change.
const EMAIL: &str = "email";
const DISPLAY_NAME: &str = "display-name";
const ADDRESS: &str = "address";
const DIGEST: &str = "digest";
const SOURCE: &str = "source";
const SECRET: &str = "secret";

impl Keys {
    pub(crate) fn new(keyring: Keyring) -> Keys {
        Keys { keyring: Arc::new(keyring) }
    }

    /// The key for what is written of a person now: theirs, or a new one when they have
    /// none that can be read. Waits for the disk.
    pub(crate) fn of(&self, view: &View, person: &Name) -> Result<KeyId, KeyError> {
        let known = view.keys_of(person)?.into_iter().find(|key| self.keyring.holds(key));
        Ok(known.map_or_else(|| self.keyring.mint(), Ok)?)
    }

    pub(crate) fn email(
        &self,
        key: &KeyId,
        person: &Name,
        email: &str,
    ) -> Result<Forgettable<String>, KeyringError> {
        self.text(key, &Belonging { person, kind: EMAIL, name: "" }, email)
    }

    pub(crate) fn display_name(
        &self,
        key: &KeyId,
        person: &Name,
        display_name: &str,
    ) -> Result<Forgettable<String>, KeyringError> {
        self.text(key, &Belonging { person, kind: DISPLAY_NAME, name: "" }, display_name)
    }

    pub(crate) fn read_profile(&self, person: &Person) -> Profile {
        let mut unreadable = None;
        let mut read = |kind, value: &Option<Forgettable<String>>| {
            let belonging = Belonging { person: &person.name, kind, name: "" };
            match value.as_ref().map(|value| self.read(&belonging, value))? {
                Ok(text) => Some(text),
                Err(why) => {
                    unreadable = Some(why);
                    None
                }
            }
        };
        let email = read(EMAIL, &person.email);
        let display_name = read(DISPLAY_NAME, &person.display_name);
        Profile { email, display_name, unreadable }
    }

    pub(crate) fn address(&self, key: &KeyId, address: &Address) -> Result<AddressRecord, KeyringError> {
        let belonging = Belonging { person: &address.person, kind: ADDRESS, name: address.name.as_str() };
        Ok(AddressRecord::new(address, self.keyring.encrypt(key, &belonging, address)?))
    }

    pub(crate) fn read_address(&self, record: &AddressRecord) -> Result<Address, Unreadable> {
        let belonging = Belonging { person: &record.person, kind: ADDRESS, name: record.name.as_str() };
        self.read(&belonging, &record.whole)
    }

    pub(crate) fn digest(&self, key: &KeyId, digest: &Digest) -> Result<DigestRecord, KeyringError> {
        let belonging = Belonging { person: &digest.person, kind: DIGEST, name: digest.id.as_str() };
        Ok(DigestRecord::new(digest, self.keyring.encrypt(key, &belonging, digest)?))
    }

    pub(crate) fn read_digest(&self, record: &DigestRecord) -> Result<Digest, Unreadable> {
        let belonging = Belonging { person: &record.person, kind: DIGEST, name: record.id.as_str() };
        self.read(&belonging, &record.whole)
    }

    /// The secrets of a source, under a key of their own. Waits for the disk.
    pub(crate) fn source(
        &self,
        source: &Name,
        secrets: &SourceSecrets,
    ) -> Result<Forgettable<SourceSecrets>, KeyringError> {
        let belonging = Belonging { person: source, kind: SOURCE, name: "" };
        self.keyring.encrypt(&self.keyring.mint()?, &belonging, secrets).map(Forgettable::from)
    }

    pub(crate) fn read_source(&self, source: &Source) -> Result<SourceSecrets, Unreadable> {
        let belonging = Belonging { person: &source.name, kind: SOURCE, name: "" };
        source.secrets.as_ref().map_or_else(|| Ok(SourceSecrets::new()), |whole| self.read(&belonging, whole))
    }

    /// A secret's value under a new key, which nothing else lies under: it is destroyed with
    /// the value. Waits for the disk.
    pub(crate) fn secret(&self, name: &Name, value: &str) -> Result<Ciphertext, KeyringError> {
        let belonging = Belonging { person: name, kind: SECRET, name: "" };
        self.keyring.encrypt(&self.keyring.mint()?, &belonging, &value)
    }

    pub(crate) fn read_secret(&self, record: &SecretRecord) -> Result<String, Unreadable> {
        let belonging = Belonging { person: &record.name, kind: SECRET, name: "" };
        self.keyring.decrypt(&belonging, &record.whole)
    }

    fn text(
        &self,
        key: &KeyId,
        belonging: &Belonging<'_>,
        text: &str,
    ) -> Result<Forgettable<String>, KeyringError> {
        self.keyring.encrypt(key, belonging, &text).map(Forgettable::from)
    }

    fn read<T: serde::de::DeserializeOwned + Clone>(
        &self,
        belonging: &Belonging<'_>,
        value: &Forgettable<T>,
    ) -> Result<T, Unreadable> {
        match value {
            Forgettable::Clear(value) => Ok(value.clone()),
            Forgettable::Cipher(cipher) => self.keyring.decrypt(belonging, cipher),
        }
    }
}
