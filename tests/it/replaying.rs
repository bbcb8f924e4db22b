//! Calls that were set aside, and are made again once what they stumbled over is mended.
//! The guest `wayward` fails at what it is told to, until its configuration is mended.

use event::Timestamp;
use serde_json::{Value, json};

use crate::world::World;

const START: Timestamp = Timestamp(1_795_176_000_000);
/// By then every call of these tests has been given up.
const GIVEN_UP: Timestamp = Timestamp(START.0 + 200_000);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_set_aside_is_made_again_once_in_its_turn() {
    let world = world().await;
    send(&world, &[order("fail", "broken"), order("note", "a")]).await;
    world.until(GIVEN_UP).await;
    let failure = &failures(&world).await[0];
    assert_eq!(failure["replay"], Value::Null, "{failure}");
    mend(&world).await;
    send(&world, &[order("note", "b")]).await;
    let seq = failure["seq"].as_u64().unwrap();
    let asked = replay(&world, &seq.to_string()).await;
    assert_eq!(asked[0]["seq"], seq, "{asked:?}");
    send(&world, &[order("note", "c")]).await;
    world.daemon.pipeline.settled().await;

    assert_eq!(raised(&world).await, ["1: a", "2: b", "3: broken", "4: c"]);
    let alert = alerts(&world).await.into_iter().find(|alert| alert["title"] == "3: broken").unwrap();
    assert_eq!(alert["event"], failure["event"], "it speaks of the event that it failed on: {alert}");
    assert_eq!(failures(&world).await[0]["replay"]["state"], "done");
    refused(&world, &seq.to_string(), &format!("failure {seq} was replayed already")).await;
    assert_eq!(replay(&world, "--all").await, [] as [Value; 0], "nothing is left");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_fails_is_set_aside_with_its_new_message_and_may_be_replayed() {
    let world = world().await;
    send(&world, &[order("fail", "broken")]).await;
    world.until(GIVEN_UP).await;
    let first = failures(&world).await[0]["seq"].as_u64().unwrap();
    replay(&world, "--all --subscription w --user alice").await;
    world.until(GIVEN_UP.plus_s(200)).await;

    let found = failures(&world).await;
    let [again, before] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&before["replay"]["state"], &before["replay"]["seq"]), (&json!("failed"), &again["seq"]));
    assert_eq!((&again["event"], &again["attempts"]), (&before["event"], &json!(5)), "{again}");
    let expected = format!("failure {first} was replayed already, and failed again as {}", again["seq"]);
    refused(&world, &first.to_string(), &expected).await;

    mend(&world).await;
    replay(&world, "--all").await;
    world.daemon.pipeline.settled().await;
    assert_eq!(raised(&world).await, ["1: broken"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_counts_once_however_often_the_daemon_breaks_off() {
    let mut world = world().await;
    send(&world, &[order("fail", "x"), order("trap", "y")]).await;
    world.until(GIVEN_UP).await;
    mend(&world).await;
    world.daemon.pipeline.hold(Some("dispatch"));
    let asked = replay(&world, "--all").await;
    let states: Vec<_> = asked.iter().map(|failure| failure["replay"]["state"].clone()).collect();
    assert_eq!(states, ["waiting", "waiting"]);
    for failure in &asked {
        let expected = format!("failure {} waits for its replay already", failure["seq"]);
        refused(&world, &failure["seq"].to_string(), &expected).await;
    }
    for _ in 0..3 {
        world = world.crash().await;
    }
    world.until(GIVEN_UP.plus_s(60)).await;
    world = world.crash().await;
    world.until(GIVEN_UP.plus_s(120)).await;
    assert_eq!(raised(&world).await, ["1: x", "2: y"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_long_after_wakes_nobody_in_the_past() {
    let world = world().await;
    send(&world, &[json!({"type": "order", "do": "fail-wake", "ms": 5_000})]).await;
    world.until(START.plus_s(86_400)).await;
    mend(&world).await;
    replay(&world, "--all").await;
    world.until(START.plus_s(86_500)).await;
    assert_eq!(raised(&world).await, [format!("1: woke at {}", START.plus_s(86_401).0)]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_up_is_replayed_beside_the_one_that_is_pending() {
    let world = world().await;
    send(&world, &[order("fail-later", "")]).await;
    world.until(GIVEN_UP).await;
    let failure = &failures(&world).await[0];
    assert_eq!(failure["wake"], json!(START.plus_s(1).to_string()), "{failure}");
    mend(&world).await;
    send(&world, &[json!({"type": "order", "do": "wake", "ms": 60_000})]).await;
    replay(&world, "--all").await;
    world.until(GIVEN_UP.plus_s(100)).await;
    let woke = [GIVEN_UP, GIVEN_UP.plus_s(60)].map(|at| at.0);
    assert_eq!(raised(&world).await, [format!("1: woke at {}", woke[0]), format!("2: woke at {}", woke[1])]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_still_is_replayed_when_it_is_resumed_and_what_is_off_is_not() {
    let world = world().await;
    send(&world, &vec![order("fail", "k"); 10]).await;
    world.until(START.plus_s(300)).await;
    mend(&world).await;
    let first = failures(&world).await.last().unwrap()["seq"].to_string();
    assert_eq!(replay(&world, &first).await[0]["replay"]["state"], "waiting");
    world.until(START.plus_s(400)).await;
    assert_eq!(raised(&world).await, [] as [&str; 0]);
    world.ok("tellify subscription resume --user alice w").await;
    world.daemon.pipeline.settled().await;
    assert_eq!(raised(&world).await, ["1: k"]);

    world.ok("tellify subscription edit --user alice w --enabled false").await;
    let second = failures(&world).await[0]["seq"].to_string();
    refused(&world, &second, "Subscription `w` is switched off").await;
    world.ok("tellify subscription remove --user alice w").await;
    refused(&world, &second, "Its subscription was removed").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_owner_and_the_administrator_replay_a_call() {
    let world = world().await;
    world.ok("tellify user add bob").await;
    send(&world, &[order("fail", "broken")]).await;
    world.until(GIVEN_UP).await;
    mend(&world).await;
    let seq = failures(&world).await[0]["seq"].as_u64().unwrap();
    for (user, scope, code) in
        [("bob", "admin", Some(3)), ("alice", "read", Some(4)), ("alice", "admin", Some(0))]
    {
        let line =
            format!("tellify token create --name {user}-{scope} --user {user} --scope {scope} -o json");
        let token: Value = serde_json::from_str(&world.ok(&line).await).unwrap();
        let mut command = world.command(&format!("tellify plugin replay wayward {seq}"));
        let ended = command.env("TELLIFY_TOKEN", token["token"].as_str().unwrap()).output().await.unwrap();
        assert_eq!(ended.status.code(), code, "{user} {scope}: {}", String::from_utf8_lossy(&ended.stderr));
    }
    let unknown = world.run("tellify plugin replay wayward 1").await;
    let said = String::from_utf8_lossy(&unknown.stderr);
    assert_eq!(unknown.status.code(), Some(3), "{said}");
    assert!(
        said.contains("plugin `wayward` has no failure 1: see `tellify plugin failures wayward`"),
        "{said}"
    );
    assert!(!said.contains("There are no"), "numbers are not mistyped: {said}");
    world.stop().await;
}

/// Somebody with a subscription `w` to all orders, obeyed by `wayward`.
async fn world() -> World {
    let world = World::start(START).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wayward.wasm");
    std::fs::write(&path, testkit::guest("wayward")).unwrap();
    world.ok(&format!("tellify plugin install {}", path.display())).await;
    world.ok("tellify user add alice").await;
    let filter = "--filter type:order";
    world.ok(&format!("tellify subscription add --user alice --name w --handler wayward {filter}")).await;
    world
}

async fn mend(world: &World) {
    world.ok("tellify subscription edit --user alice w --config '{\"mended\": true}'").await;
}

fn order(what: &str, key: &str) -> Value {
    json!({"type": "order", "do": what, "key": key})
}

async fn send(world: &World, events: &[Value]) {
    world.ok(&format!("tellify event send --json '{}'", Value::from(events))).await;
}

async fn list(world: &World, line: &str) -> Vec<Value> {
    serde_json::from_str(&world.ok(&format!("tellify {line} -o json")).await).unwrap()
}

/// Newest first.
async fn failures(world: &World) -> Vec<Value> {
    list(world, "plugin failures wayward").await
}

/// What the failures are that were to be replayed, as they stood right after that.
async fn replay(world: &World, which: &str) -> Vec<Value> {
    list(world, &format!("plugin replay wayward {which}")).await
}

async fn refused(world: &World, which: &str, why: &str) {
    let ended = world.run(&format!("tellify plugin replay wayward {which}")).await;
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains(why) && !said.contains("choose another name"), "{said}");
}

async fn alerts(world: &World) -> Vec<Value> {
    let mut alerts = list(world, "alert list --user alice --state all").await;
    alerts.retain(|alert| alert["handler"] == "wayward");
    alerts
}

/// The titles of all alerts, by the number that they begin with.
async fn raised(world: &World) -> Vec<String> {
    let alerts = alerts(world).await;
    let mut titles: Vec<String> =
        alerts.iter().map(|alert| alert["title"].as_str().unwrap().to_owned()).collect();
    titles.sort_by_key(|title| title.split(':').next().and_then(|number| number.parse::<u32>().ok()));
    titles
}
