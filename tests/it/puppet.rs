//! A real Puppet run, with a resource that fails, becomes a mail.

use std::process::Stdio;

use event::Clock;
use mail_parser::MessageParser;
use tokio::process::Command;

use crate::world::World;

/// A run with a resource that cannot be applied.
const MANIFEST: &str = "notify { 'all is well': } exec { '/bin/false': }";

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_puppet_run_becomes_a_mail() {
    // Puppet stamps its report by the wall clock, so the test's clock begins close to it.
    let now = tellify::SystemClock.now();
    let world = World::start(now).await;
    world.ok("tellify user add ops --email ops@example.org").await;
    world.ok("tellify style add --user ops --name soon --default --channel mail --wait 1m").await;
    world
        .ok("tellify subscription add --user ops --name puppet --handler match \
             --filter 'type:puppet.resource status:failed' --config '{\"severity\":\"error\"}'")
        .await;

    let run = puppet(&world).await;
    assert!(!run.is_empty(), "puppet said nothing");
    world.until(now.plus_s(120)).await;

    let events = world.ok("tellify event list 'type:puppet.*' -o json").await;
    let events: Vec<serde_json::Value> = serde_json::from_str(&events).unwrap();
    let report = events.iter().find(|event| event["type"] == "puppet.report").expect("a report came in");
    assert_eq!(report["severity"], "error");

    let letters = world.letters();
    assert_eq!(letters.len(), 1, "one failed resource, one digest: {run}");
    assert_eq!(letters[0].to, ["ops@example.org"]);
    let mail = MessageParser::default().parse(&letters[0].data).unwrap();
    let text = mail.body_text(0).unwrap();
    assert!(text.contains("Exec[/bin/false]"), "{text}");
    world.stop().await;
}

async fn puppet(world: &World) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let output = Command::new("puppet")
        .args(["apply", "--reports", "http", "--color", "false"])
        .args(["--reporturl", &format!("{}/reports/upload", world.url())])
        .args(["--confdir", &path("conf"), "--vardir", &path("var")])
        .args(["--logdest", "console", "-e", MANIFEST])
        .stdin(Stdio::null())
        .output()
        .await
        .expect("puppet is installed by `make test`");
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}
