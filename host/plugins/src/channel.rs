//! Channels: a digest carried to one address.

use std::sync::Arc;

use event::{AlertState, PluginKind, Severity, Timestamp};
use serde_json::Value;

use crate::bindings::{delivering as wit, types};
use crate::exports::{DELIVER, DELIVER_V0_1};
use crate::output::{self, bad, limit};
use crate::running::Scope;
use crate::{CallError, Called, Config, InterfaceVersion, Outside, Plugin, convert, text};

/// A rendered digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Stable over attempts.
    pub id: String,
    pub recipient: String,
    /// Of its worst item.
    pub severity: Severity,
    /// One line.
    pub subject: String,
    /// One line, for a phone.
    pub text: String,
    /// Several lines.
    pub ascii: String,
    /// Sanitised.
    pub html: Option<String>,
    pub items: Vec<MessageItem>,
    /// What they are called, and where they lead.
    pub links: Vec<(String, String)>,
    /// The receipt of the last message of this thread to this recipient.
    pub previous: Option<String>,
    /// Counted from 1.
    pub attempt: u32,
}

/// One alert in a message.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageItem {
    pub id: String,
    /// Stable over the life of the alert.
    pub key: String,
    pub state: AlertState,
    pub severity: Severity,
    pub title: String,
    pub data: Value,
    pub count: u32,
    pub first: Timestamp,
    pub last: Timestamp,
    pub link: String,
}

/// The other side's name for what was delivered, to be handed to the next message of the
/// thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// One line of at most 1,000 bytes.
    pub reference: Option<String>,
}

impl Plugin {
    /// Delivers a message, in a fresh instance, which reaches what `outside` grants.
    /// Blocks.
    pub fn deliver(
        &self,
        config: &Config,
        now: Timestamp,
        message: &Message,
        outside: Arc<dyn Outside>,
    ) -> Called<Receipt> {
        let attempt = message.attempt.to_le_bytes();
        let seed = [config.id.as_bytes(), message.id.as_bytes(), &attempt];
        let scope = Scope {
            now,
            seed: &seed,
            outside: Some(outside),
            known: self.secrets_in(&config.data),
            ..Scope::TIMELESS
        };
        let (config, time, message) = (convert::config(config), convert::timestamp(now), outgoing(message));
        let called = match self.interface_version() {
            InterfaceVersion::V0_1 => {
                self.call(PluginKind::Channel, scope, &DELIVER_V0_1, (config, message)).0
            }
            InterfaceVersion::V0_2 => {
                self.call(PluginKind::Channel, scope, &DELIVER, (config, time, message)).0
            }
        };
        called.and_then(|said| receipt(said.map_err(output::error)?))
    }
}

fn receipt(said: wit::Receipt) -> Result<Receipt, CallError> {
    let reference = said.reference;
    if let Some(reference) = &reference {
        if reference.len() > text::LINE_MAX {
            return Err(limit(format!("{} bytes of receipt", text::LINE_MAX)).into());
        }
        if reference.chars().any(text::is_control) {
            return Err(bad("the receipt is not one line of text".into()).into());
        }
    }
    Ok(Receipt { reference: reference.filter(|reference| !reference.is_empty()) })
}

fn outgoing(message: &Message) -> wit::Message {
    let link = |(key, value): &(String, String)| types::Attribute { key: key.clone(), value: value.clone() };
    wit::Message {
        id: message.id.clone(),
        recipient: message.recipient.clone(),
        severity: convert::severity(message.severity),
        subject: message.subject.clone(),
        text: message.text.clone(),
        ascii: message.ascii.clone(),
        html: message.html.clone(),
        items: message.items.iter().map(item).collect(),
        links: message.links.iter().map(link).collect(),
        previous: message.previous.clone(),
        attempt: message.attempt,
    }
}

fn item(item: &MessageItem) -> wit::Item {
    wit::Item {
        id: item.id.clone(),
        key: item.key.clone(),
        state: convert::alert_state(item.state),
        severity: convert::severity(item.severity),
        title: item.title.clone(),
        data: item.data.to_string(),
        count: item.count,
        first: convert::timestamp(item.first),
        last: convert::timestamp(item.last),
        link: item.link.clone(),
    }
}
