//! Webhooks: a digest as a signed POST, after Standard Webhooks 1.0.
//!
//! The body was made when the digest was sealed, and is the same at every attempt, as
//! is the id; time and signature are the attempt's own. What the receiver says in its
//! body is shown to whoever tries the address out, and is not part of an attempt's
//! result: it may repeat what it was sent, and results outlive what may be forgotten.

mod answer;
mod signature;

use std::time::Duration;

use egress::{Client, Error, Method, Response};
use event::{Address, AttemptResult, Digest, Timestamp};
use tokio::time::timeout;

pub use self::signature::{BadSecret, mint_secret, read_secret};

/// From looking up the name to the head of the answer: as long as the specification
/// advises to wait.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How much of what a receiver says is shown, and how long it may take to say it.
const SAID_BYTES: usize = 1000;
const SAID_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn deliver(
    client: &Client,
    digest: &Digest,
    address: &Address,
    now: Timestamp,
) -> AttemptResult {
    post(client, digest, address, now).await.0
}

/// The same, with the receiver's own words.
pub(crate) async fn try_out(
    client: &Client,
    digest: &Digest,
    address: &Address,
    now: Timestamp,
) -> (AttemptResult, Option<String>) {
    let (result, response) = post(client, digest, address, now).await;
    let Some(response) = response else { return (result, None) };
    // Whoever is slow to say it says nothing.
    let said = timeout(SAID_TIMEOUT, response.beginning(SAID_BYTES)).await.unwrap_or_default();
    let said = crate::message::one_line(&String::from_utf8_lossy(&said));
    (result, Some(said).filter(|said| !said.is_empty()))
}

async fn post(
    client: &Client,
    digest: &Digest,
    address: &Address,
    now: Timestamp,
) -> (AttemptResult, Option<Response>) {
    let (Some(url), Some(body)) = (&address.to, &digest.forms.json) else {
        let reason = format!("the digest was not sealed for `{}` as a webhook", address.name);
        return (AttemptResult::permanent(reason), None);
    };
    let id = digest.id.as_str();
    let signature = match signature::sign(&address.keys, id, now, body) {
        Ok(signature) => signature,
        Err(bad) => return (AttemptResult::permanent(bad.to_string()), None),
    };
    let time = signature::seconds(now).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", &time),
        ("webhook-signature", &signature),
    ];
    let asked = client.request(Method::POST, url, &headers, body.clone().into_bytes());
    match timeout(TIMEOUT, asked).await {
        Ok(Ok(response)) => (answer::result(&response, now), Some(response)),
        Ok(Err(error)) => (unanswered(error), None),
        Err(_) => (silent(), None),
    }
}

fn silent() -> AttemptResult {
    AttemptResult::transient(format!("no answer within {} s", TIMEOUT.as_secs()))
}

/// Without the host's name, which is part of the address.
fn unanswered(error: Error) -> AttemptResult {
    match error {
        Error::Timeout { .. } => silent(),
        Error::Unreachable { cause, .. } => AttemptResult::transient(format!("no connection: {cause}")),
        Error::Tls { cause, .. } => AttemptResult::transient(format!("no secure connection: {cause}")),
        // Trying again would not change the rules.
        Error::Forbidden { rule, .. } => {
            AttemptResult::permanent(format!("no connection is allowed: {rule}"))
        }
        Error::Other { cause } => AttemptResult::transient(format!("the connection broke off: {cause}")),
    }
}
