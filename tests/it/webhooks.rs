//! Digests posted to webhooks, to a receiver that does as the test says, and verified by
//! the very lines that the documents show.

use std::io::Write;
use std::process::{Command, Stdio};

use event::Timestamp;
use serde_json::{Value, json};
use testkit::{Gate, HttpSink, Post, Receive};

use crate::world::World;

/// 2026-11-20T10:00:00Z
const START: Timestamp = Timestamp(1_795_168_800_000);
/// Webhooks under way at once, and enough addresses that some find no room.
const AT_ONCE: usize = 64;
const CROWD: usize = 70;
const OWN_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_is_posted_and_the_documented_lines_verify_it() {
    let (world, sink, secret) = subscribed().await;
    fail(&world, "gc_t").await;
    world.until(START.plus_s(10)).await;

    let post = only(&sink);
    let now = START.plus_s(10).0 / 1000;
    assert!(verifies(&secret, &post, now));
    assert!(verifies(&secret, &post, now + 300) && !verifies(&secret, &post, now + 301));
    assert!(!verifies(OWN_SECRET, &post, now));
    let mut touched = post.clone();
    touched.body[10] ^= 1;
    assert!(!verifies(&secret, &touched, now));

    let body = body(&post);
    let digests = list(&world, "inbox list --user alice --address ops").await;
    assert_eq!(post.header("webhook-id"), digests[0]["id"].as_str());
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("tellify.digest"), &digests[0]["id"]));
    assert_eq!(body["timestamp"], "2026-11-20T10:00:10.000Z");
    let item = &body["data"]["items"][0];
    assert_eq!((&item["subscription"], &item["handler"]), (&json!("fails"), &json!("match")));
    // The links lead somewhere.
    for link in [&item["links"]["alert"], &item["links"]["event"], &body["data"]["url"]] {
        let path = link.as_str().unwrap().split_once("/api/").unwrap().1;
        let asked = Command::new("curl")
            .args(["-sf", "-H", &format!("authorization: Bearer {}", world.admin_token())])
            .arg(format!("{}/api/{path}", world.url()))
            .output();
        assert!(asked.unwrap().status.success(), "{link}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_follow_the_schedule_with_the_same_id_and_bytes() {
    let (world, sink, secret) = subscribed().await;
    sink.script(Receive::Reply(500, Vec::new(), String::new()));
    sink.script(Receive::HangUp);
    sink.script(Receive::Reply(503, vec![("Retry-After", "600".to_owned())], String::new()));
    fail(&world, "gc_t").await;
    world.until(START.plus_s(10)).await;
    assert_eq!(sink.posts().len(), 1);

    // After a restart, too.
    let world = world.restart().await;
    world.until(START.plus_s(3600)).await;
    let posts = sink.posts();
    assert_eq!(posts.len(), 4);
    let first = &posts[0];
    let mut times = Vec::new();
    for post in &posts {
        let time: i64 = post.header("webhook-timestamp").unwrap().parse().unwrap();
        assert!(verifies(&secret, post, time));
        assert_eq!((&post.body, post.header("webhook-id")), (&first.body, first.header("webhook-id")));
        times.push(time - START.0 / 1000 - 10);
    }
    let within = |n: usize, from: i64, to: i64| assert!((from..=to).contains(&times[n]), "{times:?}");
    within(0, 0, 0);
    within(1, 4, 6);
    within(2, 27, 33);
    // The receiver asked for ten minutes, where the schedule would have come after two.
    within(3, times[2] + 600, times[2] + 601);

    let id = first.header("webhook-id").unwrap();
    let attempts = one(&world, &format!("inbox show {id}")).await["attempts"].clone();
    let results: Vec<_> = attempts.as_array().unwrap().iter().map(|a| a["result"].clone()).collect();
    assert_eq!(results, ["transient", "transient", "transient", "delivered"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_told_and_what_is_gone_is_left_alone_until_a_trial_arrives() {
    let (world, sink, _) = subscribed().await;
    sink.script(Receive::Reply(404, Vec::new(), "no such hook".to_owned()));
    fail(&world, "a").await;
    world.until(START.plus_s(3600)).await;
    assert_eq!(sink.posts().len(), 1, "it is not tried again");
    assert_eq!(told(&world, "tellify.digest.undeliverable").await, 1);

    sink.script(Receive::Reply(410, Vec::new(), String::new()));
    fail(&world, "b").await;
    world.until(START.plus_s(7200)).await;
    fail(&world, "c").await;
    world.until(START.plus_s(10_800)).await;
    assert_eq!(sink.posts().len(), 2, "nothing is sent to what is gone");
    assert_eq!(told(&world, "tellify.address.gone").await, 1);
    assert_eq!(told(&world, "tellify.digest.undeliverable").await, 3);
    // Its person hears of all that by the ways that still work.
    let inbox = list(&world, "inbox list --user alice").await;
    let mut read = String::new();
    for digest in &inbox {
        read += &world.ok(&format!("tellify inbox show {}", digest["id"].as_str().unwrap())).await;
    }
    assert!(read.contains("410 Gone") && read.contains("tellify address test --user alice ops"), "{read}");
    let health = &one(&world, "address show --user alice ops").await["health"];
    assert!(health["off_since"].is_string() && health["failures"] == 3, "{health}");

    let tested = one(&world, "address test --user alice ops").await;
    assert_eq!(tested["detail"], "accepted, and the address is in use again");
    fail(&world, "d").await;
    world.until(START.plus_s(10_900)).await;
    assert_eq!(sink.posts().len(), 4);
    let health = &one(&world, "address show --user alice ops").await["health"];
    assert_eq!((&health["result"], &health["failures"]), (&json!("delivered"), &json!(0)));
    assert_eq!(health["off_since"], Value::Null);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn during_a_rotation_both_secrets_verify_and_then_the_new_one_alone() {
    let (world, sink, old) = subscribed().await;
    let rotated = one(&world, "address rotate --user alice ops --keep 1h").await;
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert_eq!(rotated["rotating_until"], "2026-11-20T11:00:00.000Z");
    let mut verified = Vec::new();
    for (n, s) in [(1, 600), (2, 3600), (3, 4000)] {
        world.until(START.plus_s(s)).await;
        if n == 3 {
            let file = secret_file(OWN_SECRET);
            let line =
                format!("address rotate --user alice ops --keep 0s --secret-file {}", file.path().display());
            assert_eq!(one(&world, &line).await["secret"], Value::Null, "it is known to whoever gave it");
        }
        fail(&world, &format!("block{n}")).await;
        world.until(START.plus_s(s + 10)).await;
        let post = sink.posts().pop().unwrap();
        let now = START.plus_s(s + 10).0 / 1000;
        verified.push([old.as_str(), &new, OWN_SECRET].map(|secret| verifies(secret, &post, now)));
    }
    assert_eq!(verified, [[true, true, false], [false, true, false], [false, false, true]]);
    assert_eq!(sink.posts().len(), 3);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_never_again() {
    let (world, sink, secret) = subscribed().await;
    world.ok("tellify address test --user alice ops").await;
    fail(&world, "gc_t").await;
    world.until(START.plus_s(10)).await;
    let id = only_of(&sink, 2).header("webhook-id").unwrap().to_owned();
    for line in [
        "tellify address list --user alice".to_owned(),
        "tellify address list --user alice -o json".to_owned(),
        "tellify address show --user alice ops -o json".to_owned(),
        "tellify user show alice -o json".to_owned(),
        "tellify event list -o json".to_owned(),
        format!("tellify inbox show {id} -o json"),
    ] {
        let said = world.ok(&line).await;
        assert!(!said.contains(&secret[6..]) && !said.contains("whsec_"), "{line}: {said}");
        assert!(!said.contains("token=hidden"), "{line}: {said}");
    }
    let shown = one(&world, "address show --user alice ops").await;
    assert_eq!(shown["to"], json!(format!("{}?…", sink.url())));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_address_can_be_tried_out() {
    let (world, sink, _) = subscribed().await;
    world.ok("tellify user add bob").await;
    assert_eq!(one(&world, "address test --user alice inbox").await["delivered"], true);
    let mail = one(&world, "address test --user alice mail").await;
    assert_eq!(mail["delivered"], true);
    assert!(String::from_utf8_lossy(&world.letters()[0].data).contains("Trial message"));
    let hook = one(&world, "address test --user alice ops").await;
    assert_eq!((&hook["delivered"], &hook["detail"]), (&json!(true), &json!("204 No Content")));
    let post = only(&sink);
    let body = body(&post);
    assert_eq!((&body["type"], &body["data"]["items"]), (&json!("tellify.test"), &json!([])));

    let table = [
        ("bob mail", None, "no mailbox", "Check the mailbox"),
        ("alice ops", Some((500, "out of cheese")), "500 Internal Server Error", "tried again for a day"),
        ("alice ops", Some((400, "no field `x`")), "no field `x`", "the receiver's own log"),
        ("alice ops", Some((410, "")), "410 Gone", "Remove the address"),
    ];
    for (whose, answer, said, advice) in table {
        if let Some((status, body)) = answer {
            sink.script(Receive::Reply(status, Vec::new(), body.to_owned()));
        }
        let failed = world.run(&format!("tellify address test --user {whose}")).await;
        let (out, errors) =
            (String::from_utf8_lossy(&failed.stdout), String::from_utf8_lossy(&failed.stderr));
        assert_eq!(failed.status.code(), Some(1), "{whose}: {out}{errors}");
        assert!(out.contains(said) && errors.contains(advice), "{whose}: {out}{errors}");
    }
    assert_eq!(
        list(&world, "inbox list --user alice --address ops").await,
        [] as [Value; 0],
        "trials leave no trace"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_webhook_is_refused_with_the_reason() {
    let (world, _, _) = subscribed().await;
    let short = secret_file("whsec_c2hvcnQ=");
    let short =
        format!("--channel webhook --to https://a.example.org --secret-file {}", short.path().display());
    let table = [
        ("--channel webhook", "A webhook needs `to`: its URL."),
        ("--channel webhook --to ops.example.org", "this is no URL"),
        ("--channel webhook --to https://10.0.0.1/", "its address is private, and `[egress] allow`"),
        ("--channel webhook --to https://169.254.169.254/latest/", "where clouds keep their metadata"),
        ("--channel webhook --to https://[::ffff:10.0.0.1]/", "its address is private"),
        ("--channel webhook --to http://1.1.1.1/", "without TLS only what `[egress] allow` names is reached"),
        ("--channel webhook --to https://a:b@example.org/", "no user name or password"),
        ("--channel webhook --to https://example.org:25/", "port 25 is some other service's"),
        ("--channel webhook --to https://example.org --form line", "leave `form` out"),
        ("--channel mail --to a@example.org --secret-file /dev/null", "Only a webhook has a secret."),
        (&short, "the secret holds 5 bytes"),
    ];
    for (arguments, expected) in table {
        let failed = world.run(&format!("tellify address add --user alice --name x {arguments}")).await;
        let errors = String::from_utf8_lossy(&failed.stderr);
        assert!(!failed.status.success() && errors.contains(expected), "{arguments}: {errors}");
    }
    let refused = world.run("tellify address rotate --user alice mail").await;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("only webhooks have a secret"));
    let refused = world.run("tellify address rotate --user alice ops --keep 99d").await;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("30d at most"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_receiver_that_hangs() {
    let (world, sink, _) = subscribed().await;
    world.ok("tellify style add --user alice --name mailed --channel mail --wait 10s").await;
    world.ok("tellify subscription add --user alice --name mails --handler match --style mailed --filter status:ok").await;
    fail(&world, "gc_t").await;
    world.ok(r#"tellify event send --json '{"type":"build","status":"ok"}'"#).await;
    world.daemon.pipeline.settled().await;
    let gate = Gate::closed();
    sink.script(Receive::WaitAt(gate.clone()));
    world.clock.advance_to(START.plus_s(10));
    sink.received(1).await;
    assert_eq!(world.mail.received(1).await.len(), 1, "the mail goes out meanwhile");
    gate.open();
    world.daemon.pipeline.settled().await;
    let digests = list(&world, "inbox list --user alice --address ops").await;
    let digest = one(&world, &format!("inbox show {}", digests[0]["id"].as_str().unwrap())).await;
    assert_eq!(digest["attempts"][0]["result"], "delivered");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_receivers_that_hang_keeps_its_bounds_and_gets_all_in_the_end() {
    let (world, sink, _) = subscribed().await;
    let names: Vec<String> = (0..CROWD).map(|n| format!("hook{n}")).collect();
    for name in &names {
        let url = sink.url();
        world
            .ok(&format!("tellify address add --user alice --name {name} --channel webhook --to {url}"))
            .await;
    }
    let channels: String = names.iter().map(|name| format!(" --channel {name}")).collect();
    world
        .ok(&format!("tellify style add --user alice --name crowd --wait 10s{channels} --channel mail"))
        .await;
    world
        .ok("tellify subscription add --user alice --name crowds --handler match --style crowd --filter status:ok")
        .await;
    world.ok(r#"tellify event send --json '{"type":"build","status":"ok"}'"#).await;
    world.daemon.pipeline.settled().await;
    let gate = Gate::closed();
    for _ in 0..AT_ONCE {
        sink.script(Receive::WaitAt(gate.clone()));
    }
    world.clock.advance_to(START.plus_s(10));
    sink.received(AT_ONCE).await;
    assert_eq!(world.mail.received(1).await.len(), 1, "the mail goes out meanwhile");
    assert_eq!(sink.posts().len(), AT_ONCE, "the others wait until somebody leaves");
    gate.open();
    world.daemon.pipeline.settled().await;
    let mut ids: Vec<_> =
        sink.posts().iter().map(|post| post.header("webhook-id").unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), sink.posts().len()), (CROWD, CROWD), "each got its own, once");
    world.stop().await;
}

/// Alice, whom a webhook tells of all that fails after ten seconds, and its secret.
async fn subscribed() -> (World, HttpSink, String) {
    let sink = HttpSink::start(None).await.unwrap();
    let world = World::start(START).await;
    world.ok("tellify user add alice --email alice@example.org").await;
    let url = format!("{}?token=hidden", sink.url());
    let added =
        one(&world, &format!("address add --user alice --name ops --channel webhook --to {url}")).await;
    world.ok("tellify style add --user alice --name hooked --channel ops --wait 10s").await;
    world
        .ok("tellify subscription add --user alice --name fails --handler match --style hooked --filter status:fail")
        .await;
    (world, sink, added["secret"].as_str().unwrap().to_owned())
}

async fn fail(world: &World, block: &str) {
    let event = json!({"type": "build", "source": "bitb0", "block": block, "status": "fail"});
    world.ok(&format!("tellify event send --json '{event}'")).await;
}

/// How many events of this type there are.
async fn told(world: &World, kind: &str) -> usize {
    list(world, &format!("event list type:{kind}")).await.len()
}

async fn one(world: &World, command: &str) -> Value {
    serde_json::from_str(&world.ok(&format!("tellify {command} -o json")).await).unwrap()
}

async fn list(world: &World, command: &str) -> Vec<Value> {
    serde_json::from_str(&world.ok(&format!("tellify {command} -o json")).await).unwrap()
}

fn only(sink: &HttpSink) -> Post {
    only_of(sink, 1)
}

/// The last of exactly so many.
fn only_of(sink: &HttpSink, count: usize) -> Post {
    let mut posts = sink.posts();
    assert_eq!(posts.len(), count);
    posts.pop().unwrap()
}

fn body(post: &Post) -> Value {
    serde_json::from_slice(&post.body).unwrap()
}

fn secret_file(secret: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{secret}").unwrap();
    file
}

/// What the lines in `docs/webhooks.md` say of a delivery.
fn verifies(secret: &str, post: &Post, now: i64) -> bool {
    let document = include_str!("../../docs/webhooks.md");
    let lines = document.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let headers: Value = post.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let program = format!(
        "{lines}\nimport json, sys\nsecret, headers, now = json.loads(sys.argv[1])\n\
         print(verify(secret, headers, sys.stdin.buffer.read(), now))\n"
    );
    let mut python = Command::new("python3")
        .args(["-c", &program, &json!([secret, headers, now]).to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(&post.body).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    match String::from_utf8(output.stdout).unwrap().trim() {
        "True" => true,
        "False" => false,
        other => panic!("{other}"),
    }
}
