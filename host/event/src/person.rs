//! People, and how each of them wants to be told.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::severity::{UnknownWord, words};
use crate::{Ciphertext, Forgettable, KeyId, Name, NameError, Realm, SigningKey, Timestamp};

words! { Role, "role", Member = "member", Admin = "admin" }

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: Name,
    pub email: Option<Forgettable<String>>,
    /// What other people call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Forgettable<String>>,
    /// IANA time zone of the person; none: the daemon's default.
    pub zone: Option<String>,
    pub role: Role,
    pub created: Timestamp,
}

impl Person {
    /// What of them must be forgettable.
    pub fn forgettable(&self) -> impl Iterator<Item = &Forgettable<String>> {
        self.email.iter().chain(&self.display_name)
    }
}

/// What carries a digest, as one word wherever it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Channel {
    Inbox,
    Mail,
    Webhook,
    /// A plugin of the kind channel, by its name.
    Plugin(Name),
}

impl Channel {
    /// Those that need no plugin: their words are no names for one.
    pub const BUILT_IN: [Channel; 3] = [Channel::Inbox, Channel::Mail, Channel::Webhook];

    pub fn as_str(&self) -> &str {
        match self {
            Channel::Inbox => "inbox",
            Channel::Mail => "mail",
            Channel::Webhook => "webhook",
            Channel::Plugin(name) => name.as_str(),
        }
    }

    pub fn plugin(&self) -> Option<&Name> {
        match self {
            Channel::Plugin(name) => Some(name),
            Channel::Inbox | Channel::Mail | Channel::Webhook => None,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Channel {
    type Err = NameError;

    fn from_str(word: &str) -> Result<Channel, NameError> {
        match Channel::BUILT_IN.into_iter().find(|channel| channel.as_str() == word) {
            Some(channel) => Ok(channel),
            None => Name::new(word).map(Channel::Plugin),
        }
    }
}

impl TryFrom<String> for Channel {
    type Error = NameError;

    fn try_from(word: String) -> Result<Channel, NameError> {
        word.parse()
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> String {
        channel.to_string()
    }
}

words! {
    /// How much of a digest an address takes: all of it, or one line for a phone.
    Form, "form", Full = "full", Line = "line"
}

/// A person's named place to be told. `inbox` and `mail` exist without a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub person: Name,
    pub name: Name,
    pub channel: Channel,
    /// Where the channel sends to: a mailbox for mail, a URL for a webhook, nothing for
    /// the inbox and for plugins.
    pub to: Option<String>,
    /// As the schema of its plugin wants it; nobody else has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    pub form: Form,
    /// A webhook's, the newest first, which is never missing there; nobody else has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<SigningKey>,
    pub created: Timestamp,
}

/// An address as records and state hold it: in the clear only what it is called and what
/// carries to it, so that somebody whose key is lost still sees which addresses they had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AddressRead")]
pub struct AddressRecord {
    pub person: Name,
    pub name: Name,
    pub channel: Channel,
    /// The version of the plugin that took its configuration; none: the one that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_sha256: Option<String>,
    pub created: Timestamp,
    pub whole: Forgettable<Address>,
}

impl AddressRecord {
    /// `whole` is the same address under its person's key.
    pub fn new(address: &Address, whole: Ciphertext) -> AddressRecord {
        AddressRecord::over(address, whole.into())
    }

    pub fn key(&self) -> Option<&KeyId> {
        self.whole.key()
    }

    fn over(address: &Address, whole: Forgettable<Address>) -> AddressRecord {
        AddressRecord {
            person: address.person.clone(),
            name: address.name.clone(),
            channel: address.channel.clone(),
            plugin_sha256: None,
            created: address.created,
            whole,
        }
    }
}

/// An address of a record, whichever release wrote it.
#[derive(Deserialize)]
#[serde(untagged)]
enum AddressRead {
    Record {
        person: Name,
        name: Name,
        channel: Channel,
        #[serde(default)]
        plugin_sha256: Option<String>,
        created: Timestamp,
        whole: Forgettable<Address>,
    },
    Clear(Address),
}

impl From<AddressRead> for AddressRecord {
    fn from(read: AddressRead) -> AddressRecord {
        match read {
            AddressRead::Record { person, name, channel, plugin_sha256, created, whole } => {
                AddressRecord { person, name, channel, plugin_sha256, created, whole }
            }
            AddressRead::Clear(address) => AddressRecord::over(&address, Forgettable::Clear(address.clone())),
        }
    }
}

/// A person's delivery rules under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    pub person: Name,
    pub name: Name,
    /// Serves every subscription that names no style; at most one of a person's does.
    pub default: bool,
    /// IANA time zone; none: the person's, else the daemon's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Named time windows, such as `work = "Mo-Fr 06:00-19:00"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub windows: BTreeMap<String, String>,
    /// In order: the first that fits an alert governs it.
    #[serde(default, rename = "band")]
    pub bands: Vec<Band>,
}

/// For which alerts, and at which times, which addresses are used, and how. All
/// texts are as the person wrote them; `digest` reads and checks them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Band {
    /// `critical`, `>=warning`, …; none: every severity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// `firing`, `resolved` or `note`; none: every state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// A window's name, `!name`, or a window itself; none: always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Names of the person's addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<BandMode>,
    /// How long to collect before sending, such as `1m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// Each further item moves the end this far, up to `max_wait`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<String>,
    /// `now` sends the first at once when nothing was sent for `lookback`; `wait` collects first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookback: Option<String>,
    /// Local times such as `06:00`, or cron expressions: collect until the next of them.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub digest: Vec<String>,
    /// What a release of held alerts shows: `summary`, `firing` or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_release: Option<String>,
    /// Kept apart by these: `handler`, `subscription`, `severity`, or a field of the alert's data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u32>,
}

words! {
    /// `send` collects for `wait` or until `digest`; `hold` keeps until the band's
    /// end or the next `digest`; `drop` tells nobody, and counts.
    BandMode, "mode", Send = "send", Hold = "hold", Drop = "drop"
}

words! {
    /// What a token may do. `read` and `events:write` are what they say; `admin` is everything.
    Scope, "scope", EventsWrite = "events:write", Read = "read", Admin = "admin"
}

/// A named key to the API, kept only as a hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: String,
    /// Unique among all tokens; the default source of what it sends.
    pub name: Name,
    /// SHA-256 of the secret, lower-case hexadecimal: it holds 256 random bits, so nothing slower is needed.
    pub hash: String,
    /// For whom it acts; none: for nobody in particular.
    pub user: Option<Name>,
    /// Stamped on the events that it sends.
    pub realm: Realm,
    pub scopes: Vec<Scope>,
    pub created: Timestamp,
}

fn one_or_many<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(input)? {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_first_release_is_read_and_one_of_this_one_says_nothing() {
        let old = r#"{"person":"alice","name":"phone","channel":"mail","to":"1@sms.example.org","form":"line","created":5}"#;
        let read: AddressRecord = serde_json::from_str(old).expect("it was written so");
        assert_eq!(
            (read.person.as_str(), read.name.as_str(), read.created),
            ("alice", "phone", Timestamp(5))
        );
        let Forgettable::Clear(address) = read.whole else { panic!("it lay open") };
        assert_eq!(address.to.as_deref(), Some("1@sms.example.org"));

        let cipher = Ciphertext { key: KeyId::from_bits(1), cipher: "AAAA".into() };
        let record = AddressRecord::new(&address, cipher);
        let written = serde_json::to_string(&record).expect("it is JSON");
        assert!(!written.contains("sms") && !written.contains("line"), "{written}");
        assert_eq!(serde_json::from_str::<AddressRecord>(&written).expect("it was just written"), record);
    }

    #[test]
    fn a_channel_is_one_word_and_a_plugin_never_takes_that_of_another() {
        for word in ["inbox", "mail", "webhook", "ntfy"] {
            let channel: Channel = word.parse().expect("it is a name");
            assert_eq!((channel.as_str(), channel.plugin().is_some()), (word, word == "ntfy"));
            let written = serde_json::to_string(&channel).expect("it is a text");
            assert_eq!(written, format!("{word:?}"));
            assert_eq!(serde_json::from_str::<Channel>(&written).expect("it was just written"), channel);
        }
        assert!("no/name".parse::<Channel>().is_err());
    }

    #[test]
    fn a_person_of_the_first_release_is_read() {
        let old = r#"{"name":"alice","email":"a@example.org","zone":null,"role":"member","created":5}"#;
        let read: Person = serde_json::from_str(old).expect("it was written so");
        assert_eq!(read.email, Some(Forgettable::Clear("a@example.org".into())));
        let none: Person = serde_json::from_str(&old.replace("\"a@example.org\"", "null")).expect("the same");
        assert_eq!((none.email, none.display_name), (None, None));
    }
}
