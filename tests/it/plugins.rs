//! Plugins come, change and go; administrators grant and members install.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;

use event::{Expect, Record, Subscription, Timestamp};
use journal::{Journal, Options, Stores};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{HttpSink, ManualClock, changeling, guest, guest_with, guest_without_manifest};
use tokio::io::AsyncWriteExt;

use crate::world::World;

const START: Timestamp = Timestamp(1_795_176_000_000);

/// Alice and bob, and a folder for components.
struct House {
    world: World,
    folder: TempDir,
}

impl House {
    async fn new() -> House {
        House::with(&[]).await
    }

    async fn with(variables: &[(&str, &str)]) -> House {
        let world = World::start_with(START, variables).await;
        for user in ["alice", "bob"] {
            world.ok(&format!("tellify user add {user}")).await;
            world
                .ok(&format!(
                    "tellify style add --user {user} --name soon --default --channel inbox --wait 1s"
                ))
                .await;
        }
        House { world, folder: tempfile::tempdir().unwrap() }
    }

    /// Writes a component down, to be installed.
    fn file(&self, name: &str, component: &[u8]) -> PathBuf {
        let path = self.folder.path().join(format!("{name}.wasm"));
        fs::write(&path, component).unwrap();
        path
    }

    /// A version of the handler `watcher`.
    fn watcher(&self, version: &str, wants: &str, does: &str) -> String {
        let component = changeling("watcher", version, wants, does);
        self.file(&format!("watcher-{version}"), &component).display().to_string()
    }

    /// A token with which somebody acts for themselves.
    async fn token(&self, user: &str) -> String {
        let line = format!("tellify token create --name {user} --user {user} --scope admin -o json");
        let token: Value = serde_json::from_str(&self.world.ok(&line).await).unwrap();
        let file = self.folder.path().join(format!("{user}.token"));
        fs::write(&file, token["token"].as_str().unwrap()).unwrap();
        format!("--token-file {}", file.display())
    }

    async fn subscribe(&self, user: &str, config: Value) {
        let line = format!(
            "tellify subscription add --user {user} --name watch --handler watcher --filter type:order --config '{config}'"
        );
        self.world.ok(&line).await;
    }

    async fn order(&self) {
        self.world.ok("tellify event send --type order go").await;
        self.world.daemon.pipeline.settled().await;
    }

    async fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.world.ok(&format!("{line} -o json")).await).unwrap()
    }

    async fn plugin(&self, name: &str) -> Value {
        self.json(&format!("tellify plugin show {name}")).await
    }

    /// What the handler told somebody, in order.
    async fn told(&self, user: &str) -> Vec<String> {
        let alerts = self.json(&format!("tellify alert list --user {user} --state all --all")).await;
        let mine = alerts.as_array().unwrap().iter().filter(|alert| alert["handler"] == "watcher");
        let mut titles: Vec<String> = mine.map(|alert| alert["title"].as_str().unwrap().to_owned()).collect();
        titles.reverse();
        titles
    }

    async fn events(&self, filter: &str) -> Vec<Value> {
        self.json(&format!("tellify event list '{filter}' --all")).await.as_array().unwrap().clone()
    }

    async fn restart(self) -> House {
        House { world: self.world.restart().await, folder: self.folder }
    }

    async fn crash(self) -> House {
        House { world: self.world.crash().await, folder: self.folder }
    }

    /// What came of the lines that the plugin at the door `feed` was told to try.
    async fn knock(&self, body: &str) -> Vec<String> {
        let before = self.events("type:tried").await.len();
        let file = self.folder.path().join("body");
        fs::write(&file, body).unwrap();
        let sent = tokio::process::Command::new("curl")
            .args(["-sS", "--fail", "-o", "/dev/null", "--data-binary"])
            .arg(format!("@{}", file.display()))
            .arg(format!("{}/in/feed", self.world.url()))
            .status();
        assert!(sent.await.unwrap().success());
        let mut tried = self.events("type:tried").await;
        tried.truncate(tried.len() - before);
        tried.sort_by_key(|event| event["seq"].as_u64());
        tried.into_iter().map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    }

    async fn refused(&self, line: &str, code: i32) -> String {
        let output = self.world.run(line).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        said
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_version_does_not_take_is_listed_and_stays_with_the_one_before() {
    let house = House::new().await;
    let (one, two) = (house.watcher("1", "a", "tell"), house.watcher("2", "b", "tell"));
    house.world.ok(&format!("tellify plugin install {one}")).await;
    house.subscribe("alice", json!({"a": 1})).await;
    house.subscribe("bob", json!({"a": 1, "b": 2})).await;
    house.order().await;

    let output = house.world.run(&format!("tellify plugin install {two} --replace -o json")).await;
    assert_eq!(output.status.code(), Some(1));
    let unfit: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(unfit.as_array().unwrap().len(), 1, "{unfit}");
    assert_eq!((&unfit[0]["what"], &unfit[0]["owner"]), (&json!("subscription"), &json!("alice")));
    assert!(unfit[0]["problem"].as_str().unwrap().contains("\"b\" is a required property"), "{unfit}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--side-by-side"), "{output:?}");
    let plan = house.json(&format!("tellify plugin install {two} --replace --dry-run")).await;
    assert_eq!((&plan["replaces"], &plan["waits"]), (&json!("1"), &json!(false)));
    assert_eq!(house.plugin("watcher").await["version"], "1");

    house.world.ok(&format!("tellify plugin install {two} --replace --side-by-side")).await;
    house.order().await;
    // Beside each other also after a stop and a crash, each with what it kept.
    let house = house.restart().await.crash().await;
    house.order().await;
    let of = |version: &str, call: u32| format!("version {version} at call {call}");
    assert_eq!(house.told("alice").await, [of("1", 1), of("1", 2), of("1", 3)]);
    assert_eq!(house.told("bob").await, [of("1", 1), of("2", 2), of("2", 3)]);
    let kept = &house.plugin("watcher").await["kept"];
    assert_eq!((&kept[0]["version"], &kept[0]["used_by"]), (&json!("1"), &json!(1)));

    // What is not touched stays, and what is saved anew moves.
    house.world.ok("tellify subscription edit --user alice watch --filter 'type:order NOT tag:x'").await;
    house.order().await;
    let refused = house.refused("tellify subscription edit --user alice watch --config '{\"a\":2}'", 1).await;
    assert!(refused.contains("\"b\" is a required property"), "{refused}");
    house.world.ok("tellify subscription edit --user alice watch --config '{\"b\":2}'").await;
    house.order().await;
    assert_eq!(house.told("alice").await[3..], [of("1", 4), of("2", 5)]);
    assert_eq!(house.plugin("watcher").await["kept"][0]["used_by"], 0);
    house.world.stop().await;
}

/// More than one group of the journal holds.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_large_moves_in_several_groups() {
    let house = House::new().await;
    let (one, two) = (house.watcher("1", "a", "tell"), house.watcher("2", "a", "tell"));
    house.world.ok(&format!("tellify plugin install {one}")).await;
    let config = house.folder.path().join("config.json");
    fs::write(&config, json!({"a": 1, "pad": "x".repeat(1_000_000)}).to_string()).unwrap();
    for n in 0..18 {
        let add = format!(
            "tellify subscription add --user alice --name w{n} --handler watcher --filter type:order"
        );
        house.world.ok(&format!("{add} --config @{}", config.display())).await;
    }
    house.world.ok(&format!("tellify plugin install {two} --replace")).await;
    let kept = &house.plugin("watcher").await["kept"];
    assert_eq!((&kept[0]["version"], &kept[0]["used_by"]), (&json!("1"), &json!(0)));
    let house = house.crash().await;
    house.order().await;
    assert_eq!(house.told("alice").await, vec!["version 2 at call 1"; 18]);
    house.world.stop().await;
}

/// As when the daemon was stopped while things moved.
#[tokio::test(flavor = "multi_thread")]
async fn what_stayed_behind_moves_when_the_same_version_is_installed_once_more() {
    let house = House::new().await;
    let (one, two) = (house.watcher("1", "a", "tell"), house.watcher("2", "a", "tell"));
    house.world.ok(&format!("tellify plugin install {one}")).await;
    house.subscribe("alice", json!({"a": 1})).await;
    house.world.ok(&format!("tellify plugin install {two} --replace")).await;
    let old = house.plugin("watcher").await["kept"][0]["sha256"].as_str().unwrap().to_owned();

    let House { world, folder } = house;
    let data = world.stop_and_keep().await;
    put_back(&data.path().join("journal"), &old).await;
    let house = House { world: World::start_on(data, START).await, folder };
    assert_eq!(house.plugin("watcher").await["kept"][0]["used_by"], 1);
    house.world.ok(&format!("tellify plugin install {two}")).await;
    assert_eq!(house.plugin("watcher").await["kept"][0]["used_by"], 0);
    house.order().await;
    assert_eq!(house.told("alice").await, ["version 2 at call 1"]);
    house.world.stop().await;
}

/// Saves the one subscription of `watcher` with this version of it.
async fn put_back(journal: &Path, sha256: &str) {
    let stores = Stores::on_disk(journal).unwrap();
    let journal = Journal::open(Options::default(), Arc::new(ManualClock::at(START)), stores).unwrap();
    let mut saved = journal.view().unwrap().subscriptions().unwrap();
    saved.retain(|subscription| subscription.handler.as_str() == "watcher");
    let subscription = saved.pop().unwrap();
    let value = Subscription {
        handler_sha256: Some(sha256.to_owned()),
        revision: subscription.revision + 1,
        ..subscription
    };
    let record = Record::Subscription { expect: Expect::Present, value };
    journal.submit(record.into()).await.unwrap();
    journal.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_goes_back_to_the_version_before() {
    let house = House::new().await;
    house.world.ok(&format!("tellify plugin install {}", house.watcher("1", "a", "tell"))).await;
    let said = house.refused("tellify plugin rollback watcher", 1).await;
    assert!(said.contains("no version of `watcher` before 1 to go back to"), "{said}");
    house.subscribe("alice", json!({"a": 1})).await;
    house.subscribe("bob", json!({"a": 1, "b": 1})).await;
    house.world.clock.advance_to(START.plus_s(60));
    house.world.ok(&format!("tellify plugin install {} --replace", house.watcher("2", "a", "tell"))).await;
    house.order().await;
    // What only the newer one takes goes on with it.
    house.world.clock.advance_to(START.plus_s(120));
    house
        .world
        .ok(&format!("tellify plugin install {} --replace --side-by-side", house.watcher("3", "b", "tell")))
        .await;
    house.world.ok("tellify subscription edit --user bob watch --config '{\"b\":1}'").await;
    let house = house.restart().await;
    house.world.ok("tellify plugin rollback watcher").await;
    house.order().await;
    assert_eq!(house.plugin("watcher").await["version"], "2");
    assert_eq!(house.told("alice").await, ["version 2 at call 1", "version 2 at call 2"]);
    assert_eq!(house.told("bob").await, ["version 2 at call 1", "version 3 at call 2"]);
    let told = house.events("type:tellify.plugin.rolled-back").await;
    assert_eq!(told.len(), 3, "alice, bob, and everybody since nobody is an administrator: {told:?}");
    assert!(told[0]["text"].as_str().unwrap().contains("from version 3 to 2"), "{told:?}");
    house.refused("tellify plugin rollback watcher", 1).await;
    house.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_keeps_breaking_off_in_its_first_hour_goes_back_by_itself() {
    for (does, minutes, back) in [("break", 59, true), ("break", 61, false), ("fail", 1, false)] {
        let house = House::new().await;
        house.world.ok(&format!("tellify plugin install {}", house.watcher("1", "a", "tell"))).await;
        house.subscribe("alice", json!({"a": 1})).await;
        house.world.clock.advance_to(START.plus_s(60));
        house.world.ok(&format!("tellify plugin install {} --replace", house.watcher("2", "a", does))).await;
        house.world.until(START.plus_s(60 * minutes)).await;
        house.order().await;
        house.world.until(START.plus_s(60 * minutes + 2)).await;
        // What was counted by then counts after a crash.
        let house = house.crash().await;
        house.world.until(START.plus_s(60 * minutes + 60)).await;
        let told = house.events("type:tellify.plugin.rolled-back").await;
        let serving = house.plugin("watcher").await["version"].clone();
        let expected = if back { (2, json!("1"), 1) } else { (0, json!("2"), 0) };
        let calls = house.told("alice").await.len();
        assert_eq!((told.len(), serving, calls), expected, "{does} after {minutes} minutes");
        house.world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_installs_is_theirs_until_it_is_shared() {
    let house = House::new().await;
    let (alice, bob) = (house.token("alice").await, house.token("bob").await);
    let one = house.watcher("1", "a", "tell");
    house.world.ok(&format!("tellify plugin install {one} {alice}")).await;
    let line = "tellify subscription add --name watch --handler watcher --config '{\"a\":1}'";
    house.world.ok(&format!("{line} {alice}")).await;

    // To bob it does not exist, but for its name.
    let said = house.refused(&format!("tellify plugin show watcher {bob}"), 3).await;
    assert!(said.contains("there is no plugin `watcher`"), "{said}");
    assert!(!house.world.ok(&format!("tellify plugin list {bob}")).await.contains("watcher"));
    let said = house.refused(&format!("{line} {bob}"), 1).await;
    assert!(said.contains("there is no handler `watcher`"), "{said}");
    let two = house.watcher("2", "a", "tell");
    let said = house.refused(&format!("tellify plugin install {two} --replace {bob}"), 1).await;
    assert!(said.contains("the name `watcher` is taken"), "{said}");
    house.refused(&format!("tellify plugin remove watcher {bob}"), 3).await;
    house.refused(&format!("tellify plugin share watcher {alice}"), 4).await;

    house.world.ok("tellify plugin share watcher").await;
    house.world.ok(&format!("{line} {bob}")).await;
    let said = house.refused("tellify plugin share watcher --undo", 1).await;
    assert!(said.contains("used by subscription `watch` of `bob`"), "{said}");
    // What others use is no longer alice's alone to change.
    let waits = house.json(&format!("tellify plugin install {two} --replace {alice}")).await;
    assert_eq!((&waits["version"], &waits["waiting"]["version"]), (&json!("1"), &json!("2")));
    house.world.ok("tellify plugin consent watcher").await;
    let plugin = house.plugin("watcher").await;
    assert_eq!((&plugin["version"], &plugin["installed_by"]), (&json!("2"), &json!("alice")));
    house.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_install_handlers_within_their_quotas_unless_policy_forbids() {
    let size = changeling("small", "1", "a", "tell").len();
    let bytes = (size * 5 / 2).to_string();
    let quotas = [("TELLIFY_PLUGINS_MEMBER_PLUGINS", "2"), ("TELLIFY_PLUGINS_MEMBER_BYTES", bytes.as_str())];
    let mut house = House::with(&quotas).await;
    let alice = house.token("alice").await;
    let install = |house: &House, name: &str, version: &str| {
        let file = house.file(name, &changeling(name, version, "a", "tell"));
        format!("tellify plugin install {} --replace {alice}", file.display())
    };
    house.world.ok(&install(&house, "first", "1")).await;
    house.world.ok(&install(&house, "second", "1")).await;
    let said = house.refused(&install(&house, "third", "1"), 4).await;
    assert!(said.contains("You have 2 plugins, and may have 2"), "{said}");
    let said = house.refused(&install(&house, "first", "2"), 4).await;
    assert!(said.contains("plugins.member_bytes"), "{said}");
    let feed = house.file("feed", &guest("feed"));
    let said = house.refused(&format!("tellify plugin install {} {alice}", feed.display()), 4).await;
    assert!(said.contains("the kind ingest is for an administrator"), "{said}");

    house.world.reload(&[("TELLIFY_PLUGINS_MEMBERS_MAY_INSTALL", "false")]);
    house.world.ok(&format!("tellify plugin remove first {alice}")).await;
    let said = house.refused(&install(&house, "third", "1"), 4).await;
    assert!(said.contains("plugins.members_may_install"), "{said}");
    house.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_plugin_asks_for_is_granted_and_an_upgrade_that_asks_for_more_waits() {
    let house = House::new().await;
    let asking = |http: &str| {
        let capabilities = format!("[capabilities]\nhttp = [{http}]\nsecrets = [\"feed-token\"]\n");
        guest_with(
            "feed",
            &format!("[plugin]\nname = \"feed\"\nversion = \"1\"\nworld = \"ingest\"\n{capabilities}"),
        )
    };
    let one = house.file("one", &asking("\"https://a.example/*\""));
    let output = house.world.run(&format!("tellify plugin install {}", one.display())).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("tellify plugin grant feed --http 'https://a.example/*' --secret 'feed-token'"),
        "{said}"
    );
    assert_eq!(house.plugin("feed").await["granted"]["http"], json!([]));

    for wrong in ["--http 'https://*/*'", "--http https://b.example/", "--secret other", "--source db"] {
        let said = house.refused(&format!("tellify plugin grant feed {wrong}"), 1).await;
        assert!(said.contains("does not ask for") || said.contains("there is no source"), "{said}");
    }
    house.world.ok("tellify plugin grant feed --http 'https://a.example/x/*'").await;
    let plugin = house.plugin("feed").await;
    assert_eq!(plugin["granted"]["http"], json!(["https://a.example/x/*"]));
    assert_eq!(plugin["missing"], json!({"http": [], "secrets": ["feed-token"], "sources": []}));

    let two = house.file("two", &asking("\"https://a.example/*\", \"https://b.example/*\""));
    house.world.ok(&format!("tellify plugin install {} --replace", two.display())).await;
    let house = house.restart().await;
    let waits = house.plugin("feed").await;
    assert_eq!(waits["waiting"]["more"]["http"], json!(["https://b.example/*"]));
    assert_ne!(waits["waiting"]["sha256"], waits["sha256"]);
    assert_eq!(house.events("type:tellify.plugin.waiting").await.len(), 1);
    house.world.ok("tellify plugin decline feed").await;
    assert_eq!(house.plugin("feed").await["waiting"], Value::Null);
    house.world.ok(&format!("tellify plugin install {} --replace", two.display())).await;
    house.world.ok("tellify plugin consent feed").await;
    let plugin = house.plugin("feed").await;
    assert_eq!(plugin["sha256"], waits["waiting"]["sha256"]);
    assert_eq!(plugin["granted"]["http"], json!(["https://a.example/x/*", "https://b.example/*"]));

    house.world.ok("tellify plugin revoke feed --http 'https://a.example/*'").await;
    assert_eq!(house.plugin("feed").await["granted"]["http"], json!(["https://b.example/*"]));
    house.world.ok("tellify plugin grant feed --all").await;
    assert_eq!(house.plugin("feed").await["missing"], json!({"http": [], "secrets": [], "sources": []}));
    house.world.ok("tellify plugin revoke feed --all").await;
    assert_eq!(house.plugin("feed").await["granted"], json!({"http": [], "secrets": [], "sources": []}));
    house.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_lies_is_refused_with_a_sentence() {
    let house = House::new().await;
    let lying = |name: &str, version: &str, world: &str| {
        let manifest = format!("[plugin]\nname = \"{name}\"\nversion = \"{version}\"\nworld = \"{world}\"\n");
        guest_with("feed", &manifest)
    };
    let cases: [(&[u8], &str); 4] = [
        (
            &lying("food", "1", "ingest"),
            "its manifest says the name `food`, and the component itself says `feed`",
        ),
        (&lying("feed", "2", "ingest"), "says the version `2`"),
        (&lying("feed", "1", "channel"), "says the world `channel`"),
        (&lying("../../x", "1", "ingest"), "`../../x` is no name"),
    ];
    for (component, expected) in cases {
        let file = house.file("lying", component);
        let said = house.refused(&format!("tellify plugin install {}", file.display()), 1).await;
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!house.world.ok("tellify plugin list").await.contains("feed"));
    // One that says nothing asks for nothing.
    let file = house.file("silent", &guest_without_manifest("feed"));
    house.world.ok(&format!("tellify plugin install {} --grant-all", file.display())).await;
    assert_eq!(house.plugin("feed").await["wants"], json!({"http": [], "secrets": [], "sources": []}));
    house.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_reaches_what_it_is_granted_and_its_author_reads_what_it_is_not() {
    let sink = HttpSink::start(None).await.unwrap();
    let port = sink.url().rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let manifest = format!(
        "[plugin]\nname = \"feed\"\nversion = \"1\"\nworld = \"ingest\"\n[capabilities]\n\
         http = [\"http://127.0.0.1:{port}/x/*\", \"http://127.0.0.1:{port}/y/*\"]\nsecrets = [\"feed-token\"]\n"
    );
    let house = House::new().await;
    let feed = house.file("feed", &guest_with("feed", &manifest));
    house.world.ok(&format!("tellify plugin install {}", feed.display())).await;
    house.world.ok("tellify door add feed --plugin feed --no-token").await;
    let body = format!(
        "http http://127.0.0.1:{port}/x/a\nhttp http://127.0.0.1:{port}/y/a\nsecret feed-token\nverify feed-token {CANARY}"
    );

    // Nothing is granted yet.
    let tried = house.knock(&body).await;
    assert!(tried.iter().all(|text| text.contains("is not granted to this plugin")), "{tried:?}");
    assert!(tried[0].contains("tellify plugin grant feed --http"), "{tried:?}");

    house
        .world
        .ok(&format!("tellify plugin grant feed --http http://127.0.0.1:{port}/x/a --secret feed-token"))
        .await;
    let tried = house.knock(&body).await;
    assert_eq!(tried[0], "status 204");
    assert!(tried[1].contains("is not granted to this plugin"), "{tried:?}");
    assert!(tried[2].contains("tellify secret set feed-token"), "{tried:?}");

    assert!(set(&house, "feed-token", CANARY).await.status.success());
    let house = house.restart().await;
    let tried = house.knock(&body).await;
    assert_eq!(tried[2..], [format!("{} bytes", CANARY.len()), "Ok(true)".to_owned()]);

    house.world.ok("tellify plugin revoke feed --all").await;
    let tried = house.knock(&body).await;
    assert!(tried.iter().all(|text| text.contains("is not granted to this plugin")), "{tried:?}");
    assert_eq!(sink.posts().len(), 2);
    house.world.stop().await;
}

const CANARY: &str = "canary-5f0e4f8c2b1d";

async fn set(house: &House, name: &str, value: &str) -> Output {
    let mut command = house.world.command(&format!("tellify secret set {name} -o json"));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_to_nobody_and_goes_with_its_key() {
    let house = House::new().await;
    let output = set(&house, "feed-token", &format!("{CANARY}\n")).await;
    assert!(output.status.success(), "{output:?}");
    let mut shown =
        vec![String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap()];
    assert_eq!(set(&house, "other", "").await.status.code(), Some(2));

    let feed = house.file("feed", &guest("feed"));
    house.world.ok(&format!("tellify plugin install {} --grant-all", feed.display())).await;
    shown.push(house.world.ok("tellify secret list").await);
    assert!(shown[2].contains("feed-token") && shown[2].contains("feed"), "{}", shown[2]);
    shown.push(house.world.ok("tellify plugin show feed -o json").await);
    shown.push(house.world.ok("tellify event list --all -o json").await);
    let backup = house.folder.path().join("saved.tar");
    house.world.ok(&format!("tellify backup {}", backup.display())).await;
    assert!(!shown.iter().any(|text| text.contains(CANARY)), "{shown:?}");

    let keys = fs::read_dir(house.world.folder().join("keys")).unwrap().count();
    let house = house.restart().await;
    assert_eq!(house.json("tellify secret list").await[0].get("unreadable"), None);
    house.world.ok("tellify secret remove feed-token").await;
    house.world.daemon.pipeline.settled().await;
    assert_eq!(fs::read_dir(house.world.folder().join("keys")).unwrap().count(), keys - 1);
    assert_eq!(house.json("tellify secret list").await, json!([]));
    let kinds = house.events("type:tellify.secret.*").await;
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    let said = house.refused("tellify secret remove feed-token", 3).await;
    assert!(said.contains("there is no secret `feed-token`"), "{said}");

    let folder = house.world.stop_and_keep().await;
    assert_eq!(holding(folder.path()), [] as [PathBuf; 0]);
    assert!(!contains(&backup), "the backup holds the secret");
}

/// The files below a folder that hold the canary.
fn holding(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() { holding(&path) } else { Vec::from_iter(contains(&path).then_some(path)) }
        })
        .collect()
}

fn contains(file: &Path) -> bool {
    fs::read(file).unwrap().windows(CANARY.len()).any(|bytes| bytes == CANARY.as_bytes())
}
