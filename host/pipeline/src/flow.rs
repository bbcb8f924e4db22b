//! The whole flow, from the first byte to the last attempt.
//!
//! ```text
//! bytes ─ingest→ Event ─journal→ Recorded ─matcher→ Match ─plugins→ Outcome ─journal→ Alert
//!       ─digest→ Digest ─journal→ Sealed ─deliver→ Attempt ─journal→ history
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use accounts::{AdminToken, Keyring};
use deliver::Deliverer;
use event::{Clock, Draft, Expect, Record, Timestamp};
use journal::Journal;
use plugins::Host;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::backend::{Backend, BackendOptions};
use crate::carry::Carry;
use crate::dispatch::Dispatch;
use crate::forget::Forget;
use crate::handling::Handling;
use crate::keys::{self, Keys};
use crate::registry::Registry;
use crate::stage::{self, Stage, Standing, Standings};
use crate::tell::Tell;

/// What the stages are made of.
pub struct Parts {
    pub journal: Journal,
    pub clock: Arc<dyn Clock>,
    pub host: Host,
    /// Where the components of installed plugins are kept.
    pub plugin_folder: PathBuf,
    /// Calls of plugins at once; zero: one for each processor.
    pub plugin_threads: usize,
    /// The components that come with the daemon.
    pub bundled: Vec<&'static [u8]>,
    pub deliverer: Deliverer,
    pub admin: AdminToken,
    /// What opens the things of people that must be forgettable.
    pub keyring: Keyring,
    pub backend: BackendOptions,
}

/// All stages, running.
pub struct Pipeline {
    backend: Arc<Backend>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    standings: Standings,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the plugin folder cannot be used: {0}")]
    Folder(std::io::Error),
    #[error("a bundled plugin does not start: {0}")]
    Bundled(String),
    #[error("the journal cannot be read: {0}")]
    Journal(String),
    #[error("what an earlier release wrote in the clear cannot be encrypted: {0}")]
    Keys(String),
}

impl Pipeline {
    /// Starts every stage, in the order of the flow.
    pub async fn start(parts: Parts) -> Result<Pipeline, StartError> {
        let Parts { journal, clock, host, plugin_folder, plugin_threads, bundled, .. } = parts;
        let Parts { deliverer, admin, keyring, backend, .. } = parts;
        let registry = Arc::new(Registry::new(host, plugin_folder).map_err(StartError::Folder)?);
        load(&registry, &journal, &bundled, clock.now()).await?;
        let keys = Keys::new(keyring);
        keys::start::settle(&journal, &keys).await.map_err(StartError::Keys)?;
        let deliverer = Arc::new(deliverer);
        let (zone, base_url) = (backend.zone.clone(), backend.base_url.clone());

        // bytes → Event → journal: the HTTP side ends here.
        let backend = Backend::new(
            journal.clone(),
            clock.clone(),
            registry.clone(),
            deliverer.clone(),
            keys.clone(),
            admin,
            backend,
        );
        // Recorded → Match → Outcome → journal.
        let standings = Standings::default();
        let handling = Handling::new(
            journal.clone(),
            clock.clone(),
            registry.clone(),
            standings.clone(),
            plugin_threads,
        );
        let dispatch = Dispatch::new(handling).map_err(|error| StartError::Journal(error.to_string()))?;
        // Alert → Placement → Digest → journal.
        let tell = Tell::new(journal.clone(), clock.clone(), registry, keys.clone(), zone, base_url);
        // Digest → Attempt → journal.
        let carry = Carry::new(journal.clone(), clock.clone(), deliverer, keys.clone());
        // Beside the flow: whoever is removed is forgotten.
        let forget = Forget::new(journal.clone(), keys);

        let mut pipeline = Pipeline {
            backend: Arc::new(backend),
            journal,
            clock,
            standings,
            tasks: Vec::new(),
            stop: watch::Sender::new(false),
        };
        pipeline.run(dispatch);
        pipeline.run(tell);
        pipeline.run(carry);
        pipeline.run(forget);
        Ok(pipeline)
    }

    /// The service behind the API.
    pub fn service(&self) -> Arc<Backend> {
        self.backend.clone()
    }

    /// Ends when every stage has dealt with everything that the journal holds and
    /// that the clock has made due. For tests, whose clock stands still meanwhile.
    pub async fn settled(&self) {
        loop {
            let mut standings = self.standings.all();
            let (head, now) = (self.journal.head(), self.clock.now());
            let at_rest = |standing: &Standing| {
                standing.idle_at.is_some_and(|seen| seen >= head)
                    && standing.next.is_none_or(|next| next > now)
            };
            for standing in &mut standings {
                // Who has ended is at rest for good.
                let _ = standing.wait_for(at_rest).await;
            }
            let at_rest = |standing: &watch::Receiver<Standing>| {
                standing.has_changed().is_err() || at_rest(&standing.borrow())
            };
            let still = self.standings.all().iter().all(at_rest);
            if still && self.journal.head() == head {
                return;
            }
        }
    }

    /// The next moment at which a stage has something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.standings.all().iter().filter_map(|standing| standing.borrow().next).min()
    }

    /// Lets each stage finish the piece of work that it is at. What is left is found
    /// again at the next start.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a stage broke off");
            }
        }
    }

    fn run<S: Stage>(&mut self, stage: S) {
        let (standing, stop) = (self.standings.open(), self.stop.subscribe());
        let run = stage::run(stage, self.journal.clone(), self.clock.clone(), standing, stop);
        self.tasks.push(tokio::spawn(run));
    }
}

/// Makes the journal's plugins callable, the bundled ones in the version that came with
/// this daemon. What is known already is loaded beside everything else; only what is
/// new is compiled before the start.
async fn load(
    registry: &Arc<Registry>,
    journal: &Journal,
    bundled: &[&'static [u8]],
    now: Timestamp,
) -> Result<(), StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Journal(error.to_string());
    let known = journal.view().and_then(|view| view.plugins()).map_err(|error| failed(&error))?;
    for component in bundled.iter().copied() {
        let sha256 = plugins::sha256(component);
        if known.iter().any(|plugin| plugin.sha256 == sha256) {
            continue;
        }
        let admitting = registry.clone();
        let admitted = tokio::task::spawn_blocking(move || admitting.admit(component));
        let bad = |error: &dyn std::fmt::Display| StartError::Bundled(error.to_string());
        let candidate = admitted.await.map_err(|error| bad(&error))?.map_err(|error| bad(&error))?;
        let name = &candidate.description.name;
        if known.iter().any(|plugin| plugin.name == *name && !plugin.bundled) {
            tracing::error!(plugin = %name, "somebody's plugin has the name of a bundled one, which is left out");
            continue;
        }
        let value = candidate.record(now, None, true);
        let draft = Draft::from(Record::Plugin { expect: Expect::Any, value });
        journal.submit(draft).await.map_err(|error| failed(&error))?;
        registry.enter(&candidate);
    }
    for plugin in known.iter().filter(|plugin| !registry.knows(&plugin.name)) {
        registry.load(plugin);
    }
    Ok(())
}
