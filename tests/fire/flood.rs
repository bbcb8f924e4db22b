//! Sends events as they would come: at a fixed rate, whether or not answers come.
//!
//! Each request has its moment, and how long its answer takes counts from that moment, also
//! when it could not be sent then because every connection was still waiting. Nobody comes
//! back when told to: whoever sends once more in life is somebody else. Without a rate it is
//! a closed loop: each connection sends as soon as it has its answer.
//!
//! One thread, and requests that are made once: what it costs is told with the rest.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::http::Client;
use tests::machine;
use tokio::task::LocalSet;
use tokio::time::sleep_until;

use crate::{Failure, Log, Options, say};

/// What stands in the place of a request's number.
const NUMBER: &str = "##########";

#[derive(Clone)]
struct Plan {
    address: SocketAddr,
    begin: Instant,
    lasts: Duration,
    /// Between two requests of all connections together; none in a closed loop.
    gap: Option<Duration>,
    /// What the events of this run are of.
    name: String,
    events: u64,
    pad: u64,
}

/// What was answered, so far.
#[derive(Default)]
struct Told {
    offered: u64,
    accepted: Vec<u64>,
    /// In microseconds from the moment that was meant.
    accepted_us: Vec<u64>,
    refused_us: Vec<u64>,
    /// By how much it was sent after that moment, and how long its answer took from then on.
    late_us: Vec<u64>,
    sent_us: Vec<u64>,
    statuses: BTreeMap<u16, u64>,
    /// Refusals that do not say when to come back.
    without_word: u64,
    /// New connections that broke off before an answer.
    broken: u64,
}

/// Says in one line of JSON what became of it all; which requests were accepted is in the log.
pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let rate = options.number("rate")?;
    let plan = Plan {
        address: options.text("address")?.parse()?,
        begin: Instant::now(),
        lasts: Duration::from_secs(options.number("seconds")?),
        gap: (rate > 0).then(|| Duration::from_secs(1).div_f64(rate as f64)),
        name: options.text("name")?.to_owned(),
        events: options.number("events")?,
        pad: options.number("pad")?,
    };
    let told = Rc::new(RefCell::new(Told::default()));
    let connections = LocalSet::new();
    for _ in 0..options.number("connections")? {
        connections.spawn_local(connection(plan.clone(), told.clone()));
    }
    connections.await;
    let took = plan.begin.elapsed();
    let told = told.take();
    let log = Log::create(options.text("log")?)?;
    let lines: Vec<String> = told.accepted.iter().map(|n| format!("{}-{n:010}\n", plan.name)).collect();
    log.add(&lines.concat())?;
    say(format_args!("{}", summary(told, took)?));
    Ok(())
}

/// One connection, made anew whenever it ends.
async fn connection(plan: Plan, told: Rc<RefCell<Told>>) {
    let mut request = Request::new(&plan);
    let mut client = None;
    loop {
        let n = {
            let mut told = told.borrow_mut();
            told.offered += 1;
            told.offered - 1
        };
        let due = plan.gap.map_or_else(Instant::now, |gap| plan.begin + gap.mul_f64(n as f64));
        if due >= plan.begin + plan.lasts {
            told.borrow_mut().offered -= 1;
            return;
        }
        sleep_until(due.into()).await;
        let late = due.elapsed();
        let answer = exchange(plan.address, &mut client, request.numbered(n)).await;
        told.borrow_mut().hear(n, answer, late, due.elapsed());
    }
}

/// The status of the answer, and whether it says when to come back. None when there is no
/// answer on a connection of its own.
async fn exchange(address: SocketAddr, client: &mut Option<Client>, request: &[u8]) -> Option<(u16, bool)> {
    // A connection that was left open may have been closed meanwhile, which is no answer.
    for known in [client.take(), None] {
        let is_new = known.is_none();
        let mut open = match known {
            Some(open) => open,
            None => Client::connect(address).await.ok()?,
        };
        match open.exchange(request).await {
            Ok(answer) => {
                let heard = (answer.status, answer.says("retry-after"));
                let stays = !answer.says("connection: close");
                *client = stays.then_some(open);
                return Some(heard);
            }
            Err(_) if is_new => return None,
            Err(_) => {}
        }
    }
    None
}

impl Told {
    fn hear(&mut self, n: u64, answer: Option<(u16, bool)>, late: Duration, took: Duration) {
        let took_us = took.as_micros() as u64;
        self.late_us.push(late.as_micros() as u64);
        self.sent_us.push(took.saturating_sub(late).as_micros() as u64);
        match answer {
            None => self.broken += 1,
            Some((202, _)) => {
                self.accepted.push(n);
                self.accepted_us.push(took_us);
            }
            Some((status, says_when)) => {
                *self.statuses.entry(status).or_default() += 1;
                self.without_word += u64::from(!says_when);
                self.refused_us.push(took_us);
            }
        }
    }
}

fn summary(told: Told, took: Duration) -> Result<Value, Failure> {
    Ok(json!({
        "offered": told.offered,
        "accepted": told.accepted.len(),
        "refused": told.statuses,
        "without_word": told.without_word,
        "broken": told.broken,
        "seconds": took.as_secs_f64(),
        "accepted_us": spread(told.accepted_us),
        "refused_us": spread(told.refused_us),
        "late_us": spread(told.late_us),
        "sent_us": spread(told.sent_us),
        "cpu_seconds": machine::own_cpu()?.as_secs_f64(),
    }))
}

/// Half of them, 99 of 100, and all were not above these.
fn spread(mut values: Vec<u64>) -> Value {
    values.sort_unstable();
    let at = |share: f64| values.get(((values.len() as f64 * share) as usize).min(values.len().max(1) - 1));
    json!({"p50": at(0.5), "p99": at(0.99), "most": values.last()})
}

/// A whole request, sent again and again with other numbers.
struct Request {
    bytes: Vec<u8>,
    numbers: Vec<usize>,
}

impl Request {
    fn new(plan: &Plan) -> Request {
        let Plan { name, events, pad, .. } = plan;
        let pad = "x".repeat(*pad as usize);
        let event = |k| {
            format!(
                r#"{{"id":"{name}-{NUMBER}-{k}","source":"flood","type":"load","of":"{name}-{NUMBER}","pad":"{pad}"}}"#
            )
        };
        let body = format!("[{}]", (0..*events).map(event).collect::<Vec<_>>().join(","));
        let request = format!(
            "POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: \
             {}\r\n\r\n{body}",
            body.len()
        );
        let numbers = request.match_indices(NUMBER).map(|(at, _)| at).collect();
        Request { bytes: request.into_bytes(), numbers }
    }

    fn numbered(&mut self, n: u64) -> &[u8] {
        let digits = format!("{n:0width$}", width = NUMBER.len());
        for at in &self.numbers {
            self.bytes[*at..][..NUMBER.len()].copy_from_slice(digits.as_bytes());
        }
        &self.bytes
    }
}
