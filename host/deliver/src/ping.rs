//! A sign of life to somebody outside, who raises an alarm when it stays away.

use std::time::Duration;

use egress::{Client, Method};
use event::{AttemptResult, Timestamp};
use tokio::time::timeout;

/// Shorter than the pause between two pings: each is over before the next one is due.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Clocks are read in several places, and one of them may just have been set a little.
const AHEAD_MS: i64 = 60_000;

/// Where the signs of life go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingOptions {
    pub url: String,
    pub method: PingMethod,
    /// The pause between two of them.
    pub every: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingMethod {
    Get,
    Post,
}

/// Sends it at `now`, if it says something of now: `seen` is when the event began its way.
/// What comes out of a jam, or from before a clock was set back, says nothing.
pub(crate) async fn send(
    client: &Client,
    options: &PingOptions,
    seen: Timestamp,
    now: Timestamp,
) -> AttemptResult {
    let every_ms = i64::try_from(options.every.as_millis()).unwrap_or(i64::MAX);
    let age_ms = now.since(seen);
    if age_ms > every_ms.saturating_mul(2) {
        return AttemptResult::permanent(format!("its event is {} s old: it took too long", age_ms / 1000));
    }
    if age_ms < -AHEAD_MS {
        let ahead_s = -age_ms / 1000;
        return AttemptResult::permanent(format!("its event is {ahead_s} s ahead: the clock was set back"));
    }
    let (method, body) = match options.method {
        PingMethod::Get => (Method::GET, Vec::new()),
        PingMethod::Post => (Method::POST, b"tellify is alive\n".to_vec()),
    };
    let headers = [("content-type", "text/plain")];
    let asked = client.request(method, &options.url, &headers, body);
    match timeout(TIMEOUT, asked).await {
        Ok(Ok(response)) if (200..300).contains(&response.status()) => {
            AttemptResult::Delivered { reference: None }
        }
        Ok(Ok(response)) => AttemptResult::permanent(format!("it was answered with {}", response.status())),
        Ok(Err(error)) => AttemptResult::permanent(error.to_string()),
        Err(_) => AttemptResult::permanent(format!("no answer within {} s", TIMEOUT.as_secs())),
    }
}
