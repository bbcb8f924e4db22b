//! A life of the daemon, from its start to the signal that ends it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::kill::home::Home;
use crate::world;

/// A start that takes longer hangs.
const STARTS_WITHIN: Duration = Duration::from_secs(120);

pub(crate) struct Victim {
    child: Child,
    greeting: Receiver<String>,
}

impl Victim {
    pub(crate) fn start(home: &Home) -> Victim {
        let mut command = Command::new(world::daemon());
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TELLIFY_"))
        {
            command.env_remove(name);
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(home.data())
            .arg("--config")
            .arg(home.configuration())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(home.log())
            .spawn()
            .unwrap();
        let (sender, greeting) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        // Reads on to the end, or the daemon could not write what else it greets with.
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Victim { child, greeting }
    }

    /// Waits until it serves.
    pub(crate) fn address(&self, home: &Home) -> SocketAddr {
        let greeting = self.greeting.recv_timeout(STARTS_WITHIN);
        let address = greeting.as_ref().ok().and_then(|greeting| {
            let url = greeting.split_whitespace().find_map(|word| word.strip_prefix("http://"))?;
            url.trim_end_matches(',').parse().ok()
        });
        address.unwrap_or_else(|| panic!("it does not start: {greeting:?}\n{}", home.said()))
    }

    /// Sends the signal, and waits for the end.
    pub(crate) fn end(mut self, signal: Signal) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
