//! A node that stops reporting is told of, and so is its return.

use event::Timestamp;
use mail_parser::MessageParser;
use tokio::process::Command;

use crate::world::World;

fn at(time: &str) -> Timestamp {
    format!("2026-11-20T{time}:00Z").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_reporting_is_one_mail_and_its_return_another() {
    let world = World::start(at("08:00")).await;
    world.ok("tellify user add ops --email ops@example.org").await;
    world.ok("tellify style add --user ops --name soon --default --channel mail --wait 1m").await;
    // As docs/events.md has it.
    world
        .ok("tellify subscription add --user ops --name silent-nodes --handler absence \
             --filter 'type:puppet.report OR type:chef.run' --config '{\"key\":\"source\",\"after\":\"2h\"}'")
        .await;

    // web3 reports by Chef, web4 by Puppet, each half hour; from ten on web4 is silent.
    for half_hour in ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00"] {
        world.until(at(half_hour)).await;
        chef_runs(&world, "web3", half_hour).await;
        if half_hour < "10:00" {
            puppet_runs(&world, "web4", half_hour).await;
        }
        let silent = half_hour > "11:30";
        assert_eq!(world.letters().len(), usize::from(silent), "at {half_hour}");
    }
    assert!(told(&world, 0).contains("web4"), "{}", told(&world, 0));
    assert!(!told(&world, 0).contains("web3"), "{}", told(&world, 0));

    puppet_runs(&world, "web4", "12:00").await;
    world.until(at("12:30")).await;
    assert_eq!(world.letters().len(), 2);
    assert!(told(&world, 1).contains("web4"), "{}", told(&world, 1));
    world.stop().await;
}

/// What was stored but not handled when the daemon went down asks only afterwards to be
/// woken, for a moment at which nobody listened.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_handled_before_a_silence_is_not_taken_for_silent_after_it() {
    let mut world = World::start(at("08:00")).await;
    world.ok("tellify user add ops --email ops@example.org").await;
    world.ok("tellify style add --user ops --name soon --default --channel mail --wait 0s").await;
    world
        .ok("tellify subscription add --user ops --name silent --handler absence \
             --filter 'type:puppet.report' --config '{\"key\":\"source\",\"after\":\"5m\"}'")
        .await;
    world.until(at("08:01")).await;
    world.daemon.pipeline.hold(Some("dispatch"));
    puppet_runs(&world, "web3", "08:01").await;
    puppet_runs(&world, "web4", "08:01").await;
    world = world.crash_until(at("09:00")).await;
    world.until(at("09:00")).await;
    // In the minute after the start, web3 comes in; web4 does not.
    puppet_runs(&world, "web3", "09:00").await;
    world.until(at("09:01").plus_ms(-1)).await;
    assert!(world.letters().is_empty(), "{}", told(&world, 0));
    world.until(at("09:01")).await;
    assert_eq!(world.letters().len(), 1);
    assert!(told(&world, 0).contains("web4") && !told(&world, 0).contains("web3"), "{}", told(&world, 0));
    world.stop().await;
}

/// The text of a letter, with its subject.
fn told(world: &World, index: usize) -> String {
    let letters = world.letters();
    let mail = MessageParser::default().parse(&letters[index].data).unwrap();
    format!("{} {}", mail.subject().unwrap(), mail.body_text(0).unwrap())
}

async fn chef_runs(world: &World, node: &str, time: &str) {
    let run = serde_json::json!({
        "message_type": "run_converge", "node_name": node, "run_id": format!("{node} {time}"),
        "status": "success", "end_time": at(time).to_string(), "resources": [],
    });
    sent(world, "data-collector/v0/", &run.to_string()).await;
}

async fn puppet_runs(world: &World, node: &str, time: &str) {
    let report = format!(
        "--- !ruby/object:Puppet::Transaction::Report\nhost: {node}\nstatus: unchanged\ntime: '{}'\n",
        at(time)
    );
    sent(world, "reports/upload", &report).await;
}

async fn sent(world: &World, path: &str, body: &str) {
    let url = format!("{}/{path}", world.url());
    let curl = Command::new("curl").args(["-fsS", &url, "--data-binary", body]).output().await.unwrap();
    assert!(curl.status.success(), "{path}: {}", String::from_utf8_lossy(&curl.stderr));
}
