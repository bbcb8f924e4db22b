//! A disk that breaks under the real daemon: a sync fails, and from then on nothing is
//! acknowledged, the process ends with a code of its own, and nothing that was acknowledged
//! is gone at the next start.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Process, ask};

const SENDERS: usize = 4;
/// Events that are acknowledged before the disk breaks.
const BEFORE: usize = 200;
/// `EX_IOERR` of sysexits.h, as `docs/operations.md` says.
const SYNC_FAILED: i32 = 74;

/// Makes syncs fail in whatever is started with it.
struct Shim {
    folder: TempDir,
}

impl Shim {
    fn build() -> Shim {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/failing_sync.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(folder.path().join("failing_sync.so"))
            .arg(source)
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Shim { folder }
    }

    /// The variables that make the syncs of these files fail.
    fn variables(&self, of: &str) -> [(&'static str, String); 3] {
        let path = |path: PathBuf| path.display().to_string();
        [
            ("LD_PRELOAD", path(self.folder.path().join("failing_sync.so"))),
            ("FAILING_SYNC", path(self.breaks(of))),
            ("FAILING_SYNC_OF", of.to_owned()),
        ]
    }

    /// Once this is there, the disk breaks.
    fn breaks(&self, of: &str) -> PathBuf {
        self.folder.path().join(format!("break-{of}"))
    }

    fn has_failed(&self, of: &str) -> bool {
        self.breaks(of).with_extension("failed").exists()
    }
}

/// Sends until nobody listens any more. What is begun after a sync has failed must not be
/// acknowledged: those that were, all the same.
fn send(
    daemon: SocketAddr,
    shim: &Shim,
    of: &str,
    sender: usize,
    count: &AtomicUsize,
) -> (Vec<String>, usize) {
    let (mut acknowledged, mut after) = (Vec::new(), 0);
    for n in 0.. {
        let (id, failed) = (format!("{sender}-{n}"), shim.has_failed(of));
        let event = format!(r#"{{"id":"{id}","source":"load","type":"load"}}"#);
        match ask(daemon, "POST", "/api/v1/events", &event) {
            Ok((202, _)) => {
                after += usize::from(failed);
                acknowledged.push(id);
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok((status, body)) => assert_eq!(status, 503, "{body}"),
            Err(_) => break,
        }
    }
    (acknowledged, after)
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_and_the_process_ends_with_its_own_code() {
    let shim = Shim::build();
    // What is appended before each answer; and the state, which is made durable now and then.
    for of in ["tail", "state"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tellify.toml"), "").unwrap();
        let daemon = Process::with_variables(folder, &shim.variables(of));
        let (address, count) = (daemon.address, AtomicUsize::new(0));
        let (told, broke) = thread::scope(|scope| {
            let senders: Vec<_> = (0..SENDERS)
                .map(|sender| {
                    let (shim, count) = (&shim, &count);
                    scope.spawn(move || send(address, shim, of, sender, count))
                })
                .collect();
            while count.load(Ordering::Relaxed) < BEFORE {
                thread::yield_now();
            }
            File::create(shim.breaks(of)).unwrap();
            let broke = Instant::now();
            (senders.into_iter().map(|sender| sender.join().unwrap()).collect::<Vec<_>>(), broke)
        });
        let (status, folder) = daemon.ended();
        let ended = broke.elapsed();
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        assert_eq!(status.code(), Some(SYNC_FAILED), "{of}: {log}");
        assert!(log.contains("a sync failed"), "{of}: {log}");
        if of == "tail" {
            assert_eq!(told.iter().map(|(_, after)| after).sum::<usize>(), 0, "acknowledged after it");
        }
        let acknowledged: BTreeSet<String> =
            told.into_iter().flat_map(|(acknowledged, _)| acknowledged).collect();
        all_there(folder, &acknowledged);
        report(of, acknowledged.len(), ended);
    }
}

/// The next start has all of it, each once; and at most what was under way besides.
fn all_there(folder: TempDir, acknowledged: &BTreeSet<String>) {
    let daemon = Process::on(folder);
    let listed = daemon.client(&["event", "list", "type:load", "--all", "-o", "json"]);
    let events: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let stored: BTreeSet<String> =
        events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(events.len(), stored.len(), "nothing is there twice");
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "of {} acknowledged: {lost:?}", acknowledged.len());
    assert!(stored.len() <= acknowledged.len() + SENDERS, "{} stored", stored.len());
}

fn report(of: &str, acknowledged: usize, ended: Duration) {
    let after = ended.as_millis();
    println!("syncs of {of} fail: {acknowledged} acknowledged, lost 0; exit {SYNC_FAILED} after {after} ms");
}
