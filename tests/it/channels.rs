//! Digests carried by channel plugins, to a receiver that does as the test says.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use event::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Gate, HttpSink, Receive, courier, guest};
use tokio::io::AsyncWriteExt;

use crate::world::World;

/// 2026-11-20T10:00:00Z
const START: Timestamp = Timestamp(1_795_168_800_000);
/// How long alice's styles collect, in seconds.
const WAIT: i64 = 10;

/// Alice, whom the channel `courier` tells of full disks after ten seconds.
struct Post {
    world: World,
    sink: HttpSink,
    folder: TempDir,
}

impl Post {
    async fn new(traits: &str) -> Post {
        let post = Post::without_address(traits).await;
        post.add("push", json!({"url": post.url(), "key": "canary-5f0e"})).await;
        post.tell("push").await;
        post
    }

    async fn without_address(traits: &str) -> Post {
        let (world, sink) = (World::start(START).await, HttpSink::start(None).await.unwrap());
        let post = Post { world, sink, folder: tempfile::tempdir().unwrap() };
        post.world.ok("tellify user add alice --email alice@example.org").await;
        post.install("1", "url", "post", traits, "").await;
        post.world.ok(&format!("tellify plugin grant courier --http '{}'", post.url())).await;
        post
    }

    fn url(&self) -> String {
        self.sink.url()
    }

    async fn install(&self, version: &str, wants: &str, does: &str, traits: &str, more: &str) {
        let file = self.component(version, wants, does, traits);
        self.world.ok(&format!("tellify plugin install {} {more}", file.display())).await;
    }

    /// A version of `courier`, to be installed.
    fn component(&self, version: &str, wants: &str, does: &str, traits: &str) -> PathBuf {
        let path = self.folder.path().join(format!("courier-{version}.wasm"));
        fs::write(&path, courier(version, wants, does, traits)).unwrap();
        path
    }

    async fn add(&self, name: &str, config: Value) {
        let add =
            format!("tellify address add --user alice --name {name} --channel courier --config '{config}'");
        self.world.ok(&add).await;
    }

    /// Lets an address be told of full disks.
    async fn tell(&self, address: &str) {
        let style =
            format!("tellify style add --user alice --name {address} --channel {address} --wait {WAIT}s");
        self.world.ok(&style).await;
        let config =
            json!({"field": "percent", "key": "disk", "limits": [{"above": 90, "severity": "error"}]});
        self.world
            .ok(&format!(
                "tellify subscription add --user alice --name {address} --handler threshold --style {address} \
                 --filter type:disk --config '{config}'"
            ))
            .await;
    }

    async fn disk(&self, disk: &str, percent: u32) {
        let event = json!({"type": "disk", "disk": disk, "percent": percent});
        self.world.ok(&format!("tellify event send --json '{event}'")).await;
    }

    async fn until(&self, s: i64) {
        self.world.until(START.plus_s(s)).await;
    }

    /// The next requests are answered so, one by one.
    fn answers(&self, answers: &[(u16, &str)]) {
        for (status, body) in answers {
            self.sink.script(Receive::Reply(*status, Vec::new(), (*body).to_owned()));
        }
    }

    /// What the plugin has posted so far.
    fn posted(&self) -> Vec<Value> {
        self.sink.posts().iter().map(|post| serde_json::from_slice(&post.body).unwrap()).collect()
    }

    async fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.world.ok(&format!("tellify {line} -o json")).await).unwrap()
    }

    async fn list(&self, line: &str) -> Vec<Value> {
        self.json(line).await.as_array().unwrap().clone()
    }

    async fn refused(&self, line: &str) -> String {
        let output = self.world.run(&format!("tellify {line}")).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{line}: {output:?}");
        said
    }

    /// How the attempts of all digests at this address ended, the oldest digest first.
    async fn attempts(&self, address: &str) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for digest in self.list(&format!("inbox list --user alice --address {address}")).await {
            let shown = self.json(&format!("inbox show {}", digest["id"].as_str().unwrap())).await;
            let results = shown["attempts"].as_array().unwrap().iter();
            all.push(results.map(|attempt| attempt["result"].as_str().unwrap().to_owned()).collect());
        }
        all.reverse();
        all
    }

    async fn crash(self) -> Post {
        Post { world: self.world.crash().await, ..self }
    }

    async fn restart(self) -> Post {
        Post { world: self.world.restart().await, ..self }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_is_handed_over_whole_and_the_next_one_brings_back_its_receipt() {
    let post = Post::new("stateful = true").await;
    post.answers(&[(200, "m1"), (200, ""), (200, "m3"), (200, "m4")]);
    post.disk("/", 95).await;
    post.until(WAIT).await;
    let posted = post.posted();
    let digests = post.list("inbox list --user alice --address push").await;
    let message = &posted[0];
    assert_eq!((&message["id"], &message["attempt"]), (&digests[0]["id"], &json!(1)));
    assert_eq!((&message["owner"], &message["recipient"]), (&json!("alice"), &json!("alice")));
    assert_eq!((&message["severity"], &message["previous"]), (&json!("Severity::Error"), &Value::Null));
    let item = &message["items"][0];
    assert_eq!((&item["state"], &item["count"]), (&json!("AlertState::Firing"), &json!(1)));
    assert!(item["key"].as_str().unwrap().ends_with("//"), "its subscription and its key: {item}");
    assert!(item["data"].as_str().unwrap().contains("95"), "{item}");
    for form in ["subject", "text", "ascii", "html"] {
        assert!(message[form].as_str().is_some_and(|text| !text.is_empty()), "{form}: {message}");
    }
    for link in [&item["link"], &message["links"][0][1]] {
        let path = link.as_str().unwrap().split_once("/api/").unwrap().1;
        let bearer = format!("authorization: Bearer {}", post.world.admin_token());
        let asked = std::process::Command::new("curl")
            .args(["-sf", "-H", &bearer, &format!("{}/api/{path}", post.world.url())])
            .output();
        assert!(asked.unwrap().status.success(), "{link}");
    }

    // Also after a restart; one that brings no receipt leaves the last one.
    let post = post.restart().await;
    post.disk("/", 50).await;
    post.until(2 * WAIT + 1).await;
    post.disk("/home", 95).await;
    post.until(4 * WAIT).await;
    post.disk("/home", 50).await;
    post.until(6 * WAIT).await;
    let previous: Vec<Value> = post.posted().iter().map(|message| message["previous"].clone()).collect();
    assert_eq!(previous, [Value::Null, json!("m1"), Value::Null, json!("m3")]);
    assert_eq!(post.posted()[1]["items"][0]["state"], "AlertState::Resolved");
    assert_eq!(post.posted()[1]["items"][0]["key"], post.posted()[0]["items"][0]["key"]);
    post.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_gets_as_much_as_it_says_that_it_takes_and_no_receipt_unless_it_wants_one() {
    for (traits, one_line, most) in [("one-line = true", true, usize::MAX), ("max-bytes = 100", false, 100)] {
        let post = Post::new(traits).await;
        post.answers(&[(200, "m1")]);
        for disk in ["a", "b", "c"] {
            post.disk(&format!("/{}", disk.repeat(60)), 95).await;
        }
        post.until(WAIT).await;
        post.disk(&format!("/{}", "a".repeat(60)), 50).await;
        post.until(3 * WAIT).await;
        let posted = post.posted();
        assert_eq!(posted.len(), 2, "{traits}");
        let text = |form: &str| posted[0][form].as_str().unwrap_or_default().to_owned();
        assert_eq!(text("ascii") == text("text"), one_line, "{traits}: {}", posted[0]);
        assert!(["subject", "text", "ascii"].iter().all(|form| text(form).len() <= most), "{}", posted[0]);
        assert_eq!(text("ascii").contains("more characters]"), !one_line, "{}", posted[0]);
        assert_eq!((&posted[0]["html"], &posted[1]["previous"]), (&Value::Null, &Value::Null));
        assert_eq!(posted[0]["items"].as_array().unwrap().len(), 3, "it can be told all that there is");
        post.world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_follow_the_schedule_or_what_the_plugin_asks_for_and_a_trap_is_one_of_them() {
    let post = Post::new("stateful = true").await;
    post.answers(&[(418, ""), (500, "out of cheese at canary-5f0e")]);
    let later = vec![("Retry-After", "600".to_owned())];
    post.sink.script(Receive::Reply(503, later, String::new()));
    post.disk("/", 95).await;
    post.until(WAIT).await;
    assert_eq!(post.posted().len(), 1);
    // After a restart, too.
    let post = post.restart().await;
    post.until(3600).await;
    let posted = post.posted();
    assert_eq!(posted.len(), 4);
    let same = |message: &Value| (message["id"].clone(), message["ascii"].clone());
    assert!(posted.iter().all(|message| same(message) == same(&posted[0])));
    let numbers: Vec<&Value> = posted.iter().map(|message| &message["attempt"]).collect();
    assert_eq!(numbers, [&json!(1), &json!(2), &json!(3), &json!(4)]);
    let times: Vec<i64> = posted.iter().map(|m| m["now"].as_f64().unwrap() as i64 / 1000).collect();
    let after = |n: usize| times[n] - START.0 / 1000 - WAIT;
    assert!((4..=6).contains(&after(1)) && (27..=33).contains(&after(2)), "{times:?}");
    // It asked for ten minutes, where the schedule would have come after two.
    assert!((600..=601).contains(&(after(3) - after(2))), "{times:?}");
    assert_eq!(post.attempts("push").await, [["transient", "transient", "transient", "delivered"]]);

    let digests = post.list("inbox list --user alice --address push").await;
    let shown = post.json(&format!("inbox show {}", digests[0]["id"].as_str().unwrap())).await;
    let attempts = shown["attempts"].to_string();
    assert!(attempts.contains("the plugin broke off: "), "{attempts}");
    assert!(attempts.contains("out of cheese at [secret]"), "{attempts}");
    post.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_gives_up_is_told_and_what_can_never_work_is_switched_off_until_it_is_edited() {
    let post = Post::new("").await;
    post.answers(&[(400, "no such room"), (410, "the room is closed")]);
    post.disk("/a", 95).await;
    post.until(3600).await;
    assert_eq!(post.posted().len(), 1, "it is not tried again");
    post.disk("/b", 95).await;
    post.until(7200).await;
    post.disk("/c", 95).await;
    post.until(10_800).await;
    assert_eq!(post.posted().len(), 2, "nothing is sent to what is switched off");
    assert_eq!(post.attempts("push").await, [["permanent"], ["permanent"], ["permanent"]]);
    assert_eq!(post.list("event list type:tellify.address.gone").await.len(), 1);
    assert_eq!(post.list("event list type:tellify.digest.undeliverable").await.len(), 3);
    // Its person hears of all that by the ways that still work.
    let mut read = String::new();
    for digest in post.list("inbox list --user alice").await {
        read += &post.world.ok(&format!("tellify inbox show {}", digest["id"].as_str().unwrap())).await;
    }
    assert!(read.contains("the room is closed"), "{read}");
    assert!(read.contains("tellify address edit --user alice push --config"), "{read}");
    let health = &post.json("address show --user alice push").await["health"];
    assert!(health["off_since"].is_string() && health["failures"] == 3, "{health}");

    // Another configuration is a new chance, and so is a trial that arrives.
    let config = json!({"url": post.url()});
    post.world.ok(&format!("tellify address edit --user alice push --config '{config}'")).await;
    post.disk("/d", 95).await;
    post.until(10_900).await;
    assert_eq!(post.posted().len(), 3);
    post.answers(&[(410, "closed again")]);
    post.disk("/e", 95).await;
    post.until(11_000).await;
    assert_eq!(
        post.json("address test --user alice push").await["detail"],
        "accepted, and the address is in use again"
    );
    post.disk("/f", 95).await;
    post.until(11_100).await;
    assert_eq!(post.attempts("push").await[3..], [["delivered"], ["permanent"], ["delivered"]]);
    post.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_can_be_tried_out_and_tells_what_to_do() {
    let post = Post::new("").await;
    let tested = post.json("address test --user alice push").await;
    assert_eq!((&tested["delivered"], &tested["detail"]), (&json!(true), &json!("accepted")));
    let trial = &post.posted()[0];
    assert_eq!((&trial["items"], &trial["links"]), (&json!([]), &json!([])));
    assert!(trial["text"].as_str().unwrap().contains("trial message"), "{trial}");

    let table = [
        (503, "busy", "tellify plugin show courier"),
        (418, "the plugin broke off", "tellify plugin show courier"),
        (400, "no such room", "is not tried again"),
        (410, "closed", "tellify address edit --user alice push"),
    ];
    for (status, said, advice) in table {
        post.answers(&[(status, said)]);
        let output = post.world.run("tellify address test --user alice push").await;
        let (out, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{status}: {out}{errors}");
        assert!(out.contains(said) && errors.contains(advice), "{status}: {out}{errors}");
    }
    // Without its grant the plugin reaches nothing, and says what is missing.
    post.world.ok("tellify plugin revoke courier --all").await;
    let output = post.world.run("tellify address test --user alice push").await;
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("is not granted to this plugin"), "{out}");
    assert_eq!(post.list("inbox list --user alice --address push").await.len(), 0, "trials leave no trace");
    post.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_address_of_a_plugin_is_refused_with_the_reason() {
    let post = Post::without_address("").await;
    let file = post.folder.path().join("feed.wasm");
    fs::write(&file, guest("feed")).unwrap();
    post.world.ok(&format!("tellify plugin install {}", file.display())).await;
    let table = [
        ("--channel pigeon", "There is no channel `pigeon`: use one of inbox, mail, webhook, courier, ntfy."),
        ("--channel feed", "The plugin `feed` is no channel, but of the kind ingest."),
        ("--channel courier", "\"url\" is a required property"),
        ("--channel courier --config '{\"url\":\"nowhere\"}'", "/url: nowhere is no place"),
        ("--channel courier --config '{\"url\":1,\"key\":\"[omitted]\"}'", "give the secret itself"),
        ("--channel courier --config '{\"url\":1}' --to x", "A plugin takes no `to`"),
        ("--channel courier --config '{\"url\":1}' --form line", "leave `form` out"),
        ("--channel mail --to a@example.org --config '{}'", "Only a plugin has a configuration"),
        ("--channel courier --config '{'", "--config is no JSON"),
    ];
    for (arguments, expected) in table {
        let said = post.refused(&format!("address add --user alice --name x {arguments}")).await;
        assert!(said.contains(expected), "{arguments}: {said}");
    }
    let said = post.refused("address edit --user alice mail --config '{}'").await;
    assert!(said.contains("no plugin carries to it"), "{said}");
    let config = json!({"url": post.url(), "key": "x".repeat(70_000)});
    let long = post.folder.path().join("long.json");
    fs::write(&long, config.to_string()).unwrap();
    let long = format!("address add --user alice --name x --channel courier --config @{}", long.display());
    let said = post.refused(&long).await;
    assert!(said.contains("longer than 65536 bytes"), "{said}");
    post.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_forgettable_and_its_secrets_are_shown_to_nobody() {
    let post = Post::new("").await;
    let config = &post.json("address show --user alice push").await["config"];
    assert_eq!(config, &json!({"url": post.url(), "key": "[omitted]"}));
    post.disk("/", 95).await;
    post.until(WAIT).await;
    for line in ["address list --user alice", "address show --user alice push -o json", "event list -o json"]
    {
        let shown = post.world.ok(&format!("tellify {line}")).await;
        assert!(!shown.contains("canary-5f0e"), "{line}: {shown}");
    }
    post.world.ok("tellify user remove alice --end").await;
    post.world.daemon.pipeline.settled().await;
    post.world.ok("tellify plugin remove courier").await;
    let folder = post.world.stop_and_keep().await;
    let mut files = vec![folder.path().to_owned()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(11).any(|part| part == b"canary-5f0e"), "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_call_and_its_record_sends_the_same_once_more_and_no_more() {
    let post = Post::new("").await;
    let gate = Gate::closed();
    post.sink.script(Receive::WaitAt(gate.clone()));
    post.disk("/", 95).await;
    post.world.daemon.pipeline.settled().await;
    post.world.clock.advance_to(START.plus_s(WAIT));
    post.sink.received(1).await;
    let post = post.crash().await;
    gate.open();
    post.until(3600).await;
    let posted = post.posted();
    assert_eq!(posted.len(), 2);
    assert_eq!((&posted[0]["id"], &posted[0]["ascii"]), (&posted[1]["id"], &posted[1]["ascii"]));
    // Nobody had heard of the first one.
    assert_eq!(posted[1]["attempt"], 1);
    assert_eq!(post.attempts("push").await, [["delivered"]]);
    post.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_hangs_holds_up_neither_mails_nor_handlers_nor_more_than_its_rooms() {
    let post = Post::without_address("").await;
    let names: Vec<String> = (0..6).map(|n| format!("push{n}")).collect();
    for name in &names {
        post.add(name, json!({"url": post.url()})).await;
    }
    let channels: String = names.iter().map(|name| format!(" --channel {name}")).collect();
    let style =
        format!("tellify style add --user alice --name crowd --wait {WAIT}s{channels} --channel mail");
    post.world.ok(&style).await;
    let add =
        "tellify subscription add --user alice --name crowd --handler match --style crowd --filter type:disk";
    post.world.ok(add).await;
    post.disk("/", 95).await;
    post.world.daemon.pipeline.settled().await;
    let gate = Gate::closed();
    (0..4).for_each(|_| post.sink.script(Receive::WaitAt(gate.clone())));
    post.world.clock.advance_to(START.plus_s(WAIT));
    post.sink.received(4).await;
    assert_eq!(post.world.mail.received(1).await.len(), 1, "the mail goes out meanwhile");
    assert_eq!(post.posted().len(), 4, "the others wait until somebody leaves");
    gate.open();
    post.world.daemon.pipeline.settled().await;
    let mut ids: Vec<String> = post.posted().iter().map(|message| message["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), post.posted().len()), (6, 6), "each got its own, once");
    post.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_stays_with_the_version_that_took_it_until_it_is_saved_anew() {
    let post = Post::new("").await;
    post.add("both", json!({"url": post.url(), "room": 1})).await;
    post.tell("both").await;
    let two = post.component("2", "room", "post", "");
    let output = post.world.run(&format!("tellify plugin install {} --replace -o json", two.display())).await;
    assert_eq!(output.status.code(), Some(1));
    let unfit: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(unfit.as_array().unwrap().len(), 1, "{unfit}");
    let found = (&unfit[0]["what"], &unfit[0]["owner"], &unfit[0]["name"]);
    assert_eq!(found, (&json!("address"), &json!("alice"), &json!("push")));
    assert!(unfit[0]["problem"].as_str().unwrap().contains("\"room\" is a required property"), "{unfit}");

    post.install("2", "room", "post", "", "--replace --side-by-side").await;
    let versions = |post: &Post| {
        let mut versions: Vec<String> =
            post.posted().iter().map(|message| message["version"].as_str().unwrap().to_owned()).collect();
        versions.sort();
        versions
    };
    let post = post.crash().await;
    post.disk("/", 95).await;
    post.until(WAIT).await;
    assert_eq!(versions(&post), ["1", "2"]);
    let plugin = post.json("plugin show courier").await;
    assert_eq!((&plugin["kept"][0]["version"], &plugin["kept"][0]["used_by"]), (&json!("1"), &json!(1)));

    let refused = post.refused("address edit --user alice push --config '{\"url\":\"x\"}'").await;
    assert!(refused.contains("\"room\" is a required property"), "{refused}");
    let config = json!({"url": post.url(), "room": 2});
    post.world.ok(&format!("tellify address edit --user alice push --config '{config}'")).await;
    post.disk("/", 50).await;
    post.until(3 * WAIT).await;
    assert_eq!(versions(&post), ["1", "2", "2", "2"]);

    let said = post.refused("plugin remove courier").await;
    assert!(said.contains("used by address `both` of `alice`, address `push` of `alice`"), "{said}");
    post.world.ok("tellify plugin rollback courier").await;
    post.disk("/", 95).await;
    post.until(5 * WAIT).await;
    assert_eq!(versions(&post), ["1", "1", "1", "2", "2", "2"]);
    let told = post.list("event list type:tellify.plugin.rolled-back").await;
    assert_eq!(told.len(), 2, "alice, and everybody since nobody is an administrator: {told:?}");
    post.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_keeps_breaking_off_in_its_first_hour_goes_back_by_itself() {
    for (minutes, back) in [(59, true), (61, false)] {
        let post = Post::new("").await;
        post.world.clock.advance_to(START.plus_s(60));
        post.install("2", "url", "break", "", "--replace").await;
        post.until(60 * minutes).await;
        post.disk("/", 95).await;
        post.until(60 * minutes + WAIT + 6).await;
        // What was counted by then counts after a crash.
        let post = post.crash().await;
        post.until(60 * minutes + 900).await;
        let told = post.list("event list type:tellify.plugin.rolled-back").await.len();
        let serving = post.json("plugin show courier").await["version"].clone();
        // It is told once the version before serves: the digest waited.
        let posts = post.posted().len();
        let expected = if back { (2, json!("1"), 1) } else { (0, json!("2"), 0) };
        assert_eq!((told, serving, posts), expected, "after {minutes} minutes");
        post.world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bundled_channel_sends_as_ntfy_takes_it() {
    let post = Post::without_address("").await;
    let server = post.url().trim_end_matches("/hook").to_owned();
    let (own, shared) = (
        json!({"topic": "alice-7f3a", "server": server, "token": "tk_own_5f0e"}),
        json!({"topic": "alice-7f3a", "server": server, "shared_token": true}),
    );
    let add = "tellify address add --user alice --channel ntfy --name";
    post.world.ok(&format!("{add} push --config '{own}'")).await;
    post.tell("push").await;
    // It comes with the daemon, and without any grant.
    let denied = post.world.run("tellify address test --user alice push").await;
    assert!(String::from_utf8_lossy(&denied.stdout).contains("is not granted to this plugin"), "{denied:?}");
    assert_eq!(post.json("plugin show ntfy").await["bundled"], true);
    post.world.ok(&format!("tellify plugin grant ntfy --http '{server}/' --secret ntfy-token")).await;

    let taken = r#"{"id":"xE73Iyuabi","time":1795168810,"event":"message","topic":"alice-7f3a"}"#;
    post.answers(&[(200, taken), (200, taken)]);
    post.disk("/", 95).await;
    post.until(WAIT).await;
    let sent = post.sink.posts().pop().unwrap();
    assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/"));
    assert_eq!(sent.header("authorization"), Some("Bearer tk_own_5f0e"));
    let note: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!((&note["topic"], &note["priority"]), (&json!("alice-7f3a"), &json!(4)));
    assert_eq!(note["tags"], json!(["rotating_light"]));
    assert!(note["click"].as_str().unwrap().contains("/api/v1/alerts/"), "{note}");
    assert!(note["title"].as_str().is_some_and(|title| title.starts_with("[tellify]")), "{note}");
    assert!(note["message"].as_str().is_some_and(|text| text.contains("/ is at 95")), "{note}");
    let digests = post.list("inbox list --user alice --address push").await;
    let shown = post.json(&format!("inbox show {}", digests[0]["id"].as_str().unwrap())).await;
    assert_eq!(shown["attempts"][0]["detail"], "xE73Iyuabi");
    assert_eq!(post.json("address show --user alice push").await["config"]["token"], "[omitted]");

    set(&post, "ntfy-token", "tk_shared_5f0e").await;
    post.world.ok(&format!("{add} all --config '{shared}'")).await;
    let tested = post.json("address test --user alice all").await;
    assert_eq!(tested["detail"], "xE73Iyuabi");
    let sent = post.sink.posts().pop().unwrap();
    assert_eq!(sent.header("authorization"), Some("Bearer tk_shared_5f0e"));
    post.answers(&[(403, r#"{"code":40301,"http":403,"error":"forbidden tk_shared_5f0e"}"#)]);
    let refused = post.world.run("tellify address test --user alice all").await;
    let out = String::from_utf8_lossy(&refused.stdout);
    assert!(out.contains("forbidden [secret]"), "{out}");
    post.world.stop().await;
}

async fn set(post: &Post, name: &str, value: &str) {
    let mut command = post.world.command(&format!("tellify secret set {name}"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).await.unwrap();
    assert!(child.wait().await.unwrap().success());
}
