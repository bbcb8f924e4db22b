//! What becomes of events when handlers misbehave, sleep, or are cut off: the guest
//! `wayward` does what each event tells it to.

use event::Timestamp;
use serde_json::{Value, json};

use crate::world::World;

/// A moment after the one at which the report for Puppet's door was made.
const START: Timestamp = Timestamp(1_795_176_000_000);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_is_tried_five_times_then_its_event_is_set_aside() {
    let world = world().await;
    send(&world, &[deed("fail"), note("a"), deed("trap"), note("b")]).await;
    world.daemon.pipeline.settled().await;

    let mut at = START;
    // Whoever has just been given up on is tried again with short pauses.
    for (stack, pauses_s) in [("", [1, 4, 15, 60]), ("wasm backtrace", [1, 1, 1, 1])] {
        for (tries, pause_s) in (1..).zip(pauses_s) {
            let lag = &show(&world, "w").await["lag"];
            assert_eq!(lag["attempts"], tries);
            assert_eq!(time(&lag["retry"]), at.plus_s(pause_s), "after {tries} tries");
            at = at.plus_s(pause_s);
            world.until(at).await;
        }
        let failure = &failures(&world, "wayward").await[0];
        assert_eq!(failure["attempts"], 5, "{failure}");
        assert_eq!(time(&failure["at"]), at, "{failure}");
        assert!(failure["message"].as_str().unwrap().contains("as it was told"), "{failure}");
        assert!(failure["stack"].as_str().unwrap().contains(stack), "{failure}");
        assert_eq!(failure["input"]["event"]["type"], "order", "{failure}");
    }

    assert_eq!(failures(&world, "wayward").await.len(), 2);
    assert_eq!(raised(&world, "wayward").await, ["1: a", "2: b"]);
    assert_eq!(show(&world, "w").await["lag"], Value::Null);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_subscription_whose_calls_fail() {
    let world = world().await;
    subscribe(&world, "match", "others").await;
    send(&world, &[deed("fail"), note("a"), deed("trap")]).await;
    send(&world, &[note("b")]).await;
    world.daemon.pipeline.settled().await;

    assert_eq!(raised(&world, "wayward").await, [] as [&str; 0]);
    assert_eq!(raised(&world, "match").await.len(), 4);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_set_aside_in_ten_minutes_stop_a_subscription_until_it_is_resumed() {
    let world = world().await;
    send(&world, &vec![deed("fail"); 10]).await;
    send(&world, &[note("a")]).await;
    world.until(START.plus_s(300)).await;

    assert_eq!(failures(&world, "wayward").await.len(), 10);
    let shown = show(&world, "w").await;
    assert_eq!(shown["status"], "quarantined", "{shown}");
    assert!(shown["reason"].as_str().unwrap().contains("as it was told"), "{shown}");
    told_only(&world, "Subscription w was stopped").await;

    send(&world, &[note("b")]).await;
    let world = world.restart().await;
    send(&world, &[note("c")]).await;
    world.until(START.plus_s(600)).await;
    assert_eq!(raised(&world, "wayward").await, [] as [&str; 0]);

    world.ok("tellify subscription resume --user alice w").await;
    send(&world, &[note("d")]).await;
    world.until(START.plus_s(1200)).await;
    assert_eq!(raised(&world, "wayward").await, ["1: a", "2: b", "3: c", "4: d"]);
    assert_eq!(show(&world, "w").await["lag"], Value::Null);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_can_never_work_is_switched_off_and_its_owner_told() {
    let world = world().await;
    send(&world, &[deed("bad-config"), note("a")]).await;
    world.until(START.plus_s(120)).await;

    let shown = show(&world, "w").await;
    assert_eq!(shown["status"], "disabled", "{shown}");
    assert_eq!(shown["reason"], "as it was told", "{shown}");
    told_only(&world, "Subscription w was switched off").await;

    send(&world, &[note("b")]).await;
    world.ok("tellify subscription edit --user alice w --enabled true").await;
    send(&world, &[note("c")]).await;
    world.until(START.plus_s(240)).await;
    assert_eq!(raised(&world, "wayward").await, ["1: c"], "what came while it was off is not for it");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_up_fires_at_its_time() {
    let world = world().await;
    send(&world, &[wake(10_000)]).await;
    world.until(START.plus_ms(9_999)).await;
    send(&world, &[note("before")]).await;
    world.until(START.plus_s(10)).await;
    send(&world, &[note("after")]).await;
    world.until(START.plus_s(60)).await;

    let woke = format!("2: woke at {}", START.plus_s(10).0);
    assert_eq!(raised(&world, "wayward").await, ["1: before", &woke, "3: after"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_backlog_wake_ups_fire_between_the_events_that_they_lay_between() {
    let world = world().await;
    // Holds up what comes behind it for 80 s.
    send(&world, &[deed("fail"), wake(5_000)]).await;
    world.until(START.plus_s(5)).await;
    send(&world, &[note("at its time")]).await;
    world.until(START.plus_ms(5_001)).await;
    send(&world, &[note("after it"), wake(1_000)]).await;
    world.until(START.plus_s(200)).await;

    let woke = [START.plus_s(5), START.plus_ms(6_001)].map(|at| at.0);
    assert_eq!(
        raised(&world, "wayward").await,
        [
            "1: at its time",
            &format!("2: woke at {}", woke[0]),
            "3: after it",
            &format!("4: woke at {}", woke[1])
        ]
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_up_fires_once_over_restarts() {
    let world = world().await;
    send(&world, &[wake(10_000)]).await;
    world.daemon.pipeline.settled().await;
    let world = world.restart().await;
    world.until(START.plus_s(10)).await;
    let world = world.crash().await;
    world.until(START.plus_s(300)).await;

    assert_eq!(raised(&world, "wayward").await, [format!("1: woke at {}", START.plus_s(10).0)]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_up_that_fell_due_in_the_silence_fires_a_minute_after_the_start() {
    let world = world().await;
    send(&world, &[wake(10_000)]).await;
    world.daemon.pipeline.settled().await;
    let world = world.restart_at(START.plus_s(1000)).await;
    send(&world, &[note("what waited outside")]).await;
    world.until(START.plus_ms(1_059_999)).await;
    assert_eq!(raised(&world, "wayward").await, ["1: what waited outside"]);

    world.until(START.plus_s(1060)).await;
    let woke = format!("2: woke at {}", START.plus_s(1060).0);
    assert_eq!(raised(&world, "wayward").await, ["1: what waited outside", &woke]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_counts_once_however_often_the_daemon_breaks_off() {
    let mut world = world().await;
    subscribe(&world, "match", "others").await;
    for _ in 0..5 {
        send(&world, &vec![alert("k"); 40]).await;
        send(&world, &[wake(500)]).await;
        world = world.crash().await;
    }
    world = world.restart().await;
    world.until(START.plus_s(300)).await;

    let raised = raised(&world, "wayward").await;
    assert_eq!(raised, ["200: k", &format!("201: woke at {}", START.plus_ms(500).0)]);
    let alerts = alerts(&world, "wayward").await;
    assert_eq!(alerts.iter().find(|alert| alert["key"] == "k").unwrap()["count"], 200);
    assert_eq!(self::raised(&world, "match").await.len(), 205);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_is_cut_after_sixteen_hops_and_its_owner_told() {
    let world = world().await;
    world.ok("tellify subscription edit --user alice w --filter 'type:order OR type:wayward.echo'").await;
    send(&world, &[deed("emit")]).await;
    world.until(START.plus_s(300)).await;

    // Sixteen that wake it again, and the one that does not.
    assert_eq!(events(&world, "type:wayward.echo").await, 17);
    assert_eq!(events(&world, "type:tellify.loop").await, 1);
    told_only(&world, "What subscription w emits came back to it 16 times").await;
    assert_eq!(show(&world, "w").await["status"], "active");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_through_wake_ups_is_cut_as_well() {
    let mut world = world().await;
    world.ok("tellify subscription edit --user alice w --filter 'type:order OR type:wayward.echo'").await;
    send(&world, &[deed("emit-later")]).await;
    world.until(START.plus_ms(5_500)).await;
    // The hops behind a wake-up are kept like the wake-up itself.
    world = world.restart().await;
    world.until(START.plus_s(300)).await;

    assert_eq!(events(&world, "type:wayward.echo").await, 17);
    assert_eq!(events(&world, "type:tellify.loop").await, 1);
    told_only(&world, "What subscription w emits came back to it 16 times").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_of_two_subscriptions_is_cut_even_if_they_heed_what_is_said_of_it() {
    let world = world().await;
    for (name, hears, emits) in [("a", "ping", "pong"), ("b", "pong", "ping")] {
        // Each round has a key of its own, or counts would see nothing begin.
        let emit = json!({"type": emits, "trail": "{trail}x"});
        let limits = json!([{"at_least": 1, "severity": "info"}]);
        let config = json!({"key": "trail", "within": "1h", "limits": limits, "alert": false, "emit": emit});
        let add = format!("tellify subscription add --user alice --name {name} --handler count");
        world.ok(&format!("{add} --filter 'type:{hears}' --config '{config}'")).await;
    }
    // What is made of the notice itself must not bring forth another one.
    let nosy = json!({"key": "id", "within": "1h", "limits": [{"at_least": 1, "severity": "info"}], "alert": false,
        "emit": {"type": "heard", "of": "{id}"}});
    world
        .ok(&format!("tellify subscription add --user alice --name nosy --handler count --filter 'type:tellify.loop' --config '{nosy}'"))
        .await;
    send(&world, &[json!({"type": "ping", "trail": "x"})]).await;
    world.until(START.plus_s(300)).await;

    assert_eq!(events(&world, "type:ping OR type:pong").await, 1 + 17);
    assert_eq!(events(&world, "type:heard").await, 1);
    assert_eq!(events(&world, "type:tellify.loop").await, 1);
    told_only(&world, "emits came back to it 16 times").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_for_a_while_takes_up_no_space_after_it() {
    let world = world().await;
    // Each is a thirtieth of what there is.
    for i in 0..60 {
        send(&world, &[json!({"type": "order", "do": "keep", "key": format!("k{i}")})]).await;
        world.until(START.plus_s(i + 1)).await;
    }
    assert_eq!(failures(&world, "wayward").await, [] as [Value; 0]);
    assert_eq!(show(&world, "w").await["lag"], Value::Null);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_expected_is_missed_from_the_moment_its_subscription_was_saved() {
    let world = world().await;
    let config = |hosts: Value| json!({"key": "host", "after": "1m", "expect": hosts});
    let add = "tellify subscription add --user alice --name hosts --handler absence --filter type:alive";
    world.ok(&format!("{add} --config '{}'", config(json!(["a"])))).await;
    world.until(START.plus_s(60)).await;
    assert_eq!(raised(&world, "absence").await, [] as [&str; 0]);
    world.until(START.plus_s(61)).await;
    assert_eq!(raised(&world, "absence").await, ["a was never seen, though expected for 1m"]);

    let edit = format!("tellify subscription edit --user alice hosts --config '{}'", config(json!(["b"])));
    world.ok(&edit).await;
    world.until(START.plus_s(122)).await;
    let alerts = alerts(&world, "absence").await;
    let states: Vec<_> = alerts.iter().map(|a| (a["key"].as_str(), a["state"].as_str())).collect();
    assert_eq!(states, [(Some("b"), Some("firing")), (Some("a"), Some("resolved"))]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_backlog_nobody_is_missed_who_reported_in_time() {
    let mut world = world().await;
    let config = json!({"key": "host", "after": "1m"});
    let add = "tellify subscription add --user alice --name hosts --handler absence --filter type:alive";
    world.ok(&format!("{add} --config '{config}'")).await;
    // What has come in by a crash is handled after it, each at its own time.
    world.daemon.pipeline.hold(Some("dispatch"));
    for i in 0..5 {
        let hosts = if i < 2 { vec!["a", "b"] } else { vec!["a"] };
        let alive: Vec<Value> = hosts.iter().map(|host| json!({"type": "alive", "host": host})).collect();
        world.clock.advance_to(START.plus_s(50 * i));
        send(&world, &alive).await;
    }
    world = world.crash().await;
    world.until(START.plus_s(250)).await;
    assert_eq!(raised(&world, "absence").await, ["b has been silent for 1m"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_subscription_counts_from_the_next_event() {
    let mut world = world().await;
    world.ok("tellify subscription edit --user alice w --filter key:a").await;
    send(&world, &[note("a"), note("b")]).await;
    world.ok("tellify subscription edit --user alice w --filter key:b").await;
    send(&world, &[note("a"), note("b")]).await;
    world.daemon.pipeline.settled().await;
    assert_eq!(raised(&world, "wayward").await, ["1: a", "2: b"]);

    // What has not been dispatched yet meets the subscription as it stood at it.
    send(&world, &[note("a"), note("b")]).await;
    world.ok("tellify subscription edit --user alice w --filter key:a").await;
    send(&world, &[note("a"), note("b")]).await;
    world = world.crash().await;
    world.daemon.pipeline.settled().await;
    assert_eq!(raised(&world, "wayward").await, ["1: a", "2: b", "3: b", "4: a"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_subscription_is_told_of_no_more() {
    let world = world().await;
    send(&world, &[note("a"), alert("b"), wake(30_000), deed("fail")]).await;
    world.daemon.pipeline.settled().await;
    world.ok("tellify subscription remove --user alice w").await;
    world.until(START.plus_s(600)).await;

    assert_eq!(told(&world).await, [] as [Value; 0]);
    assert_eq!(world.daemon.pipeline.next_due(), None);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_report_at_a_door_is_refused_and_no_failure_of_its_plugin() {
    let world = world().await;
    let report = include_str!("../../plugins/puppet/cases/failed-run/report.yaml");
    let unclosed = &report[..report.rfind('\'').unwrap()];
    for malformed in [unclosed, "{", "- a\n b: [", "just text"] {
        assert_eq!(knock(&world, malformed).await, 400, "{malformed}");
    }
    assert_eq!(failures(&world, "puppet").await, [] as [Value; 0]);
    assert_eq!(events(&world, "type:puppet.*").await, 0);
    assert_eq!(knock(&world, report).await, 202, "it is what was cut off that was missed");
    assert_ne!(events(&world, "type:puppet.*").await, 0);
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
    subscribe(&world, "wayward", "w").await;
    world
}

async fn subscribe(world: &World, handler: &str, name: &str) {
    let filter = "--filter type:order";
    world
        .ok(&format!("tellify subscription add --user alice --name {name} --handler {handler} {filter}"))
        .await;
}

fn deed(what: &str) -> Value {
    json!({"type": "order", "do": what})
}

fn note(key: &str) -> Value {
    json!({"type": "order", "do": "note", "key": key})
}

fn alert(key: &str) -> Value {
    json!({"type": "order", "do": "alert", "key": key})
}

fn wake(ms: u32) -> Value {
    json!({"type": "order", "do": "wake", "ms": ms})
}

/// Sends events as one batch.
async fn send(world: &World, events: &[Value]) {
    world.ok(&format!("tellify event send --json '{}'", Value::from(events))).await;
}

/// Posts a report to Puppet's door, and returns the status of the answer.
async fn knock(world: &World, body: &str) -> u16 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    std::fs::write(&file, body).unwrap();
    let output = tokio::process::Command::new("curl")
        .args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "content-type: application/x-yaml"])
        .arg("--data-binary")
        .arg(format!("@{}", file.display()))
        .arg(format!("{}/in/puppet", world.url()))
        .output()
        .await
        .unwrap();
    String::from_utf8(output.stdout).unwrap().parse().unwrap()
}

async fn list(world: &World, line: &str) -> Vec<Value> {
    serde_json::from_str(&world.ok(&format!("tellify {line} --all -o json")).await).unwrap()
}

async fn show(world: &World, subscription: &str) -> Value {
    let line = format!("tellify subscription show --user alice {subscription} -o json");
    serde_json::from_str(&world.ok(&line).await).unwrap()
}

/// Newest first.
async fn failures(world: &World, plugin: &str) -> Vec<Value> {
    list(world, &format!("plugin failures {plugin}")).await
}

async fn alerts(world: &World, handler: &str) -> Vec<Value> {
    let mut alerts = list(world, "alert list --user alice --state all").await;
    alerts.retain(|alert| alert["handler"] == handler);
    alerts
}

/// The titles of all alerts of a handler, by the number that they begin with.
async fn raised(world: &World, handler: &str) -> Vec<String> {
    let alerts = alerts(world, handler).await;
    let mut titles: Vec<String> =
        alerts.iter().map(|alert| alert["title"].as_str().unwrap().to_owned()).collect();
    titles.sort_by_key(|title| title.split(':').next().and_then(|number| number.parse::<u32>().ok()));
    titles
}

/// What alice found in her inbox, newest first.
async fn told(world: &World) -> Vec<Value> {
    list(world, "inbox list --user alice").await
}

/// Asserts that alice was told this, once, and nothing else.
async fn told_only(world: &World, what: &str) {
    let digests = told(world).await;
    let [digest] = &digests[..] else { panic!("{digests:?}") };
    assert_eq!(digest["alerts"], 1, "{digest}");
    assert!(digest["line"].as_str().unwrap().contains(what), "{digest}");
}

async fn events(world: &World, filter: &str) -> usize {
    list(world, &format!("event list '{filter}'")).await.len()
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}
