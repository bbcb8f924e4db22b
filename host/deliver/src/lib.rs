//! Carries one sealed digest to one address, once.
//!
//! An attempt says whether the digest arrived, may arrive later, or never can; when
//! the next one is due is for `digest` to decide and for `pipeline` to do. Each attempt
//! of one digest sends the same bytes under the same id. Nothing is remembered here but
//! open connections.

mod mail;
mod message;

use event::{Address, AttemptResult, Channel, Digest};

pub use crate::mail::{MailError, MailOptions, MailTls};

use crate::mail::Mailer;

/// Checks that a text is a mailbox that mail can be sent to, such as `ops@example.org`.
///
/// # Errors
/// When it is none.
pub fn check_mailbox(text: &str) -> Result<(), NoMailbox> {
    let shown = || text.chars().filter(|c| !c.is_control()).take(100).collect();
    message::mailbox(text).map(drop).ok_or_else(|| NoMailbox { text: shown() })
}

/// What somebody took for a mail address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no mail address such as ops@example.org")]
pub struct NoMailbox {
    text: String,
}

/// Has one way for each channel.
pub struct Deliverer {
    mail: Option<Mailer>,
}

impl Deliverer {
    /// Without mail options, mail is refused for good: nobody said where to hand it over.
    ///
    /// # Errors
    /// When the options contradict themselves or name a file that cannot be used. No
    /// connection is made yet.
    pub fn new(mail: Option<MailOptions>) -> Result<Deliverer, MailError> {
        Ok(Deliverer { mail: mail.map(Mailer::new).transpose()? })
    }

    /// One try. Dropping the future closes its connection, and leaves open whether the
    /// digest arrived.
    pub async fn deliver(&self, digest: &Digest, address: &Address) -> AttemptResult {
        match (address.channel, &self.mail) {
            // The inbox is a view of the sealed digests: this one is there already.
            (Channel::Inbox, _) => AttemptResult::Delivered { reference: None },
            (Channel::Mail, Some(mailer)) => mailer.deliver(digest, address).await,
            (Channel::Mail, None) => AttemptResult::Permanent {
                reason: "this server sends no mail: its configuration has no [mail] section".to_owned(),
            },
        }
    }
}
