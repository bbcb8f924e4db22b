//! The real daemon as a process of its own, with a service manager that is a socket.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::world::{binary, daemon};

/// What `unshare` is told, before a command.
const IN_A_MOUNT_TABLE: [&str; 3] = ["--user", "--map-root-user", "--mount"];

pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    /// What the manager hears.
    heard: Receiver<String>,
}

impl Process {
    /// On a new folder, with a configuration file of this text.
    pub(crate) fn start(configuration: &str) -> Process {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tellify.toml"), configuration).unwrap();
        Process::on(folder)
    }

    /// On a folder that has been used before.
    pub(crate) fn on(folder: TempDir) -> Process {
        Process::with_variables(folder, &[])
    }

    /// The same, in other surroundings.
    pub(crate) fn with_variables(folder: TempDir, variables: &[(&str, String)]) -> Process {
        let socket = folder.path().join("notify");
        let _ = fs::remove_file(&socket);
        let heard = manager(UnixDatagram::bind(&socket).unwrap());
        let mut program = Command::new(daemon());
        program.envs(variables.iter().map(|(name, value)| (name, value)));
        Process::spawn(program, folder, &socket, heard)
    }

    /// With no more than so many open files.
    pub(crate) fn with_descriptors(most: u32) -> Process {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tellify.toml"), "").unwrap();
        let socket = folder.path().join("notify");
        let heard = manager(UnixDatagram::bind(&socket).unwrap());
        let mut program = Command::new("sh");
        program.args(["-c", &format!(r#"ulimit -n {most} && exec "$0" "$@""#)]).arg(daemon());
        Process::spawn(program, folder, &socket, heard)
    }

    /// On a file system of its own of so many megabytes, which a mount table of its own
    /// makes possible; none where nobody may mount anything.
    pub(crate) fn on_a_disk_of(megabytes: u32, configuration: &str) -> Option<Process> {
        let mut probe = Command::new("unshare");
        probe.args(IN_A_MOUNT_TABLE).args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
        probe.output().ok().filter(|output| output.status.success())?;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tellify.toml"), configuration).unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let socket = folder.path().join("notify");
        let heard = manager(UnixDatagram::bind(&socket).unwrap());
        let script = format!(r#"mount -t tmpfs -o size={megabytes}m tmpfs "$1" && shift && exec "$@""#);
        let mut program = Command::new("unshare");
        program.args(IN_A_MOUNT_TABLE).args(["sh", "-c", &script, "sh"]);
        program.arg(folder.path().join("data")).arg(daemon());
        Some(Process::spawn(program, folder, &socket, heard))
    }

    /// Runs the program, which becomes the daemon, and waits until it says where it listens.
    fn spawn(mut program: Command, folder: TempDir, socket: &Path, heard: Receiver<String>) -> Process {
        let log = File::create(folder.path().join("log")).unwrap();
        let mut child = program
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .arg("--config")
            .arg(folder.path().join("tellify.toml"))
            .env("NOTIFY_SOCKET", socket)
            .env("WATCHDOG_USEC", "100000")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        let url = greeting.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        let url = url.unwrap_or_else(|| {
            let log = fs::read_to_string(folder.path().join("log")).unwrap();
            panic!("no address in `{greeting}`: {log}")
        });
        let address = url.trim_end_matches(',').parse().unwrap();
        Process { child, address, folder, heard }
    }

    /// The data folder as the daemon sees it, whatever is mounted there.
    pub(crate) fn inside(&self) -> PathBuf {
        let data = self.data();
        let below_root = data.strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.pid())).join(below_root)
    }

    /// Whether it lives still, as the same process.
    pub(crate) fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its memory in bytes, as the kernel counts it: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory(&self, what: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        line.unwrap().trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    pub(crate) fn tell(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the manager hears these words in this order, others between them, and
    /// returns all that it heard.
    pub(crate) fn hears(&self, words: &[&str]) -> Vec<String> {
        let (mut heard, mut words) = (Vec::new(), words.iter().peekable());
        while let Some(word) = words.peek() {
            let message = self.heard.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|error| {
                panic!("`{word}` is not heard after {heard:?}: {error}\n{}", self.log())
            });
            for line in message.lines() {
                if words.peek().is_some_and(|word| line.starts_with(**word)) {
                    words.next();
                }
                heard.push(line.to_owned());
            }
        }
        heard
    }

    /// Waits for the end, and returns the folder for the next start.
    pub(crate) fn ended(mut self) -> (ExitStatus, TempDir) {
        let status = self.child.wait().unwrap();
        let empty = tempfile::tempdir().unwrap();
        (status, std::mem::replace(&mut self.folder, empty))
    }

    pub(crate) fn client(&self, arguments: &[&str]) -> Output {
        Command::new(binary())
            .args(arguments)
            .env("TELLIFY_URL", format!("http://{}", self.address))
            .env("TELLIFY_DATA", self.inside())
            .output()
            .unwrap()
    }

    /// One request on a connection of its own: status and body.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
        ask(self.address, method, path, body)
    }
}

/// Listens for as long as there may be something to hear.
fn manager(socket: UnixDatagram) -> Receiver<String> {
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        let mut message = [0; 4096];
        while let Ok(length) = socket.recv(&mut message) {
            if sender.send(String::from_utf8_lossy(&message[..length]).into_owned()).is_err() {
                return;
            }
        }
    });
    heard
}

/// An answer.
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// One request on a connection of its own: status and body.
pub(crate) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> std::io::Result<(u16, String)> {
    hear(address, method, path, body).map(|heard| (heard.status, heard.body))
}

/// The same, with the head.
pub(crate) fn hear(address: SocketAddr, method: &str, path: &str, body: &str) -> std::io::Result<Heard> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let parts = answer.split_once("\r\n\r\n").zip(status);
    let ((head, body), status) = parts.ok_or(std::io::ErrorKind::UnexpectedEof)?;
    Ok(Heard { status, head: head.to_owned(), body: body.to_owned() })
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
