//! The service behind the API: rights, checks, and the journal's yes or no.
//!
//! Every method resolves what its caller may do, checks what the journal cannot
//! (whether a filter parses, whether a handler takes its configuration), and leaves
//! the rest to the journal, which alone decides about names and duplicates.

mod addresses;
mod alerts;
mod answer;
mod channels;
mod doors;
mod events;
mod eyes;
mod failures;
mod follow;
mod grants;
mod inbox;
mod keeping;
mod leaving;
mod metrics;
mod moves;
mod people;
mod plugins;
mod redact;
mod secrets;
mod service;
mod sources;
mod styles;
mod subscriptions;
mod tokens;
mod trial;
mod upgrades;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use accounts::{AdminToken, Authority, KeyringError};
use api::{Caller, Problem, Who};
use deliver::{Deliverer, PingOptions};
use event::{Clock, Door, Draft, EventLimits, KeyId, Name, Realm, Receipt, Record, Viewer};
use journal::{Journal, View};
use schedule::Zone;

pub use self::plugins::PluginPolicy;
use crate::channel::Channels;
use crate::desk::Desk;
use crate::ids::Ids;
use crate::keys::Keys;
use crate::meters::Meters;
use crate::notice;
use crate::outside::Outsides;
use crate::pools::Pools;
use crate::registry::Registry;
use crate::vitals::Vitals;

/// What the backend needs to know of the daemon's configuration.
pub struct BackendOptions {
    pub limits: EventLimits,
    /// For people who name no zone of their own.
    pub zone: Zone,
    /// Where the daemon is reached, for links in messages; without a slash at its end.
    pub base_url: String,
    /// Those of the configuration; the others are in the journal.
    pub doors: Vec<Door>,
    /// Where the keys to what is encrypted are kept.
    pub keys_folder: PathBuf,
    /// Who outside hears that all is well; none: nobody does.
    pub watch: Option<PingOptions>,
    pub plugins: PluginPolicy,
}

/// Implements [`api::Service`].
pub struct Backend {
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) deliverer: Arc<Deliverer>,
    pub(crate) channels: Channels,
    pub(crate) sources: Desk,
    pub(crate) keys: Keys,
    pub(crate) ids: Ids,
    pub(crate) admin: AdminToken,
    pub(crate) options: Live,
    pub(crate) insight: Insight,
    /// What plugins may reach.
    pub(crate) outsides: Outsides,
    /// Held by whoever changes a plugin: one at a time, from what stands to what is written.
    pub(crate) installing: Arc<tokio::sync::Mutex<()>>,
}

/// The options as they stand, replaced when the configuration is read again. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Live(tokio::sync::watch::Sender<Arc<BackendOptions>>);

impl Live {
    pub(crate) fn new(options: BackendOptions) -> Live {
        Live(tokio::sync::watch::Sender::new(Arc::new(options)))
    }

    pub(crate) fn get(&self) -> Arc<BackendOptions> {
        self.0.borrow().clone()
    }

    pub(crate) fn set(&self, options: BackendOptions) {
        self.0.send_replace(Arc::new(options));
    }

    /// Follows them.
    pub(crate) fn watch(&self) -> tokio::sync::watch::Receiver<Arc<BackendOptions>> {
        self.0.subscribe()
    }
}

/// What there is to see of the stages.
pub(crate) struct Insight {
    pub(crate) meters: Arc<Meters>,
    pub(crate) vitals: Vitals,
    pub(crate) pools: Pools,
}

type Answer<T> = Result<T, Problem>;

impl Backend {
    fn options(&self) -> Arc<BackendOptions> {
        self.options.get()
    }

    fn view(&self) -> Answer<View> {
        self.journal.view().map_err(answer::internal)
    }

    /// Writes one record on somebody's request.
    async fn write(&self, record: Record) -> Answer<Receipt> {
        self.write_group(vec![record]).await
    }

    async fn write_group(&self, records: Vec<Record>) -> Answer<Receipt> {
        self.journal.offer(Draft { records }).await.map_err(answer::refusal)
    }

    /// Encrypts something of a person, on a thread that may wait for the disk.
    async fn encrypted<T: Send + 'static>(
        &self,
        person: &Name,
        encrypt: impl FnOnce(&Keys, &KeyId) -> Result<T, KeyringError> + Send + 'static,
    ) -> Answer<T> {
        let (journal, keys, person) = (self.journal.clone(), self.keys.clone(), person.clone());
        answer::blocking(move || {
            let view = journal.view().map_err(answer::internal)?;
            let key = keys.of(&view, &person).map_err(answer::internal)?;
            encrypt(&keys, &key).map_err(answer::internal)
        })
        .await
    }

    /// The same notice for each administrator; for everybody, when nobody is one.
    fn admins_told(&self, told: impl Fn(Option<&Name>) -> Record) -> Answer<Vec<Record>> {
        notice::to_admins(&self.view()?, told).map_err(answer::internal)
    }

    /// The person whose things are meant, who must exist.
    fn person(&self, caller: &Caller, named: Option<&Name>) -> Answer<event::Person> {
        let name = authority(caller).on_behalf(named).map_err(answer::denied)?;
        let person = self.view()?.person(&name).map_err(answer::internal)?;
        person.ok_or_else(|| Problem::not_found(format!("there is no user `{name}`")))
    }

    /// The realm that a new token or door is given; that of a person must be somebody's.
    fn known_realm(&self, text: &str) -> Answer<Realm> {
        let wrong = |detail: String| Problem::bad_request(detail).at_pointer("/realm");
        let realm = Realm::parse(text).map_err(|e| wrong(e.to_string()))?;
        if let Some(person) = text.strip_prefix('~').and_then(|name| Name::new(name).ok())
            && self.view()?.person(&person).map_err(answer::internal)?.is_none()
        {
            return Err(wrong(format!("there is no user `{person}`")));
        }
        Ok(realm)
    }
}

fn authority(caller: &Caller) -> Authority {
    match &caller.who {
        Who::Admin => Authority::Admin,
        Who::Token(token) => Authority::Token(token.clone()),
        Who::Local => Authority::Local,
    }
}

fn viewer(caller: &Caller) -> Viewer {
    authority(caller).viewer()
}
