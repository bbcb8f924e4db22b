//! Channels: a digest carried to one address.

use serde_json::Value;

use crate::about::about;
use crate::{AlertState, Error, Severity, Timestamp};

/// A channel: hands a rendered digest to some service for one recipient.
pub trait Channel {
    about!();

    /// Delivers a message, once more if an attempt before came to nothing or its answer was
    /// lost: [`Message::id`] stays the same. [`Error::Retry`] asks for another attempt,
    /// [`Error::Failed`] gives up on this message.
    fn deliver(config: &Self::Config, now: Timestamp, message: &Message) -> Result<Receipt, Error>;
}

/// A rendered digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Stable over attempts: pass it on as an idempotency key.
    pub id: String,
    /// Whom it is for.
    pub recipient: String,
    /// Of its worst item.
    pub severity: Severity,
    /// One line.
    pub subject: String,
    /// One line, for a phone.
    pub text: String,
    /// Several lines of plain text.
    pub ascii: String,
    /// Sanitised HTML.
    pub html: Option<String>,
    /// What it tells of.
    pub items: Vec<Item>,
    /// What they are called, and where they lead.
    pub links: Vec<(String, String)>,
    /// The receipt of the last message of this thread to this recipient.
    pub previous: Option<String>,
    /// Counted from 1.
    pub attempt: u32,
}

/// One alert in a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Of this item.
    pub id: String,
    /// Stable over the life of the alert: a ticket's or page's key.
    pub key: String,
    /// How it stands.
    pub state: AlertState,
    /// How bad it is.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// The handler's own.
    pub data: Value,
    /// How often it was raised.
    pub count: u32,
    /// When it was raised first.
    pub first: Timestamp,
    /// When it was raised last.
    pub last: Timestamp,
    /// Where it is shown.
    pub link: String,
}

/// The other side's name for what was delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Comes back as [`Message::previous`]: one line of at most 1,000 bytes.
    pub reference: Option<String>,
}

impl Receipt {
    /// With a name to come back to.
    pub fn of(reference: impl Into<String>) -> Receipt {
        Receipt { reference: Some(reference.into()) }
    }
}
