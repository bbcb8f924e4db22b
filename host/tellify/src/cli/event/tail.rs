//! `tellify event tail`: events as they come in.

use std::time::Duration;

use api::Problem;
use egress::{Method, Response};
use serde_json::Value;

use super::COLUMNS;
use crate::cli::client::{Client, Trouble};
use crate::cli::failure::Failure;
use crate::cli::output::Output;

/// An event takes at most a quarter of a megabyte; as a line of the stream a little more.
const LINE_MAX: usize = 8 << 20;
/// Between two connections, at first and at last.
const RECONNECT: Duration = Duration::from_millis(250);
const RECONNECT_MAX: Duration = Duration::from_secs(10);

/// Prints events as they come. A connection that breaks off is taken up where it broke,
/// as soon as somebody listens again.
pub(super) async fn run(
    client: &Client,
    output: &Output,
    filter: &str,
    since: Option<u64>,
) -> Result<(), Failure> {
    let mut last = since.map(|seq| seq.to_string());
    let mut pause = RECONNECT;
    let mut was_open = false;
    loop {
        match open(client, filter, last.as_deref()).await {
            Ok(answer) => {
                if was_open {
                    output.done("going on where the stream broke off");
                }
                (was_open, pause) = (true, RECONNECT);
                print(answer, output, &mut last).await?;
                output.done("the stream broke off; waiting for the daemon");
            }
            Err(trouble) => {
                let failure = client.failure(&trouble, Some(filter));
                let passes = matches!(trouble, Trouble::Away(_)) || failure.is_unreachable();
                if !(was_open && passes) {
                    return Err(failure);
                }
                pause = (pause * 2).min(RECONNECT_MAX);
            }
        }
        tokio::time::sleep(pause).await;
    }
}

async fn open(client: &Client, filter: &str, last: Option<&str>) -> Result<Response, Trouble> {
    let headers: Vec<(&str, &str)> = last.map(|last| ("last-event-id", last)).into_iter().collect();
    let query = [("q", Some(filter))];
    client.attempt(Method::GET, "/api/v1/events/stream", &query, &headers, Vec::new()).await
}

/// Prints the events of one connection until it breaks off, and keeps the number of the last.
async fn print(answer: Response, output: &Output, last: &mut Option<String>) -> Result<(), Failure> {
    let mut lines = answer.lines(LINE_MAX);
    let mut kind = String::new();
    while let Ok(Some(line)) = lines.next().await {
        if let Some(data) = line.strip_prefix("data:") {
            match kind.as_str() {
                "" => output.line(&json(data)?, COLUMNS)?,
                "gap" => tell_gap(&json(data)?),
                "problem" => return Err(problem(data)),
                // What a later daemon may have to say.
                _ => {}
            }
        } else if let Some(id) = line.strip_prefix("id:") {
            *last = Some(id.trim().to_owned());
        } else if let Some(name) = line.strip_prefix("event:") {
            kind = name.trim().to_owned();
        } else if line.is_empty() {
            kind.clear();
        }
    }
    Ok(())
}

fn json(data: &str) -> Result<Value, Failure> {
    serde_json::from_str(data).map_err(|error| Failure::failed(format!("the stream is no JSON: {error}")))
}

fn tell_gap(gap: &Value) {
    let reason = gap["reason"].as_str().unwrap_or("they are gone");
    eprintln!("tellify: events {} to {} are missing: {reason}", gap["from"], gap["upto"]);
}

fn problem(data: &str) -> Failure {
    match serde_json::from_str::<Problem>(data) {
        Ok(problem) => Failure::failed(format!("the stream has ended: {}", problem.detail)),
        Err(_) => Failure::failed("the stream has ended with a problem; the daemon's log says which"),
    }
}
