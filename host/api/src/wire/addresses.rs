//! Addresses: where people are told.

use event::{Channel, Form, Name, SigningSecret, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{AttemptState, Time, schema};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    #[schema(value_type = String)]
    pub name: Name,
    /// `inbox`, `mail`, `webhook`, or the name of a plugin of the kind channel.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// Where the channel sends to: a mailbox for mail, a URL for a webhook; absent for the inbox
    /// and for a plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// As the `config_schema` of the plugin wants it; absent: `{}`. Nothing else has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub config: Option<Value>,
    /// Absent: `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Form>)]
    pub form: Option<Form>,
    /// What signs to a webhook, `whsec_` and base64; absent: one is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub secret: Option<SigningSecret>,
}

/// Another configuration for an address of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressEdit {
    /// Replaces the whole one, secrets included.
    #[schema(value_type = Object)]
    pub config: Value,
}

/// A new secret for a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RotateAddress {
    /// How long the old one signs too, such as `24h` (the default); `0s` for one that
    /// somebody else has got hold of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// Absent: one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub secret: Option<SigningSecret>,
}

/// A person's named place to be told, without the secrets that it may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Address {
    #[schema(value_type = String)]
    pub user: Name,
    #[schema(value_type = String)]
    pub name: Name,
    /// `inbox`, `mail`, `webhook`, or the name of a plugin.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// Without what stands after the `?` of a URL, which is often a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Of a plugin. Secrets in it read `[omitted]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub config: Option<Value>,
    /// Absent for a plugin, and when the address is unreadable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Form>)]
    pub form: Option<Form>,
    #[schema(inline)]
    pub created: Time,
    /// Until then an older secret of a webhook signs as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub rotating_until: Option<Time>,
    /// Absent before the first attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<AddressHealth>,
    /// Why nothing more is known of it, such as `key missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// How an address has fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddressHealth {
    /// Of the last attempt.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    pub result: AttemptState,
    /// The provider's reference, or why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Attempts in a row that brought nothing.
    pub failures: u32,
    /// Since then nothing is sent there, because the receiver said that it is gone, or the
    /// plugin that its configuration can never work; a trial message that arrives ends this,
    /// and so does another configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub off_since: Option<Time>,
}

/// An address as it was saved. This is the one answer that shows a secret which was made for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedAddress {
    #[serde(flatten)]
    pub address: Address,
    /// Give it to the receiver, to verify with. It is not shown again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub secret: Option<SigningSecret>,
}

/// What became of a trial message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddressTest {
    pub delivered: bool,
    /// The provider's reference, or why it was not delivered.
    pub detail: String,
    /// What the receiver of a webhook says besides, on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// From the beginning of the attempt to its end.
    pub took_ms: u64,
}

impl Address {
    /// As it stands at `now`.
    pub fn new(address: event::Address, health: Option<event::AddressHealth>, now: Timestamp) -> Address {
        let event::Address { person, name, channel, to, config, form, keys, created } = address;
        let rotating_until = keys.iter().filter_map(|key| key.until).filter(|until| *until > now).max();
        // A plugin says itself how much of a digest it takes.
        let form = channel.plugin().is_none().then_some(form);
        Address {
            user: person,
            name,
            to: to.map(|to| if channel == Channel::Webhook { without_query(&to) } else { to }),
            channel,
            config,
            form,
            created: created.into(),
            rotating_until: rotating_until.map(Time::from),
            health: health.map(AddressHealth::from),
            unreadable: None,
        }
    }

    /// One of which nobody can read what it is, and why.
    pub fn unreadable(user: Name, name: Name, channel: Channel, created: Timestamp, why: &str) -> Address {
        let unreadable = Some(why.to_owned());
        let (created, rotating_until) = (created.into(), None);
        Address {
            user,
            name,
            channel,
            to: None,
            config: None,
            form: None,
            created,
            rotating_until,
            health: None,
            unreadable,
        }
    }
}

fn without_query(url: &str) -> String {
    match url.split_once(['?', '#']) {
        Some((front, _)) => format!("{front}?…"),
        None => url.to_owned(),
    }
}

impl From<event::AddressHealth> for AddressHealth {
    fn from(health: event::AddressHealth) -> AddressHealth {
        let event::AddressHealth { at, result, failures, gone } = health;
        let (result, detail) = AttemptState::of(result);
        AddressHealth { at: at.into(), result, detail, failures, off_since: gone.map(Time::from) }
    }
}
