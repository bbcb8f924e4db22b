//! `tellify status`: whether the daemon serves, for people and for probes.

use serde_json::json;

use super::client::Client;
use super::failure::Failure;
use super::output::Output;

/// Succeeds when the daemon is alive and serves; else says what is wrong.
pub(super) async fn run(client: &Client, output: &Output) -> Result<(), Failure> {
    let (health, readiness) = (client.probe("/healthz").await?, client.probe("/readyz").await?);
    output.one(
        &json!({"health": health.says, "readiness": readiness.says}),
        &[("health", "health"), ("readiness", "readiness")],
    )?;
    match [("not alive", health), ("not ready", readiness)].into_iter().find(|(_, probe)| !probe.ok) {
        None => Ok(()),
        Some((what, probe)) => Err(Failure::failed(format!("the daemon is {what}: {}", probe.says))),
    }
}
