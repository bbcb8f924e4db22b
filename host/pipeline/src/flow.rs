//! The whole flow, from the first byte to the last attempt.
//!
//! ```text
//! bytes ─ingest→ Event ─journal→ Recorded ─matcher→ Match ─plugins→ Outcome ─journal→ Alert
//!       ─digest→ Digest ─journal→ Sealed ─deliver→ Attempt ─journal→ history
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use accounts::{AdminToken, Keyring};
use deliver::{Deliverer, MailError, MailOptions};
use event::{Clock, Draft, Expect, Random, Record, Timestamp};
use futures_util::future::join_all;
use journal::Journal;
use meter::Pulse;
use plugins::Host;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

use crate::attempt::Hand;
use crate::backend::{Backend, BackendOptions, Insight, Live};
use crate::blocking;
use crate::carry::Carry;
use crate::channel::Channels;
use crate::desk::Desk;
use crate::dispatch::Dispatch;
use crate::forget::Forget;
use crate::go_back::GoBack;
use crate::handling::Handling;
use crate::ids::Ids;
use crate::keep::Keep;
use crate::keys::{self, Keys};
use crate::meters::Meters;
use crate::outside::Outsides;
use crate::pools::Pools;
use crate::registry::{Candidate, Registry};
use crate::stage::{self, Ground, Stage, Standing, Standings};
use crate::tell::Tell;
use crate::vitals::Vitals;
use crate::watch::Watch;

/// What the stages are made of.
pub struct Parts {
    pub journal: Journal,
    pub clock: Arc<dyn Clock>,
    /// For identifiers.
    pub random: Arc<dyn Random>,
    pub host: Host,
    /// Where the components of installed plugins are kept.
    pub plugin_folder: PathBuf,
    /// Calls of plugins at once; zero: one for each processor.
    pub plugin_threads: usize,
    /// The components that come with the daemon.
    pub bundled: Vec<&'static [u8]>,
    pub deliverer: Deliverer,
    pub sources: sources::Sources,
    /// The way out for plugins, as far as they are granted it.
    pub gate: egress::Gate,
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
    meters: Arc<Meters>,
    vitals: Vitals,
    /// Of what sees to things at its own pace, whatever comes in.
    upkeep: Standings,
    tasks: Vec<JoinHandle<()>>,
    held: watch::Sender<Option<&'static str>>,
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
        let Parts { deliverer, sources, gate, admin, keyring, backend, random, .. } = parts;
        let registry = Arc::new(Registry::new(host, plugin_folder).map_err(StartError::Folder)?);
        let newer = load(&registry, &journal, &bundled, clock.now()).await?;
        let keys = Keys::new(keyring);
        keys::start::settle(&journal, &keys).await.map_err(StartError::Keys)?;
        let deliverer = Arc::new(deliverer);
        let (standings, vitals, meters) = (Standings::default(), Vitals::default(), Arc::default());
        let (pools, options, ids) = (Pools::new(plugin_threads), Live::new(backend), Ids::new(random));

        // bytes → Event → journal: the HTTP side ends here.
        let insight = Insight { meters: Arc::clone(&meters), vitals: vitals.clone(), pools: pools.clone() };
        let outsides = Outsides::new(journal.clone(), keys.clone(), gate);
        let desk = Desk::new(sources, &outsides, registry.clone(), clock.clone(), Arc::clone(&meters));
        let channels = Channels::new(&journal, &clock, &registry, &outsides, &meters);
        let backend = Backend {
            journal: journal.clone(),
            clock: clock.clone(),
            registry: registry.clone(),
            deliverer: deliverer.clone(),
            channels: channels.clone(),
            sources: desk.clone(),
            keys: keys.clone(),
            ids: ids.clone(),
            admin,
            options: options.clone(),
            insight,
            outsides: outsides.with_sources(desk),
            installing: Arc::default(),
        };
        upgrade(&backend, newer).await?;
        // The state that cannot be read now is told by whoever needs it.
        let _ = backend.warn_of_hidden_doors();
        // Recorded → Match → Outcome → journal.
        let handling = Handling::new(
            journal.clone(),
            clock.clone(),
            registry.clone(),
            standings.clone(),
            pools,
            meters.clone(),
        );
        let handling_pulse = handling.conclude.pulse.clone();
        let dispatch = Dispatch::new(handling).map_err(|error| StartError::Journal(error.to_string()))?;
        // Alert → Placement → Digest → journal.
        let pulse = Pulse::default();
        let tell = Tell {
            journal: journal.clone(),
            clock: clock.clone(),
            registry,
            keys: keys.clone(),
            ids,
            options,
            meters: meters.clone(),
            pulse: pulse.clone(),
            moment: None,
        };
        // Digest → Attempt → journal.
        let hand = Hand { clock, deliverer, channels, keys: keys.clone() };
        let carry = Carry::new(journal, hand, meters);

        let mut pipeline = Pipeline::still(backend, standings);
        pipeline.run(dispatch, handling_pulse);
        pipeline.run(tell, pulse);
        pipeline.run(carry, Pulse::default());
        pipeline.run_beside(keys);
        pipeline.look_on();
        Ok(pipeline)
    }

    /// Beside the flow: whoever is removed is forgotten, somebody outside hears that all is
    /// well, new versions that break off go back, and what of all this is kept is seen to.
    fn run_beside(&mut self, keys: Keys) {
        self.run(Forget::new(self.journal.clone(), keys), Pulse::default());
        self.run(Watch::new(self.service()), Pulse::default());
        // A version with many subscriptions takes its time to change, and so does a snapshot
        // of a large state: nobody watches these pulses.
        let standing = self.upkeep.open();
        self.spawn(GoBack::new(self.service()), Pulse::default(), standing);
        let standing = self.upkeep.open();
        self.spawn(Keep::new(self.journal.clone(), self.clock.clone()), Pulse::default(), standing);
    }

    /// All of it, before any stage runs.
    fn still(backend: Backend, standings: Standings) -> Pipeline {
        backend.deliverer.set_ping(backend.options.get().watch.clone());
        Pipeline {
            journal: backend.journal.clone(),
            clock: backend.clock.clone(),
            meters: Arc::clone(&backend.insight.meters),
            vitals: backend.insight.vitals.clone(),
            backend: Arc::new(backend),
            standings,
            upkeep: Standings::default(),
            tasks: Vec::new(),
            held: watch::Sender::new(None),
            stop: watch::Sender::new(false),
        }
    }

    /// What is wrong, if some stage does not get on with its work.
    pub fn trouble(&self) -> Option<String> {
        self.vitals.trouble()
    }

    /// The service behind the API.
    pub fn service(&self) -> Arc<Backend> {
        self.backend.clone()
    }

    /// Ends when every stage has dealt with everything that the journal holds and
    /// that the clock has made due. For tests, whose clock stands still meanwhile.
    pub async fn settled(&self) {
        loop {
            let mut standings = self.all();
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
            let still = self.all().iter().all(at_rest);
            if still && self.journal.head() == head {
                return;
            }
        }
    }

    /// The next moment at which a stage of the flow has something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.standings.all().iter().filter_map(|standing| standing.borrow().next).min()
    }

    /// Lets one stage stand still, as if what it waits for never came; none: all go on.
    /// For tests of who notices.
    pub fn hold(&self, stage: Option<&'static str>) {
        self.held.send_replace(stage);
    }

    /// Takes another mail server, and other options, from the next request on.
    ///
    /// # Errors
    /// When the mail server's options cannot work; then all is as it was.
    pub fn reload(&self, mail: Option<MailOptions>, options: BackendOptions) -> Result<(), MailError> {
        self.backend.deliverer.reload(mail)?;
        self.backend.deliverer.set_ping(options.watch.clone());
        self.backend.options.set(options);
        let _ = self.backend.warn_of_hidden_doors();
        Ok(())
    }

    /// Lets each stage finish the piece of work that it is at, until `hurry` ends. What
    /// is left is found again at the next start.
    pub async fn stop(self, hurry: impl Future<Output = ()>) {
        self.stop.send_replace(true);
        let stages: Vec<AbortHandle> = self.tasks.iter().map(JoinHandle::abort_handle).collect();
        let ended = join_all(self.tasks);
        let ended = tokio::select! {
            biased;
            ended = ended => ended,
            () = hurry => {
                stages.iter().for_each(AbortHandle::abort);
                return;
            }
        };
        for broken in ended.into_iter().filter_map(Result::err) {
            tracing::error!(error = %broken, "a stage broke off");
        }
    }

    fn all(&self) -> Vec<watch::Receiver<Standing>> {
        [self.standings.all(), self.upkeep.all()].concat()
    }

    fn run<S: Stage>(&mut self, stage: S, pulse: Pulse) {
        let standing = self.standings.open();
        let task = self.spawn(stage, pulse.clone(), standing);
        self.vitals.watch(S::NAME, pulse, Some(task));
    }

    fn spawn<S: Stage>(&mut self, stage: S, pulse: Pulse, standing: watch::Sender<Standing>) -> AbortHandle {
        let ground = Ground {
            journal: self.journal.clone(),
            clock: self.clock.clone(),
            standing,
            pulse,
            meters: self.meters.clone(),
            held: self.held.subscribe(),
            stop: self.stop.subscribe(),
        };
        let task = tokio::spawn(stage::run(stage, ground));
        let handle = task.abort_handle();
        self.tasks.push(task);
        handle
    }

    /// Watches over the stages, and over the journal's writer and sealer.
    fn look_on(&self) {
        let meters = self.journal.meters();
        self.vitals.watch("journal", meters.pulse.clone(), None);
        self.vitals.watch("journal-sealer", meters.sealing.clone(), None);
        let (look_on, mut stop) = (self.vitals.clone().look_on(self.clock.clone()), self.stop.subscribe());
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = look_on => {}
                // A daemon that is gone without a word has stopped as well.
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    }
}

/// Makes the journal's plugins callable, and the bundled ones that are new. What is known
/// already is loaded beside everything else; only what is new is compiled before the start.
/// Returns the bundled ones that came in a version other than the one that serves.
async fn load(
    registry: &Arc<Registry>,
    journal: &Journal,
    bundled: &[&'static [u8]],
    now: Timestamp,
) -> Result<Vec<(Candidate, event::Plugin)>, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Journal(error.to_string());
    let view = journal.view().map_err(|error| failed(&error))?;
    let known = view.all_plugin_versions().map_err(|error| failed(&error))?;
    let serving = view.plugins().map_err(|error| failed(&error))?;
    drop(view);
    let mut newer = Vec::new();
    for component in bundled.iter().copied() {
        let sha256 = plugins::sha256(component);
        if stays(&sha256, &serving, &known) {
            continue;
        }
        let admitting = registry.clone();
        let admitted = blocking::aside(move || admitting.admit(component));
        let bad = |error: &dyn std::fmt::Display| StartError::Bundled(error.to_string());
        let candidate = admitted.await.map_err(|error| bad(&error))?.map_err(|error| bad(&error))?;
        let name = &candidate.description.name;
        match serving.iter().find(|plugin| plugin.name == *name) {
            Some(old) if !old.bundled => {
                tracing::error!(plugin = %name, "somebody's plugin has the name of a bundled one, which is left out");
                continue;
            }
            Some(old) => {
                registry.enter(&candidate);
                let old = old.clone();
                newer.push((candidate, old));
            }
            None => {
                registry.enter(&candidate);
                let value = candidate.record(now, None, true);
                let (name, sha256) = (value.name.clone(), value.sha256.clone());
                let draft = Draft::from(Record::Plugin { expect: Expect::New, value });
                journal.submit(draft).await.map_err(|error| failed(&error))?;
                registry.serve(&name, &sha256);
            }
        }
    }
    known.iter().for_each(|version| registry.load(version));
    serving.iter().for_each(|plugin| registry.serve(&plugin.name, &plugin.sha256));
    Ok(newer)
}

/// Lets the bundled plugins serve that came in another version, and clears up behind them.
async fn upgrade(backend: &Backend, newer: Vec<(Candidate, event::Plugin)>) -> Result<(), StartError> {
    for (candidate, old) in newer {
        let upgraded = backend.upgrade_bundled(&candidate, old).await;
        upgraded.map_err(|problem| StartError::Bundled(problem.detail))?;
    }
    sweep(&backend.registry, &backend.journal)
}

/// Whether a bundled component has nothing to change: it serves, or it did and went back to
/// the one before.
fn stays(sha256: &str, serving: &[event::Plugin], known: &[event::Plugin]) -> bool {
    let Some(version) = known.iter().find(|version| version.sha256 == sha256) else { return false };
    let current = serving.iter().find(|plugin| plugin.name == version.name);
    current.is_some_and(|current| current.sha256 == sha256 || version.installed > current.installed)
}

/// Nobody installs anything yet, so what no record speaks of is nobody's.
fn sweep(registry: &Registry, journal: &Journal) -> Result<(), StartError> {
    let known = journal.view().and_then(|view| view.all_plugin_versions());
    match registry.sweep(&known.map_err(|error| StartError::Journal(error.to_string()))?) {
        Ok(0) => {}
        Ok(swept) => tracing::info!(swept, "components that belong to no plugin any more were removed"),
        Err(error) => tracing::warn!(%error, "components that belong to no plugin stay for now"),
    }
    Ok(())
}
