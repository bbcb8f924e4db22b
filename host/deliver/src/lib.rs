//! Carries one sealed digest to one address, once.
//!
//! An attempt says whether the digest arrived, may arrive later, or never can; when
//! the next one is due is for `digest` to decide and for `pipeline` to do. Each attempt
//! of one digest sends the same bytes under the same id. Nothing is remembered here but
//! open connections.

mod mail;
mod message;
mod ping;
mod webhook;

use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use egress::Client;
use event::{Address, AttemptResult, Channel, Digest, Timestamp};

pub use crate::mail::{MailError, MailOptions, MailTls};
pub use crate::ping::{PingMethod, PingOptions};
pub use crate::webhook::{BadSecret, mint_secret, read_secret};

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

/// Why a webhook's URL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadUrl(egress::Error);

/// What became of a trial message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    pub result: AttemptResult,
    /// What the receiver says besides, on one line, for whoever tries it out.
    pub said: Option<String>,
}

/// Carries what leaves this process: everything but the inbox. Tests bring a network of
/// their own, in which nothing is real.
pub trait Network: Send + Sync + 'static {
    /// One try at `now`, as [`Deliverer::deliver`].
    fn carry<'a>(&'a self, digest: &'a Digest, address: &'a Address, now: Timestamp) -> Carrying<'a>;
}

/// A try under way.
pub type Carrying<'a> = Pin<Box<dyn Future<Output = AttemptResult> + Send + 'a>>;

/// Has one way for each channel.
pub struct Deliverer {
    mail: RwLock<Option<Arc<Mailer>>>,
    ping: RwLock<Option<PingOptions>>,
    web: Client,
    /// In the place of both.
    network: Option<Arc<dyn Network>>,
}

impl Deliverer {
    /// Without mail options, mail is refused for good: nobody said where to hand it over.
    /// Webhooks go out by `web`, which knows what it may connect to.
    ///
    /// # Errors
    /// When the options contradict themselves or name a file that cannot be used. No
    /// connection is made yet.
    pub fn new(mail: Option<MailOptions>, web: Client) -> Result<Deliverer, MailError> {
        Ok(Deliverer { mail: RwLock::new(mailer(mail)?), ping: RwLock::default(), web, network: None })
    }

    /// Everything goes by `network`; `web` judges URLs, and is never asked for one.
    pub fn over(network: Arc<dyn Network>, web: Client) -> Deliverer {
        Deliverer { mail: RwLock::new(None), ping: RwLock::default(), web, network: Some(network) }
    }

    /// Takes another mail server, or none, from the next attempt on.
    ///
    /// # Errors
    /// As for [`Deliverer::new`]; then the one before stays.
    pub fn reload(&self, mail: Option<MailOptions>) -> Result<(), MailError> {
        let mailer = mailer(mail)?;
        *self.mail.write().unwrap_or_else(PoisonError::into_inner) = mailer;
        Ok(())
    }

    /// From now on signs of life go there, or nowhere.
    pub fn set_ping(&self, options: Option<PingOptions>) {
        *self.ping.write().unwrap_or_else(PoisonError::into_inner) = options;
    }

    /// Sends a sign of life at `now`, for an event that began its way at `seen`. There is
    /// one try: the next one will say more than a repetition.
    pub async fn ping(&self, seen: Timestamp, now: Timestamp) -> AttemptResult {
        let options = self.ping.read().unwrap_or_else(PoisonError::into_inner).clone();
        match options {
            Some(options) => ping::send(&self.web, &options, seen, now).await,
            None => AttemptResult::permanent("nobody outside is named any more"),
        }
    }

    /// Connections to the mail server in use, and as many as there may be.
    pub fn mail_connections(&self) -> (usize, usize) {
        let mailer = self.mail.read().unwrap_or_else(PoisonError::into_inner).clone();
        mailer.map_or((0, 0), |mailer| mailer.connections())
    }

    /// Checks a webhook's URL, as far as that can be done without connecting.
    ///
    /// # Errors
    /// When it is none, or leads where this server does not connect to.
    pub fn check_url(&self, url: &str) -> Result<(), BadUrl> {
        self.web.check(url).map_err(BadUrl)
    }

    /// One try at `now`. Dropping the future closes its connection, and leaves open
    /// whether the digest arrived.
    pub async fn deliver(&self, digest: &Digest, address: &Address, now: Timestamp) -> AttemptResult {
        if let Some(network) = self.network.as_ref().filter(|_| address.channel != Channel::Inbox) {
            return network.carry(digest, address, now).await;
        }
        let mailer = self.mail.read().unwrap_or_else(PoisonError::into_inner).clone();
        match (&address.channel, mailer) {
            // The inbox is a view of the sealed digests: this one is there already.
            (Channel::Inbox, _) => AttemptResult::Delivered { reference: None },
            (Channel::Mail, Some(mailer)) => mailer.deliver(digest, address).await,
            (Channel::Mail, None) => AttemptResult::permanent(
                "this server sends no mail: give its configuration a [mail] section with `host` and `from`",
            ),
            (Channel::Webhook, _) => webhook::deliver(&self.web, digest, address, now).await,
            (Channel::Plugin(plugin), _) => {
                AttemptResult::permanent(format!("only the plugin {plugin} carries to this address"))
            }
        }
    }

    /// The same for a message that somebody sends to see what becomes of it.
    pub async fn try_out(&self, trial: &Digest, address: &Address, now: Timestamp) -> Trial {
        if address.channel == Channel::Webhook && self.network.is_none() {
            let (result, said) = webhook::try_out(&self.web, trial, address, now).await;
            return Trial { result, said };
        }
        Trial { result: self.deliver(trial, address, now).await, said: None }
    }
}

fn mailer(options: Option<MailOptions>) -> Result<Option<Arc<Mailer>>, MailError> {
    Ok(options.map(Mailer::new).transpose()?.map(Arc::new))
}
