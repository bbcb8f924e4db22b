//! The lines of the README, as a new user types them, against the real binary.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::world::binary;

/// The six lines that a fresh server must do as written. `TELLIFY_URL` and
/// `TELLIFY_DATA` are set.
const LINES: &str = r#"
set -eu
tellify user add alice --email alice@example.org
tellify style add --user alice --name soon --default --channel inbox --wait 1s
tellify subscription add --user alice --name disks --handler threshold --filter 'type:disk.usage' \
    --config '{"field":"percent","key":"subject","limits":[{"above":90,"severity":"warning"},{"above":97,"severity":"critical"}]}'
curl -fsS $TELLIFY_URL/api/v1/events \
    -d '{"type":"disk.usage","source":"host17","subject":"/sarc/cad","percent":93.5}'
"#;

#[test]
fn the_first_lines_work_as_written() {
    let server = Server::start();
    server.shell(LINES);

    let alerts = server.wait_for("tellify alert list --user alice -o json", |alerts| !alerts.is_empty());
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["state"], "firing");
    assert_eq!(alerts[0]["severity"], "warning");
    assert_eq!(alerts[0]["key"], "/sarc/cad");

    let inbox = server.wait_for("tellify inbox list --user alice -o json", |digests| !digests.is_empty());
    assert_eq!(inbox.len(), 1);
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let mut server = Server::start();
    server.shell(LINES);
    server.process.kill().unwrap();
    server.process.wait().unwrap();

    let server = server.again();
    let events = server.wait_for("tellify event list 'type:disk.usage' -o json", |events| !events.is_empty());
    assert_eq!(events[0]["subject"], "/sarc/cad");
    let inbox = server.wait_for("tellify inbox list --user alice -o json", |digests| !digests.is_empty());
    assert_eq!(inbox.len(), 1, "the outcome took effect once");
}

#[test]
fn a_second_daemon_on_the_same_folder_names_the_first_and_ends() {
    let server = Server::start();
    let second = serve(server.folder.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains(&format!("process {}", server.process.id())), "{said}");
}

/// A daemon of its own, ended with the test.
struct Server {
    process: Child,
    url: String,
    folder: TempDir,
}

impl Server {
    fn start() -> Server {
        Server::on(tempfile::tempdir().unwrap())
    }

    /// Starts anew on the same folder, after the process has ended.
    fn again(mut self) -> Server {
        let empty = tempfile::tempdir().unwrap();
        Server::on(std::mem::replace(&mut self.folder, empty))
    }

    fn on(folder: TempDir) -> Server {
        let mut serve = serve(folder.path());
        let mut process = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        let url = greeting.split_whitespace().find(|word| word.starts_with("http://"));
        let url =
            url.unwrap_or_else(|| panic!("no address in `{greeting}`")).trim_end_matches(',').to_owned();
        Server { process, url, folder }
    }

    fn shell(&self, lines: &str) -> String {
        let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["-c", lines])
            .env("PATH", path)
            .env("TELLIFY_URL", &self.url)
            .env("TELLIFY_DATA", self.folder.path())
            .env("XDG_STATE_HOME", self.folder.path().join("home"))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{lines}\nfailed with {}: {errors}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Asks until the answer is as wanted: the daemon runs on the wall clock here, and
    /// a style waits for a second.
    fn wait_for(&self, line: &str, wanted: impl Fn(&Vec<Value>) -> bool) -> Vec<Value> {
        for _ in 0..200 {
            let answer: Vec<Value> = serde_json::from_str(&self.shell(line)).unwrap();
            if wanted(&answer) {
                return answer;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("`{line}` does not answer what is waited for")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(folder: &Path) -> Command {
    let mut command = Command::new(binary());
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
    command
}
