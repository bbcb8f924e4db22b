//! A disk that runs full under load: the real daemon on a small file system of its own.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use crate::process::{Process, hear};

const DISK_MB: u32 = 64;
const KEEP_FREE: u64 = 16 << 20;
/// Refusals that are heard at each stage before it is over.
const REFUSALS: usize = 100;

/// The sender, and what it was told.
struct Sender {
    sent: usize,
    acknowledged: BTreeSet<String>,
    refused: usize,
}

impl Sender {
    /// Sends one event of a few kilobytes; every twentieth is one that somebody is told of.
    fn send(&mut self, daemon: &Process) -> u16 {
        self.sent += 1;
        let (id, status) =
            (format!("e{}", self.sent), if self.sent.is_multiple_of(20) { "fail" } else { "ok" });
        let padding = "x".repeat(20_000);
        let event =
            format!(r#"{{"id":"{id}","source":"load","type":"load","status":"{status}","p":"{padding}"}}"#);
        let heard = hear(daemon.address, "POST", "/api/v1/events", &event).unwrap();
        match heard.status {
            202 => {
                self.acknowledged.insert(id);
            }
            503 => {
                self.refused += 1;
                let head = heard.head.to_ascii_lowercase();
                assert!(head.contains("retry-after: 5"), "{head}");
                assert!(heard.body.contains("The disk is full"), "{}", heard.body);
            }
            other => panic!("{other}: {}", heard.body),
        }
        heard.status
    }

    fn until(&mut self, daemon: &Process, wanted: u16) {
        while self.send(daemon) != wanted {}
    }

    /// Is refused so many times, and reads what people read meanwhile.
    fn is_refused(&mut self, daemon: &mut Process, stage: &str) {
        for n in 0..REFUSALS {
            assert_eq!(self.send(daemon), 503, "{stage}");
            if n.is_multiple_of(20) {
                for path in ["/healthz", "/readyz"] {
                    assert_eq!(daemon.ask("GET", path, "").unwrap().0, 200, "{stage}: {path}");
                }
                let listed = daemon.client(&["event", "list", "--limit", "5", "-o", "json"]);
                assert!(listed.status.success(), "{stage}: {}", String::from_utf8_lossy(&listed.stderr));
                assert!(!inbox(daemon).is_empty(), "{stage}");
            }
        }
        assert!(daemon.lives(), "{stage}: {}", daemon.log());
    }
}

fn inbox(daemon: &Process) -> Vec<Value> {
    let listed = daemon.client(&["inbox", "list", "--user", "alice", "--all", "-o", "json"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    serde_json::from_slice(&listed.stdout).unwrap()
}

/// Takes so many bytes of the disk, or all that there are.
fn fill(file: &Path, bytes: u64) {
    let mut ballast = File::create(file).unwrap();
    let block = vec![1; 1 << 16];
    for _ in 0..bytes.div_ceil(block.len() as u64) {
        if ballast.write_all(&block).is_err() {
            break;
        }
    }
}

fn free(folder: &Path) -> u64 {
    let about = rustix::fs::statvfs(folder).unwrap();
    about.f_bavail * about.f_frsize
}

fn set_up(daemon: &Process) {
    for line in [
        "user add alice",
        "style add --user alice --name soon --default --channel inbox --wait 0s",
        "subscription add --user alice --name fails --handler match --filter status:fail",
    ] {
        let done = daemon.client(&line.split(' ').collect::<Vec<_>>());
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn senders_are_refused_before_it_is_full_and_heard_again_when_there_is_room() {
    let configuration = format!("[journal]\nsegment_bytes = 4194304\nkeep_free_bytes = {KEEP_FREE}\n");
    let Some(mut daemon) = Process::on_a_disk_of(DISK_MB, &configuration) else {
        return eprintln!("skipped: this machine lets nobody mount anything");
    };
    set_up(&daemon);
    let mut sender = Sender { sent: 0, acknowledged: BTreeSet::new(), refused: 0 };
    while sender.acknowledged.len() < 100 {
        sender.send(&daemon);
    }
    while inbox(&daemon).is_empty() {}

    // Others take space, and events the rest of what they may.
    let (first, rest) = (daemon.inside().join("ballast"), daemon.inside().join("rest"));
    fill(&first, free(&daemon.inside()) - KEEP_FREE - (2 << 20));
    sender.until(&daemon, 503);
    assert!(free(&daemon.inside()) > 0, "there is some left for what was taken");
    sender.is_refused(&mut daemon, "below the mark");
    // What was taken is told meanwhile.
    while told(&daemon) < owed(&sender) {}

    // Others take all of it.
    fill(&rest, u64::MAX);
    assert_eq!(free(&daemon.inside()), 0);
    sender.is_refused(&mut daemon, "nothing is left");

    fs::remove_file(&rest).unwrap();
    fs::remove_file(&first).unwrap();
    let (begun, before) = (Instant::now(), sender.acknowledged.len());
    sender.until(&daemon, 202);
    println!("taken again {} ms after there was space", begun.elapsed().as_millis());
    while sender.acknowledged.len() < before + 100 {
        sender.send(&daemon);
    }
    while told(&daemon) < owed(&sender) {}

    assert!(daemon.lives());
    let listed = daemon.client(&["event", "list", "type:load", "--all", "-o", "json"]);
    let events: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let stored: BTreeSet<String> =
        events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(stored, sender.acknowledged, "what was acknowledged is there, and nothing else");
    assert_eq!(events.len(), stored.len(), "nothing is there twice");
    assert_eq!(told(&daemon), owed(&sender), "each is told once");
    println!("sent {}, acknowledged {}, refused {}, lost 0", sender.sent, stored.len(), sender.refused);
}

/// Alerts in the inbox.
fn told(daemon: &Process) -> usize {
    inbox(daemon).iter().map(|digest| digest["alerts"].as_u64().unwrap() as usize).sum()
}

/// Acknowledged events that somebody is told of.
fn owed(sender: &Sender) -> usize {
    let number = |id: &String| id[1..].parse::<usize>().unwrap();
    sender.acknowledged.iter().filter(|id| number(id).is_multiple_of(20)).count()
}
