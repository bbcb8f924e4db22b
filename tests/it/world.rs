//! A whole Tellify for one test: the daemon in this process, on a clock that the test
//! moves and a real mail server on a socket; the command line as its own process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use event::{Clock, Timestamp};
use journal::Stores;
use settings::Settings;
use tellify::Daemon;
use tempfile::TempDir;
use testkit::{Hang, Letter, ManualClock, SmtpOptions, SmtpServer, SmtpTls};
use tokio::process::Command;
use tokio::runtime::Runtime;

pub(crate) struct World {
    pub(crate) daemon: Daemon,
    pub(crate) clock: ManualClock,
    pub(crate) mail: SmtpServer,
    folder: TempDir,
    machine: Machine,
}

impl World {
    /// Starts at `now`, with mail.
    pub(crate) async fn start(now: Timestamp) -> World {
        World::start_on(tempfile::tempdir().unwrap(), now).await
    }

    /// Starts at `now`, with mail, and with variables of the configuration.
    pub(crate) async fn start_with(now: Timestamp, variables: &[(&str, &str)]) -> World {
        let mail = SmtpServer::start(SmtpOptions { tls: SmtpTls::None, login: None }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), mail.port(), variables);
        World::of(settings, folder, ManualClock::at(now), mail).await
    }

    /// The same, on a disk that can hang.
    pub(crate) async fn start_hanging(now: Timestamp, variables: &[(&str, &str)], hang: &Arc<Hang>) -> World {
        let mail = SmtpServer::start(SmtpOptions { tls: SmtpTls::None, login: None }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), mail.port(), variables);
        let hang = hang.clone();
        World::over(settings, folder, ManualClock::at(now), mail, move |stores| hang.over(stores)).await
    }

    /// Starts on a folder in which something is already.
    pub(crate) async fn start_on(folder: TempDir, now: Timestamp) -> World {
        let mail = SmtpServer::start(SmtpOptions { tls: SmtpTls::None, login: None }).await.unwrap();
        World::on(folder, ManualClock::at(now), mail).await
    }

    async fn on(folder: TempDir, clock: ManualClock, mail: SmtpServer) -> World {
        let settings = settings(folder.path(), mail.port(), &[]);
        World::of(settings, folder, clock, mail).await
    }

    async fn of(settings: Settings, folder: TempDir, clock: ManualClock, mail: SmtpServer) -> World {
        World::over(settings, folder, clock, mail, |stores| stores).await
    }

    async fn over(
        settings: Settings,
        folder: TempDir,
        clock: ManualClock,
        mail: SmtpServer,
        over: impl FnOnce(Stores) -> Stores + Send + 'static,
    ) -> World {
        let machine = Machine(Some(Runtime::new().unwrap()));
        let daemon = machine.runtime().spawn(Daemon::start_over(settings, Arc::new(clock.clone()), over));
        World { daemon: daemon.await.unwrap().unwrap(), clock, mail, folder, machine }
    }

    /// Stops the daemon, and starts it again on the same folder, at the same moment.
    pub(crate) async fn restart(self) -> World {
        let now = self.clock.now();
        self.restart_at(now).await
    }

    /// Stops the daemon, and starts it again at another moment.
    pub(crate) async fn restart_at(self, moment: Timestamp) -> World {
        let World { daemon, clock, mail, folder, .. } = self;
        daemon.stop().await.unwrap();
        clock.advance_to(moment);
        World::on(folder, clock, mail).await
    }

    /// Breaks the daemon off in the middle of whatever it does, and starts it again.
    pub(crate) async fn crash(self) -> World {
        let now = self.clock.now();
        self.crash_until(now).await
    }

    /// The same, and starts it at another moment.
    pub(crate) async fn crash_until(self, moment: Timestamp) -> World {
        let World { daemon, clock, mail, folder, mut machine } = self;
        let runtime = machine.0.take().unwrap();
        let broken_off = tokio::task::spawn_blocking(move || {
            // What it was doing goes first, so that nothing is left to be told to stop.
            drop(runtime);
            drop(daemon);
        });
        broken_off.await.unwrap();
        clock.advance_to(moment);
        World::on(folder, clock, mail).await
    }

    /// Gives the running daemon its configuration again, with these variables.
    pub(crate) fn reload(&mut self, variables: &[(&str, &str)]) {
        let settings = settings(self.folder.path(), self.mail.port(), variables);
        self.daemon.reload(&settings).unwrap();
    }

    /// The daemon's data.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.daemon.address)
    }

    pub(crate) fn admin_token(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("admin-token")).unwrap().trim().to_owned()
    }

    /// The daemon's data folder.
    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the real command line, with arguments as a shell would split them.
    pub(crate) async fn run(&self, line: &str) -> Output {
        self.command(line).output().await.unwrap()
    }

    /// The same, to be started as a test wants it.
    pub(crate) fn command(&self, line: &str) -> Command {
        let words = words(line);
        assert_eq!(words.first().map(String::as_str), Some("tellify"), "{line}");
        let mut command = Command::new(binary());
        command.args(&words[1..]).envs(self.variables()).kill_on_drop(true);
        command
    }

    /// What the command line finds its daemon by, and keeps its own things in.
    pub(crate) fn variables(&self) -> [(&'static str, String); 3] {
        let folder = self.folder.path().display();
        [
            ("TELLIFY_URL", self.url()),
            ("TELLIFY_DATA", folder.to_string()),
            ("XDG_STATE_HOME", format!("{folder}/home")),
        ]
    }

    /// Runs a command that must succeed, and returns its standard output.
    pub(crate) async fn ok(&self, line: &str) -> String {
        let output = self.run(line).await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{line}` failed with {}: {errors}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Moves the clock, stopping at every moment at which something is due on the way.
    pub(crate) async fn until(&self, end: Timestamp) {
        until(&self.daemon, &self.clock, end).await;
    }

    /// The letters that came in, oldest first, without what differs from run to run.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.mail.letters()
    }

    /// Stops the daemon, and leaves its folder to whoever asks.
    pub(crate) async fn stop_and_keep(self) -> TempDir {
        let World { daemon, folder, .. } = self;
        daemon.stop().await.unwrap();
        folder
    }

    pub(crate) async fn stop(self) {
        self.daemon.stop().await.unwrap();
    }
}

/// Moves a daemon's clock, stopping at every moment at which something is due on the way.
pub(crate) async fn until(daemon: &Daemon, clock: &ManualClock, end: Timestamp) {
    daemon.pipeline.settled().await;
    while let Some(due) = daemon.pipeline.next_due().filter(|due| *due <= end) {
        clock.advance_to(due.max(clock.now()));
        daemon.pipeline.settled().await;
    }
    clock.advance_to(end);
    daemon.pipeline.settled().await;
}

/// What the daemon runs on: its own, so that it can be switched off.
struct Machine(Option<Runtime>);

impl Machine {
    fn runtime(&self) -> &Runtime {
        self.0.as_ref().expect("only a crash takes it")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn settings(folder: &Path, mail_port: u16, more: &[(&str, &str)]) -> Settings {
    let variables = BTreeMap::from([
        ("TELLIFY_SERVER_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ("TELLIFY_DATA_DIR".to_owned(), folder.display().to_string()),
        ("TELLIFY_MAIL_HOST".to_owned(), "127.0.0.1".to_owned()),
        ("TELLIFY_MAIL_PORT".to_owned(), mail_port.to_string()),
        ("TELLIFY_MAIL_TLS".to_owned(), "none".to_owned()),
        ("TELLIFY_MAIL_FROM".to_owned(), "Tellify <alerts@example.org>".to_owned()),
        // Where the receivers of webhooks are.
        ("TELLIFY_EGRESS_ALLOW".to_owned(), "['127.0.0.1']".to_owned()),
        ("TELLIFY_MAIL_HELO".to_owned(), "tellify.example.org".to_owned()),
        // A call that this machine holds up would be tried again at a moment that the test never comes to.
        ("TELLIFY_PLUGINS_WALL_MS".to_owned(), "60000".to_owned()),
    ]);
    // The user's own surroundings still say where compiled plugins are kept.
    let surroundings = std::env::vars().filter(|(name, _)| !name.starts_with("TELLIFY_"));
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::load(None, surroundings.chain(variables).chain(more)).unwrap().0
}

/// The binary that was built beside this one.
pub(crate) fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let binary = own.ancestors().nth(2).unwrap().join("tellify");
    assert!(binary.exists(), "{} is not built: run the tests with `make test`", binary.display());
    binary
}

/// The daemon that is started: the one that `TELLIFY_BIN` names, or that was built beside this one.
pub(crate) fn daemon() -> PathBuf {
    std::env::var_os("TELLIFY_BIN").map_or_else(binary, Into::into)
}

/// Splits a line as a shell does, with single and double quotes.
pub(crate) fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => (quote, open) = (Some(c), true),
            (Some(q), c) if q == c => quote = None,
            (None, ' ') => {
                if open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (_, c) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    words
}
