//! `tellify serve`: the daemon, from its settings to its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::{fs, io};

use accounts::{AdminToken, Keyring};
use deliver::Deliverer;
use event::Clock;
use journal::{DiskStore, Ended, Journal, OpenError};
use pipeline::{BackendOptions, Parts, Pipeline};
use plugins::{Host, HostOptions};
use schedule::Zone;
use server::Server;
use settings::Settings;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::clock::SystemClock;
use crate::convert;

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// After a failed sync nobody knows what is on the disk: the service manager is told
/// by this code (`EX_IOERR` of sysexits.h) that it was no ordinary end.
const EXIT_SYNC_FAILED: u8 = 74;

/// What `serve` is told on the command line, over file and variables.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ServeArgs {
    /// The configuration file [default: tellify.toml in the user's or the system's configuration folder, if there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where everything is kept
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to listen, such as 127.0.0.1:8355
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Go on without what is damaged in the journal and all that follows it; a copy is kept
    #[arg(long)]
    pub accept_loss: bool,
}

/// Serves until it is told to stop.
pub(crate) fn serve(args: ServeArgs) -> ExitCode {
    let accept_loss = args.accept_loss;
    let (settings, warnings) = match convert::settings(args) {
        Ok(loaded) => loaded,
        Err(error) => return failed(&error),
    };
    if let Err(error) = crate::log::start(&settings.log) {
        return failed(&error);
    }
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let ended = runtime.block_on(run(settings, Arc::new(SystemClock), accept_loss));
    // All that had to end has ended; a plugin that is still compiled need not be waited for.
    runtime.shutdown_background();
    ended.unwrap_or_else(|error| failed(&*error))
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn run(settings: Settings, clock: Arc<dyn Clock>, accept_loss: bool) -> Result<ExitCode, Failure> {
    let daemon = Daemon::open(settings, clock, accept_loss).await?;
    // Whoever started us may not listen to what we say, and still want us to serve.
    let _ = daemon.greet();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        reason = daemon.journal.ended() => {
            tracing::error!(%reason, "nothing more can be stored");
            return Ok(exit_code(&reason));
        }
    }
    tracing::info!("stopping");
    match daemon.stop().await {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => match error.downcast::<Ended>() {
            Ok(reason) => {
                tracing::error!(%reason, "what was last sent may not be stored");
                Ok(exit_code(&reason))
            }
            Err(error) => Err(error),
        },
    }
}

fn exit_code(reason: &Ended) -> ExitCode {
    match reason {
        Ended::SyncFailed(_) => ExitCode::from(EXIT_SYNC_FAILED),
        Ended::StateFailed(_) | Ended::Panicked(_) => ExitCode::FAILURE,
    }
}

/// A running daemon: the journal, the stages on it, and the listener before them.
pub struct Daemon {
    pub journal: Journal,
    pub pipeline: Pipeline,
    /// Where it listens.
    pub address: SocketAddr,
    serving: JoinHandle<()>,
    shutdown: oneshot::Sender<()>,
    settings: Settings,
    first_start: bool,
}

impl Daemon {
    /// Opens the data folder, starts the stages and listens.
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>) -> Result<Daemon, Failure> {
        Daemon::open(settings, clock, false).await
    }

    /// The same; a damaged journal goes on with what is left when its loss is accepted.
    async fn open(settings: Settings, clock: Arc<dyn Clock>, accept_loss: bool) -> Result<Daemon, Failure> {
        let data = settings.data.dir.clone();
        fs::create_dir_all(&data).map_err(|error| unusable(&data, &error))?;
        let admin = AdminToken::open(&data)?;
        let first_start = admin.fresh;
        let journal = open_journal(&settings, clock.clone(), accept_loss).await?;
        let parts = Parts {
            journal: journal.clone(),
            clock,
            host: Host::new(HostOptions {
                limits: convert::plugin_limits(&settings),
                cache_dir: Some(settings.plugins.cache_dir.clone()),
            })?,
            plugin_folder: data.join("plugins"),
            plugin_threads: settings.plugins.threads,
            bundled: BUNDLED.to_vec(),
            deliverer: Deliverer::new(convert::mail(&settings.mail), convert::web(&settings.egress)?)?,
            admin,
            keyring: Keyring::open(&data)?,
            backend: BackendOptions {
                limits: settings.events.clone(),
                zone: Zone::new(&settings.people.zone)?,
                base_url: settings.server.base_url(),
                doors: convert::doors(&settings),
            },
        };
        let pipeline = Pipeline::start(parts).await?;
        let server =
            Server::bind(settings.server.listen, pipeline.service(), server::Options::from(&settings))
                .await
                .map_err(|error| format!("cannot listen on {}: {error}", settings.server.listen))?;
        let address = server.address();
        let (shutdown, told) = oneshot::channel();
        let serving = tokio::spawn(server.run(async {
            // An end without a word is an end as well.
            let _ = told.await;
        }));
        Ok(Daemon { journal, pipeline, address, serving, shutdown, settings, first_start })
    }

    /// Lets running requests end, then the stages, then seals the journal.
    pub async fn stop(self) -> Result<(), Failure> {
        // It has ended by itself only if it panicked, which the next line tells.
        let _ = self.shutdown.send(());
        self.serving.await?;
        self.pipeline.stop().await;
        self.journal.close().await?;
        Ok(())
    }

    /// Says where it is to be found, and, the first time, what to try.
    fn greet(&self) -> io::Result<()> {
        use std::io::Write;
        let url = format!("http://{}", self.address);
        let data = self.settings.data.dir.display();
        let mut out = io::stdout().lock();
        writeln!(out, "tellify {} listens on {url}, data in {data}", env!("CARGO_PKG_VERSION"))?;
        if self.first_start {
            writeln!(out, "{}", first_steps(&url, &data.to_string()))?;
        }
        out.flush()
    }
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

async fn open_journal(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    accept_loss: bool,
) -> Result<Journal, Failure> {
    let folder = settings.data.dir.join("journal");
    fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
    // The log's files are the store's alone; the state and the lock lie beside them.
    let log = folder.join("log");
    fs::create_dir_all(&log).map_err(|error| unusable(&log, &error))?;
    let store = Arc::new(DiskStore::open(&log).map_err(|error| unusable(&log, &error))?);
    let options = convert::journal_options(settings, folder, accept_loss);
    let opened = tokio::task::spawn_blocking(move || Journal::open(options, clock, store)).await?;
    opened.map_err(|error| match error {
        OpenError::Locked { pid } => {
            let pid = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
            format!(
                "another tellify{pid} serves {}: stop it, or choose another --data",
                settings.data.dir.display()
            )
            .into()
        }
        damaged @ OpenError::Damaged(_) => format!(
            "{damaged}\n  Nothing was changed. `tellify serve --accept-loss` goes on without what is damaged \
             and all that follows it, and keeps a copy."
        )
        .into(),
        other => other.into(),
    })
}

fn unusable(folder: &std::path::Path, error: &io::Error) -> String {
    format!("the folder {} cannot be used: {error}", folder.display())
}

fn failed(error: &(impl std::fmt::Display + ?Sized)) -> ExitCode {
    eprintln!("tellify: {error}");
    ExitCode::FAILURE
}
