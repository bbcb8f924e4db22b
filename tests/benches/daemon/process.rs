//! The daemon as a process: started with nothing of the user's surroundings, in a
//! group of its own, and always ended.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tests::machine::{self, CoreSet};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use crate::Failure;

/// A daemon is quiet when it uses no more than a tick of CPU time in this time.
const QUIET: Duration = Duration::from_millis(200);
const QUIET_TRIES: usize = 25;

const STOPS_WITHIN: Duration = Duration::from_secs(20);

/// One folder for all daemons of a run: data folders, the cache that they share, logs.
pub(crate) struct Home {
    binary: PathBuf,
    folder: PathBuf,
}

impl Home {
    pub(crate) fn new(folder: &Path) -> Result<Home, Failure> {
        let own = std::env::current_exe()?;
        let built = own.ancestors().nth(2).ok_or("this bench stands in no build folder")?;
        let binary = built.join("tellify");
        if !binary.exists() {
            return Err(format!("{} is not built: use `make bench`", binary.display()).into());
        }
        // Named to the daemon, so that it does not look for the user's.
        fs::write(folder.join("tellify.toml"), "")?;
        Ok(Home { binary, folder: folder.to_owned() })
    }

    /// Starts a daemon on the data folder of this name, and returns when it listens.
    pub(crate) async fn start(&self, data: &str, cores: &CoreSet) -> Result<Daemon, Failure> {
        let log = self.folder.join(format!("{data}.log"));
        let mut command = Command::new(&self.binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TELLIFY_") {
                command.env_remove(name);
            }
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(self.folder.join("tellify.toml"))
            .arg("--data")
            .arg(self.folder.join(data))
            .env("TELLIFY_PLUGINS_CACHE_DIR", self.cache())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .process_group(0);
        let mut process = cores.lend(|| command.spawn())??;
        let pid = process.id().and_then(|id| Pid::from_raw(id.cast_signed())).ok_or("no process id")?;
        let greeting = BufReader::new(process.stdout.take().ok_or("standard output is piped")?);
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut daemon = Daemon { address: nowhere, process, pid, greeting };
        match daemon.listens_at().await? {
            Some(address) => daemon.address = address,
            None => {
                return Err(
                    format!("the daemon did not start: {}", fs::read_to_string(log)?.trim_end()).into()
                );
            }
        }
        Ok(daemon)
    }

    /// Whether a daemon has left compiled plugins for the next one.
    pub(crate) fn is_warm(&self) -> bool {
        fs::read_dir(self.cache()).is_ok_and(|mut files| files.next().is_some())
    }

    /// Opens everything to whoever sends it.
    pub(crate) fn admin_token(&self, data: &str) -> Result<String, Failure> {
        Ok(fs::read_to_string(self.folder.join(data).join("admin-token"))?.trim().to_owned())
    }

    fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }
}

/// A running daemon; killed when it is dropped.
pub(crate) struct Daemon {
    pub(crate) address: SocketAddr,
    process: Child,
    pid: Pid,
    /// Kept open, or the daemon could not write what else it greets with.
    greeting: BufReader<ChildStdout>,
}

impl Daemon {
    /// Reads where it listens from its first line; none if that says nothing of it.
    async fn listens_at(&mut self) -> Result<Option<SocketAddr>, Failure> {
        let mut line = String::new();
        self.greeting.read_line(&mut line).await?;
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        Ok(address.and_then(|address| address.trim_end_matches(',').parse().ok()))
    }

    /// CPU time of all its threads since its start.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        machine::cpu(&self.pid.to_string())
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> Result<u64, Failure> {
        machine::resident(&self.pid.to_string())
    }

    /// Waits until it has nothing to do, for a bounded time: a daemon that never rests
    /// shows in the figures.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        for _ in 0..QUIET_TRIES {
            let before = self.cpu()?;
            sleep(QUIET).await;
            if self.cpu()? - before <= machine::tick() {
                break;
            }
        }
        Ok(())
    }

    /// Ends it as a service manager does.
    ///
    /// # Errors
    /// When it does not end in time, or not in order.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        kill_process_group(self.pid, Signal::TERM)?;
        let ended =
            timeout(STOPS_WITHIN, self.process.wait()).await.map_err(|_| "the daemon does not stop")?;
        let status = ended?;
        if status.success() { Ok(()) } else { Err(format!("the daemon ended with {status}").into()) }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Once it has been waited for, its id may be somebody else's.
        if self.process.id().is_none() {
            return;
        }
        // It may end by itself at this moment.
        let _ = kill_process_group(self.pid, Signal::KILL);
        // Its folder goes next, and it must not write there any more.
        while let Ok(None) = self.process.try_wait() {
            thread::sleep(Duration::from_millis(1));
        }
    }
}
