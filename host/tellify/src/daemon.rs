//! The daemon, from its settings to its end, as tests and `tellify serve` start it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::{fs, io};

use accounts::{AdminToken, Keyring, SystemRandom};
use deliver::Deliverer;
use event::Clock;
use journal::{Journal, OpenError, Stores};
use pipeline::{BackendOptions, Parts, Pipeline};
use plugins::{Compiler, Host, HostOptions};
use schedule::Zone;
use server::{Front, Server};
use settings::{Change, Settings};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::threads::Threads;
use crate::{convert, descriptors, unusable};

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A running daemon: the journal, the stages on it, and the listener before them.
pub struct Daemon {
    pub journal: Journal,
    pub pipeline: Pipeline,
    /// Where it listens.
    pub address: SocketAddr,
    door: Listening,
    settings: Settings,
    first_start: bool,
}

/// The listener at work.
struct Listening {
    front: Front,
    serving: JoinHandle<()>,
    shutdown: oneshot::Sender<()>,
    /// Turns true when a stop is to wait for nobody.
    hurry: watch::Sender<bool>,
    /// Held for as long as it is at work.
    threads: Threads,
}

impl Daemon {
    /// Opens the data folder, starts the stages and serves. Plugins are compiled in this process.
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>) -> Result<Daemon, Failure> {
        Daemon::open(settings, clock, Compiler::Here, false).await
    }

    /// The same, with stores of a test's in front of the folder's: for what a disk may do.
    pub async fn start_over(
        settings: Settings,
        clock: Arc<dyn Clock>,
        over: impl FnOnce(Stores) -> Stores + Send,
    ) -> Result<Daemon, Failure> {
        Daemon::begin(settings, clock, Compiler::Here, false, over).await
    }

    /// The same; a damaged journal goes on with what is left when its loss is accepted.
    pub(crate) async fn open(
        settings: Settings,
        clock: Arc<dyn Clock>,
        compiler: Compiler,
        accept_loss: bool,
    ) -> Result<Daemon, Failure> {
        Daemon::begin(settings, clock, compiler, accept_loss, |stores| stores).await
    }

    async fn begin(
        settings: Settings,
        clock: Arc<dyn Clock>,
        compiler: Compiler,
        accept_loss: bool,
        over: impl FnOnce(Stores) -> Stores + Send,
    ) -> Result<Daemon, Failure> {
        let data = settings.data.dir.clone();
        fs::create_dir_all(&data).map_err(|error| unusable::folder(&data, &error))?;
        if journal::is_half_restored(&data) {
            return Err(unusable::half_restored(&data).into());
        }
        let (address, door) = listen(&settings).await?;
        let admin = AdminToken::open(&data).map_err(|error| match error {
            accounts::SecretError::File { error, .. } => unusable::folder(&data, &error).into(),
            other => Failure::from(other),
        })?;
        let first_start = admin.fresh;
        let stores = over(stores(&settings)?);
        let journal = open_journal(&settings, clock.clone(), stores, accept_loss).await?;
        let parts = Parts {
            journal: journal.clone(),
            clock,
            random: Arc::new(SystemRandom),
            host: Host::new(HostOptions {
                limits: convert::plugin_limits(&settings),
                cache_dir: Some(settings.plugins.cache_dir.clone()),
                compiler,
                ..HostOptions::default()
            })?,
            plugin_folder: data.join("plugins"),
            plugin_threads: settings.plugins.threads,
            bundled: BUNDLED.to_vec(),
            deliverer: Deliverer::new(convert::mail(&settings.mail), convert::web(&settings.egress)?)?,
            sources: convert::sources(&settings)?,
            gate: convert::gate(&settings.egress)?,
            admin,
            keyring: Keyring::open(&data)?,
            backend: backend_options(&settings)?,
        };
        let pipeline = Pipeline::start(parts).await?;
        door.front.serve(pipeline.service(), server_options(&settings));
        Ok(Daemon { journal, pipeline, address, door, settings, first_start })
    }

    /// Takes of other settings what can be taken while running, all of it or nothing,
    /// and returns what differs.
    ///
    /// # Errors
    /// When something in them cannot work; then all is as it was.
    pub fn reload(&mut self, new: &Settings) -> Result<Vec<Change>, Failure> {
        let changes = self.settings.changes(new);
        let mut taken = self.settings.clone();
        taken.take(new);
        self.pipeline.reload(convert::mail(&taken.mail), backend_options(&taken)?)?;
        self.journal.set_keep_free(taken.journal.keep_free_bytes);
        self.door.front.serve(self.pipeline.service(), server_options(&taken));
        self.settings = taken;
        Ok(changes)
    }

    /// Lets running requests end, then the stages, then seals the journal.
    pub async fn stop(self) -> Result<(), Failure> {
        self.stop_or(std::future::pending()).await
    }

    /// The same; once `hurry` ends, nothing is waited for but the journal. What is broken
    /// off then is found again at the next start.
    pub(crate) async fn stop_or(self, hurry: impl Future<Output = ()>) -> Result<(), Failure> {
        let Daemon { journal, pipeline, door, .. } = self;
        let Listening { serving, shutdown, hurry: told, threads, .. } = door;
        // It has ended by itself only if it panicked, which its handle tells.
        let _ = shutdown.send(());
        let in_a_hurry = turned(told.subscribe());
        let mut stopped = std::pin::pin!(async {
            let served = serving.await;
            pipeline.stop(in_a_hurry).await;
            served
        });
        tokio::select! {
            served = &mut stopped => served?,
            () = hurry => {
                told.send_replace(true);
                stopped.await?;
            }
        }
        drop(threads);
        journal.close().await?;
        Ok(())
    }

    /// Says where it is to be found, and, the first time, what to try.
    pub(crate) fn greet(&self) -> io::Result<()> {
        use std::io::Write;
        let (url, data) = (self.url(), self.settings.data.dir.display());
        let mut out = io::stdout().lock();
        writeln!(out, "tellify {} listens on {url}, data in {data}", env!("CARGO_PKG_VERSION"))?;
        if self.first_start {
            // The other terminal may stand in another folder.
            let data = std::path::absolute(&self.settings.data.dir)?;
            writeln!(out, "{}", first_steps(&url, &data.display().to_string()))?;
        }
        out.flush()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Ends once the flag is up.
async fn turned(mut flag: watch::Receiver<bool>) {
    // Whoever could raise it is gone only when all has ended.
    let _ = flag.wait_for(|up| *up).await;
}

/// Listens at once, so that whoever asks hears that the daemon is starting.
async fn listen(settings: &Settings) -> Result<(SocketAddr, Listening), Failure> {
    let (wanted, threads) = (settings.server.listen, Threads::start("tellify-http")?);
    let bound = threads.spawn(Server::bind(wanted, server_options(settings).max_connections)).await?;
    let server = bound.map_err(|error| {
        // Most often it is ourselves, started twice.
        let other = journal::served_by(&settings.data.dir.join("journal")).ok().flatten();
        other.map_or_else(
            || unusable::address(wanted, &error),
            |pid| in_use(settings, (pid != 0).then_some(pid)),
        )
    })?;
    let (address, front, hurry) = (server.address(), server.front(), watch::Sender::new(false));
    let (shutdown, told) = oneshot::channel();
    let told = async {
        // An end without a word is an end as well.
        let _ = told.await;
    };
    let serving = threads.spawn(server.run(told, turned(hurry.subscribe())));
    Ok((address, Listening { front, serving, shutdown, hurry, threads }))
}

fn server_options(settings: &Settings) -> server::Options {
    let max_connections = descriptors::connections(settings.server.max_connections);
    server::Options { max_connections, ..server::Options::from(settings) }
}

fn backend_options(settings: &Settings) -> Result<BackendOptions, Failure> {
    Ok(BackendOptions {
        limits: settings.events.clone(),
        zone: Zone::new(&settings.people.zone)?,
        base_url: settings.server.base_url(),
        doors: convert::doors(settings),
        keys_folder: settings.data.dir.join("keys"),
        watch: convert::ping(settings)?,
        plugins: convert::plugin_policy(settings),
    })
}

fn in_use(settings: &Settings, pid: Option<u32>) -> String {
    let pid = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
    format!("another tellify{pid} serves {}: stop it, or choose another --data", settings.data.dir.display())
}

fn first_steps(url: &str, data: &str) -> String {
    format!(
        "\nThe administrator's token is in {data}/admin-token. Try, in another terminal:\n\n  \
         export TELLIFY_URL={url} TELLIFY_DATA={data}\n  \
         tellify user add alice\n  \
         tellify style add --user alice --name soon --default --channel inbox --wait 1s\n  \
         tellify subscription add --user alice --name fails --handler match --filter 'status:fail'\n  \
         curl -d '{{\"project\":\"vr0\",\"block\":\"gc_t\",\"status\":\"fail\"}}' {url}/api/v1/events\n  \
         tellify inbox list --user alice\n"
    )
}

fn stores(settings: &Settings) -> Result<Stores, Failure> {
    let folder = settings.data.dir.join("journal");
    fs::create_dir_all(&folder).map_err(|error| unusable::folder(&folder, &error))?;
    // The log's files are the store's alone; the state and the lock lie beside them.
    let log = folder.join("log");
    fs::create_dir_all(&log).map_err(|error| unusable::folder(&log, &error))?;
    Ok(Stores::on_disk(&folder).map_err(|error| unusable::folder(&folder, &error))?)
}

async fn open_journal(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    stores: Stores,
    accept_loss: bool,
) -> Result<Journal, Failure> {
    let options = convert::journal_options(settings, accept_loss);
    let opened = tokio::task::spawn_blocking(move || Journal::open(options, clock, stores)).await?;
    opened.map_err(|error| match error {
        OpenError::Locked { pid } => in_use(settings, pid).into(),
        OpenError::Full(error) | OpenError::Io(error) => unusable::folder(&settings.data.dir, &error).into(),
        damaged @ OpenError::Damaged(_) => format!(
            "{damaged}\n  Nothing was changed. `tellify serve --accept-loss` goes on without what is damaged \
             and all that follows it, and keeps a copy."
        )
        .into(),
        other => other.into(),
    })
}
