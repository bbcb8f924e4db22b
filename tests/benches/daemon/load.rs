//! The load generator: so many clients, each with one request under way at most.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::Failure;
use crate::client::Client;
use crate::payload::Request;

#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) clients: usize,
    /// In one request.
    pub(crate) events: usize,
    pub(crate) lasts: Duration,
    /// Requests a second, of all clients together; none: as fast as answers come.
    pub(crate) rate: Option<f64>,
}

/// What was acknowledged, and how long each answer took.
pub(crate) struct Load {
    pub(crate) events: usize,
    pub(crate) took: Duration,
    /// Rising.
    answers: Vec<Duration>,
}

impl Load {
    /// The time within which this share of the answers came.
    pub(crate) fn percentile(&self, share: f64) -> Duration {
        let last = self.answers.len() - 1;
        self.answers[((self.answers.len() as f64 * share) as usize).min(last)]
    }
}

/// Connects all clients, then lets them send until the plan's time is over.
pub(crate) async fn run(address: SocketAddr, plan: &Plan) -> Result<Load, Failure> {
    let mut clients = Vec::new();
    for _ in 0..plan.clients {
        clients.push((Client::connect(address).await?, Request::new(plan.events)));
    }
    let begin = Instant::now();
    let end = begin + plan.lasts;
    let pause = plan.rate.map(|rate| Duration::from_secs_f64(plan.clients as f64 / rate));
    let mut running = JoinSet::new();
    for (n, (client, request)) in clients.into_iter().enumerate() {
        let pace = pause.map(|pause| Pace { due: begin + pause * n as u32 / plan.clients as u32, pause });
        running.spawn(send(client, request, pace, end));
    }
    let mut answers = Vec::new();
    while let Some(ended) = running.join_next().await {
        answers.extend(ended??);
    }
    let took = begin.elapsed();
    if answers.is_empty() {
        return Err("no request was answered".into());
    }
    answers.sort_unstable();
    Ok(Load { events: answers.len() * plan.events, took, answers })
}

/// When one client sends, whatever the answers take.
struct Pace {
    due: Instant,
    pause: Duration,
}

impl Pace {
    /// Waits for the next turn, and returns when it began: at its due time if the
    /// server kept the client from it, so that a slow answer also counts for those
    /// behind it, but not what our own timer is late.
    async fn turn(&mut self) -> Instant {
        let due = self.due;
        self.due += self.pause;
        if due <= Instant::now() {
            return due;
        }
        sleep_until(due.into()).await;
        Instant::now()
    }
}

async fn send(
    mut client: Client,
    mut request: Request,
    mut pace: Option<Pace>,
    end: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut answers = Vec::new();
    loop {
        let begun = match &mut pace {
            Some(pace) => pace.turn().await,
            None => Instant::now(),
        };
        if begun >= end {
            return Ok(answers);
        }
        let answer = client.send(request.fresh()).await?;
        answers.push(begun.elapsed());
        let duplicate = b"\"duplicate\":true";
        if answer.windows(duplicate.len()).any(|part| part == duplicate) {
            return Err("an event was taken for a duplicate, and cost nothing".into());
        }
    }
}
