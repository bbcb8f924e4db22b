//! `tellify serve`: a daemon under the signals of its manager.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use journal::Ended;
use settings::{Settings, Warning};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::clock::SystemClock;
use crate::daemon::{Daemon, Failure};
use crate::log::Levels;
use crate::{convert, descriptors, log, notify};

/// After a failed sync nobody knows what is on the disk: the service manager is told
/// by this code (`EX_IOERR` of sysexits.h) that it was no ordinary end.
const EXIT_SYNC_FAILED: u8 = 74;

/// A configuration that cannot work (`EX_CONFIG`): starting again would not help.
const EXIT_CONFIGURATION: u8 = 78;

/// A stop waits for so long, then it is in a hurry by itself.
const STOP: Duration = Duration::from_secs(30);

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
    let (settings, warnings) = match convert::settings(args.clone()) {
        Ok(loaded) => loaded,
        Err(error) => return failed(&error, ExitCode::from(EXIT_CONFIGURATION)),
    };
    let levels = match log::start(&settings.log) {
        Ok(levels) => levels,
        Err(error) => return failed(&error, ExitCode::from(EXIT_CONFIGURATION)),
    };
    warn(&warnings);
    descriptors::raise();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error, ExitCode::FAILURE),
    };
    let ended = runtime.block_on(run(args, settings, levels));
    // All that had to end has ended; a plugin that is still compiled need not be waited for.
    runtime.shutdown_background();
    ended.unwrap_or_else(|error| failed(&*error, ExitCode::FAILURE))
}

async fn run(args: ServeArgs, settings: Settings, levels: Levels) -> Result<ExitCode, Failure> {
    let mut ends = Ends::new()?;
    let mut hangups = signal(SignalKind::hangup())?;
    notify::starting();
    let compiler = convert::compiler(&settings)?;
    // Whoever does not want us before we have begun waits for nothing.
    let mut daemon = tokio::select! {
        opened = Daemon::open(settings, Arc::new(SystemClock), compiler, args.accept_loss) => opened?,
        () = ends.next() => return Ok(ExitCode::SUCCESS),
    };
    // Whoever started us may not listen to what we say, and still want us to serve.
    let _ = daemon.greet();
    let url = daemon.url();
    notify::ready(&url);
    let has_terminal = std::io::stderr().is_terminal();
    loop {
        tokio::select! {
            () = ends.next() => break,
            reason = daemon.journal.ended() => {
                tracing::error!(%reason, "nothing more can be stored");
                return Ok(exit_code(&reason));
            }
            () = notify::watch_over(&url, || daemon.pipeline.trouble()) => {}
            _ = hangups.recv() => {
                // A terminal that was closed takes along what ran in it.
                if has_terminal && !std::io::stderr().is_terminal() {
                    break;
                }
                reload(&args, &mut daemon, &levels);
            }
        }
    }
    stop(daemon, ends).await
}

/// Reads the configuration again and takes of it what can be taken while running. One
/// that cannot work changes nothing.
fn reload(args: &ServeArgs, daemon: &mut Daemon, levels: &Levels) {
    notify::reloading();
    match try_reload(args, daemon, levels) {
        Ok(()) => {}
        Err(error) => tracing::error!(%error, "the configuration is not taken; all stays as it was"),
    }
    notify::ready(&daemon.url());
}

fn try_reload(args: &ServeArgs, daemon: &mut Daemon, levels: &Levels) -> Result<(), Failure> {
    let (settings, warnings) = convert::settings(args.clone())?;
    let filter = log::filter(&settings.log.level)?;
    let changes = daemon.reload(&settings)?;
    levels.set(filter)?;
    warn(&warnings);
    let (taken, waiting): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.at_once);
    let names = |changes: Vec<settings::Change>| {
        changes.into_iter().map(|change| change.key).collect::<Vec<_>>().join(", ")
    };
    if !waiting.is_empty() {
        tracing::warn!(keys = names(waiting), "these keys change with the next start");
    }
    tracing::info!(changed = names(taken), "the configuration was read again");
    Ok(())
}

async fn stop(daemon: Daemon, mut ends: Ends) -> Result<ExitCode, Failure> {
    tracing::info!("stopping");
    notify::stopping();
    let hurry = async {
        tokio::select! {
            () = ends.next() => tracing::warn!("stopping without waiting for anybody"),
            () = tokio::time::sleep(STOP) => tracing::warn!("stopping takes too long: nobody is waited for any more"),
        }
    };
    match daemon.stop_or(hurry).await {
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

/// The signals that tell us to end.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn new() -> std::io::Result<Ends> {
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Ends { interrupt, terminate })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

fn exit_code(reason: &Ended) -> ExitCode {
    match reason {
        Ended::SyncFailed(_) => ExitCode::from(EXIT_SYNC_FAILED),
        Ended::StateFailed(_) | Ended::StateDamaged(_) | Ended::Panicked(_) => ExitCode::FAILURE,
    }
}

fn warn(warnings: &[Warning]) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

fn failed(error: &(impl std::fmt::Display + ?Sized), code: ExitCode) -> ExitCode {
    eprintln!("tellify: {error}");
    code
}
