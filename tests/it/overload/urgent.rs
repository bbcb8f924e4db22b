//! Somebody who is to be told at once, whatever else goes on: one alert after the other,
//! each sent until it is taken, and waited for at its receiver.

use std::fmt;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::{HttpSink, Receive};
use tokio::runtime::Runtime;

use crate::process::{Process, ask};
use crate::world::words;

/// An alert that takes longer never comes.
const COMES_WITHIN: Duration = Duration::from_secs(120);

pub(crate) struct Urgent {
    /// Titles, and when they came.
    came: Receiver<(String, Instant)>,
    _sink: HttpSink,
    _runtime: Runtime,
}

/// From each acknowledgement to the first attempt, rising.
pub(crate) struct Took(Vec<Duration>);

impl Urgent {
    pub(crate) fn set_up(daemon: &Process) -> Urgent {
        let runtime = Runtime::new().unwrap();
        let (sender, came) = mpsc::channel();
        let sink = runtime.block_on(HttpSink::start_with(None, move |post| {
            let now = Instant::now();
            let body: Value = serde_json::from_slice(&post.body).unwrap();
            for item in body["data"]["items"].as_array().into_iter().flatten() {
                // Nobody listens any more when the test is over.
                let _ = sender.send((item["title"].as_str().unwrap_or_default().to_owned(), now));
            }
            Receive::Reply(204, Vec::new(), String::new())
        }));
        let sink = sink.unwrap();
        for line in [
            "user add alice",
            &format!("address add --user alice --name pager --channel webhook --to {}", sink.url()),
            "style add --user alice --name now --default --channel pager --wait 0s",
            r#"subscription add --user alice --name urgent --handler match --filter type:urgent --config '{"title":"{n}","severity":"critical"}'"#,
        ] {
            let words = words(line);
            let done = daemon.client(&words.iter().map(String::as_str).collect::<Vec<_>>());
            assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
        }
        Urgent { came, _sink: sink, _runtime: runtime }
    }

    /// Sends one after the other until it is enough.
    pub(crate) fn send(&self, daemon: &Process, mut enough: impl FnMut(usize) -> bool) -> Took {
        let mut took = Vec::new();
        while !enough(took.len()) {
            // It stands in for the time of day, so that no two sendings are duplicates.
            let title = format!("{:?}", Instant::now());
            let event = serde_json::json!({"source": "pager", "type": "urgent", "n": title}).to_string();
            while ask(daemon.address, "POST", "/api/v1/events", &event).unwrap().0 != 202 {}
            let acknowledged = Instant::now();
            loop {
                let (told, at) = self.came.recv_timeout(COMES_WITHIN).unwrap();
                if told == title {
                    took.push(at.saturating_duration_since(acknowledged));
                    break;
                }
            }
        }
        took.sort_unstable();
        Took(took)
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Took(times) = self;
        let at = |share: f64| times.get(((times.len() as f64 * share) as usize).min(times.len().max(1) - 1));
        let ms = |time: Option<&Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e3);
        let (p50, p99, most) = (ms(at(0.5)), ms(at(0.99)), ms(times.last()));
        write!(f, "n {} p50 {p50:.1} p99 {p99:.1} most {most:.1} ms", times.len())
    }
}
