//! The sender, a process of its own, and what it tells of its run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Flood<'a> {
    pub(crate) name: &'a str,
    pub(crate) connections: u64,
    /// Requests a second; zero: each connection sends as soon as it has its answer.
    pub(crate) rate: u64,
    pub(crate) seconds: u64,
    pub(crate) events: u64,
    pub(crate) pad: u64,
}

/// A run under way.
pub(crate) struct Sending {
    child: Child,
    folder: TempDir,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) offered: u64,
    /// The requests that were.
    pub(crate) acknowledged: BTreeSet<String>,
    /// By status.
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) without_word: u64,
    pub(crate) broken: u64,
    pub(crate) seconds: f64,
    /// For so long events were still being handled, in seconds.
    handled_after: f64,
    pub(crate) accepted: Spread,
    pub(crate) refused_ms: Spread,
    /// By how much a request was sent too late, and how long its answer took from then on.
    late: Spread,
    pub(crate) sent: Spread,
    pub(crate) cpu_seconds: f64,
}

/// In milliseconds.
#[derive(Debug)]
pub(crate) struct Spread {
    p50: f64,
    pub(crate) p99: f64,
    most: f64,
}

impl Flood<'_> {
    pub(crate) fn start(&self, daemon: SocketAddr) -> Sending {
        let folder = tempfile::tempdir().unwrap();
        let Flood { name, connections, rate, seconds, events, pad } = self;
        let child = Command::new(env!("CARGO_BIN_EXE_fire"))
            .arg("flood")
            .arg(format!("log={}", folder.path().join("acks").display()))
            .arg(format!("address={daemon}"))
            .arg(format!("name={name}"))
            .arg(format!("connections={connections}"))
            .arg(format!("rate={rate}"))
            .arg(format!("seconds={seconds}"))
            .arg(format!("events={events}"))
            .arg(format!("pad={pad}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Sending { child, folder }
    }
}

impl Sending {
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub(crate) fn told(self) -> Told {
        let output = self.child.wait_with_output().unwrap();
        assert!(output.status.success(), "the sender ended with {}", output.status);
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let acks = std::fs::read_to_string(self.folder.path().join("acks")).unwrap();
        let number = |key: &str| told[key].as_u64().unwrap();
        Told {
            offered: number("offered"),
            acknowledged: acks.lines().map(str::to_owned).collect(),
            refused: serde_json::from_value(told["refused"].clone()).unwrap(),
            without_word: number("without_word"),
            broken: number("broken"),
            seconds: told["seconds"].as_f64().unwrap(),
            handled_after: 0.0,
            accepted: Spread::of(&told["accepted_us"]),
            refused_ms: Spread::of(&told["refused_us"]),
            late: Spread::of(&told["late_us"]),
            sent: Spread::of(&told["sent_us"]),
            cpu_seconds: told["cpu_seconds"].as_f64().unwrap(),
        }
    }
}

impl Told {
    pub(crate) fn handled_after(self, time: Duration) -> Told {
        Told { handled_after: time.as_secs_f64(), ..self }
    }

    /// Requests a second that were acknowledged and handled.
    pub(crate) fn rate(&self) -> f64 {
        self.acknowledged.len() as f64 / (self.seconds + self.handled_after)
    }

    pub(crate) fn refusals(&self) -> u64 {
        self.refused.values().sum()
    }
}

impl Spread {
    fn of(microseconds: &Value) -> Spread {
        let ms = |key: &str| microseconds[key].as_f64().unwrap_or_default() / 1e3;
        Spread { p50: ms("p50"), p99: ms("p99"), most: ms("most") }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} offered in {:.1} s, handled {:.1} s later, {} taken ({:.0}/s, {}), refused {:?} ({}), sent late by {}",
            self.offered,
            self.seconds,
            self.handled_after,
            self.acknowledged.len(),
            self.rate(),
            self.accepted,
            self.refused,
            self.refused_ms,
            self.late
        )
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.1} p99 {:.1} most {:.1} ms", self.p50, self.p99, self.most)
    }
}
