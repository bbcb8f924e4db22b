//! Sends events over several lanes, each again until it is acknowledged.
//!
//! It is told an address, `down`, or `stop`; it says `acked N` as it goes. Its log has
//! `ack LANE N SEQ` for each event of each acknowledgement, and `conflict LANE N STATUS`.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::Dice;
use tests::http::Client;
use tests::sent;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

use crate::{Failure, Log, Options, orders, say};

/// Before it asks again somebody who did not answer.
const PAUSE: Duration = Duration::from_millis(5);

#[derive(Clone)]
struct Plan {
    seed: u64,
    /// Events in one request, at most.
    batch: u64,
    /// Requests of one lane; zero: until it is told to stop.
    posts: u64,
    /// How often each request is sent, even if it was acknowledged.
    repeats: u64,
    /// Events a second, of all lanes together, at most.
    rate: u64,
    /// Bytes that are added to each event.
    pad: u64,
    /// After every so many requests one event comes again with other content; zero: never.
    conflicts: u64,
}

/// Where the daemon is, and whether more is to be sent.
#[derive(Clone, Copy, Default)]
struct Orders {
    address: Option<SocketAddr>,
    stop: bool,
}

pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let plan = Plan {
        seed: options.number("seed")?,
        batch: options.number("batch")?,
        posts: options.number("posts")?,
        repeats: options.number("repeats")?,
        conflicts: options.number("conflicts")?,
        rate: options.number("rate")?,
        pad: options.number("pad")?,
    };
    let log = Log::create(options.text("log")?)?;
    let (sender, orders_seen) = watch::channel(Orders::default());
    let listening = tokio::spawn(listen(sender));
    let acked = Arc::new(AtomicU64::new(0));
    let mut lanes = JoinSet::new();
    for lane in 0..sent::LANES {
        let sender = Sender {
            orders: orders_seen.clone(),
            client: None,
            log: log.clone(),
            acked: acked.clone(),
            lane,
        };
        lanes.spawn(sender.run(plan.clone()));
    }
    while let Some(ended) = lanes.join_next().await {
        ended??;
    }
    listening.abort();
    say(format_args!("done"));
    Ok(())
}

async fn listen(sender: watch::Sender<Orders>) {
    let mut orders = orders();
    while let Ok(Some(line)) = orders.next_line().await {
        sender.send_modify(|orders| match line.as_str() {
            "stop" => orders.stop = true,
            address => orders.address = address.parse().ok(),
        });
    }
    // Whoever gave orders is gone: there is nobody to send for.
    std::process::exit(1);
}

/// One lane.
struct Sender {
    orders: watch::Receiver<Orders>,
    client: Option<(SocketAddr, Client)>,
    log: Log,
    acked: Arc<AtomicU64>,
    lane: u64,
}

impl Sender {
    async fn run(mut self, plan: Plan) -> Result<(), Failure> {
        let mut dice = Dice::new(plan.seed ^ (self.lane << 32));
        let (mut first, mut posts) = (0, 0);
        let mut pace =
            Pace { due: Instant::now(), event: Duration::from_secs(sent::LANES) / plan.rate as u32 };
        while if plan.posts == 0 { !self.orders.borrow().stop } else { posts < plan.posts } {
            let events = 1 + dice.below(plan.batch);
            let batch: Vec<Value> = (first..first + events).map(|n| self.event(n, plan.pad)).collect();
            let request = post(&Value::Array(batch));
            for _ in 0..plan.repeats {
                self.acknowledged(&request, first, events).await?;
            }
            posts += 1;
            if plan.conflicts > 0 && posts % plan.conflicts == 0 {
                let (status, _) = self.answer(&post(&sent::conflict(self.lane, first))).await?;
                self.log.add(&format!("conflict {} {first} {status}\n", self.lane))?;
            }
            first += events;
            pace.pause(events).await;
        }
        Ok(())
    }

    fn event(&self, n: u64, pad: u64) -> Value {
        let mut event = sent::event(self.lane, n);
        if pad > 0 {
            event["data"]["pad"] = "x".repeat(pad as usize).into();
        }
        event
    }

    async fn acknowledged(&mut self, request: &[u8], first: u64, events: u64) -> Result<(), Failure> {
        let (status, body) = self.answer(request).await?;
        let answers: Vec<Value> = serde_json::from_slice(&body)?;
        if status != 202 || answers.len() as u64 != events {
            return Err(format!("{status} for {events} events: {}", String::from_utf8_lossy(&body)).into());
        }
        let mut lines = String::new();
        for (n, answer) in (first..).zip(&answers) {
            let seq = answer["seq"].as_u64().ok_or("an acknowledgement without a number")?;
            writeln!(lines, "ack {} {n} {seq}", self.lane)?;
        }
        self.log.add(&lines)?;
        let acked = self.acked.fetch_add(events, Ordering::Relaxed) + events;
        say(format_args!("acked {acked}"));
        Ok(())
    }

    /// Asks until there is an answer that says something of the request.
    async fn answer(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>), Failure> {
        loop {
            let address = self.orders.wait_for(|orders| orders.address.is_some()).await?.address;
            let Some(address) = address else { continue };
            match self.exchange(address, request).await {
                Ok((429 | 503, _)) => sleep(PAUSE).await,
                Ok(answer) => return Ok(answer),
                Err(_) => {
                    self.client = None;
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn exchange(&mut self, address: SocketAddr, request: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        let open = self.client.take().filter(|(known, _)| *known == address);
        let (_, client) = match open {
            Some(open) => self.client.insert(open),
            None => self.client.insert((address, Client::connect(address).await?)),
        };
        let answer = client.exchange(request).await?;
        Ok((answer.status, answer.body.to_vec()))
    }
}

/// Holds one lane back: what it could not send while nobody answered, it does not catch up.
struct Pace {
    due: Instant,
    /// What one event takes.
    event: Duration,
}

impl Pace {
    async fn pause(&mut self, events: u64) {
        self.due = self.due.max(Instant::now() - self.event * 30) + self.event * events as u32;
        sleep_until(self.due.into()).await;
    }
}

fn post(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!(
        "POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: \
         {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
