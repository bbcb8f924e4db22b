//! What must be forgettable, and people who go: seen from outside, and on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use event::{Draft, Expect, Forgettable, Name, Record, Timestamp};
use serde_json::{Value, json};
use testkit::{Act, Step};

use crate::world::World;

const START: Timestamp = Timestamp(1_795_176_000_000);
const MAILBOX: &str = "alice.adams@secret.example.org";
const PHONE: &str = "4915550123@sms.example.org";

/// Alice and Bob; Alice hears of failed builds by mail and on her phone.
async fn world() -> World {
    told_at("--channel mail --channel phone --channel inbox").await
}

/// The same, but Alice hears of them in these places.
async fn told_at(channels: &str) -> World {
    let world = World::start(START).await;
    world.ok(&format!("tellify user add alice --email {MAILBOX} --display-name 'Alice Adams'")).await;
    world.ok("tellify user add bob --email bob@example.org").await;
    world
        .ok(&format!("tellify address add --user alice --name phone --channel mail --to {PHONE} --form line"))
        .await;
    world.ok(&format!("tellify style add --user alice --name soon --default {channels} --wait 1m")).await;
    world
        .ok("tellify subscription add --user alice --name builds --handler match --filter type:build \
             --config '{\"key\":\"block\",\"resolve\":{\"field\":\"status\",\"equals\":\"good\"},\"severity\":\"error\"}'")
        .await;
    world
}

async fn build(world: &World, block: &str, status: &str) {
    let event =
        json!({"type": "build", "block": block, "status": status, "text": format!("{block} is {status}")});
    world.ok(&format!("tellify event send --json '{event}'")).await;
    world.daemon.pipeline.settled().await;
}

async fn list(world: &World, line: &str) -> Vec<Value> {
    serde_json::from_str(&world.ok(&format!("tellify {line} -o json")).await).unwrap()
}

/// To whom letters went, in the order of the alphabet.
fn recipients(world: &World) -> Vec<String> {
    let mut all: Vec<String> = world.letters().into_iter().flat_map(|letter| letter.to).collect();
    all.sort();
    all
}

fn keys(world: &World) -> Vec<PathBuf> {
    let mut keys: Vec<_> =
        fs::read_dir(world.folder().join("keys")).unwrap().map(|entry| entry.unwrap().path()).collect();
    keys.sort();
    keys
}

/// The key file that came with what this does.
async fn key_of_new(world: &World, line: &str) -> PathBuf {
    let before = keys(world);
    world.ok(line).await;
    let mut new = keys(world);
    new.retain(|key| !before.contains(key));
    assert_eq!(new.len(), 1, "{line}: {new:?}");
    new.remove(0)
}

/// Whether a file holds this text; one that the daemon has removed meanwhile holds nothing.
fn holds(file: &Path, text: &str) -> bool {
    let contents = match fs::read(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read.unwrap(),
    };
    contents.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The files below a folder whose names begin so.
fn files(folder: &Path, start: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path(), start));
        } else if entry.file_name().to_str().unwrap().starts_with(start) {
            found.push(entry.path());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_must_be_forgettable_lies_in_the_journal() {
    let world = told_at("--channel mail --channel inbox").await;
    // A server that repeats whom it refuses, for good.
    let said = format!("550 5.1.1 <{}>, known as {MAILBOX}: unknown", MAILBOX.to_uppercase());
    world.mail.script(Step::RcptTo, Act::Reply(said));
    build(&world, "gc_t", "fail").await;
    world.until(START.plus_s(120)).await;

    let digest = list(&world, "inbox list --user alice").await.pop().unwrap();
    let digest: Value = serde_json::from_str(
        &world.ok(&format!("tellify inbox show {} -o json", digest["id"].as_str().unwrap())).await,
    )
    .unwrap();
    let rendered = digest["subject"].as_str().unwrap();
    assert!(rendered.starts_with("[tellify] ") && rendered.contains("gc_t is fail"), "{rendered}");
    let html = digest["forms"]["html"].as_str().unwrap().lines().next().unwrap();
    let secrets = [MAILBOX, PHONE, "Alice Adams", rendered, html];
    let failed = list(&world, "event list type:tellify.digest.undeliverable").await;
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0]["text"].as_str().unwrap().contains("[the address]"), "{}", failed[0]);

    let nothing_in = |world: &World| {
        let all = files(&world.folder().join("journal"), "");
        assert!(all.len() >= 3, "{all:?}");
        for (file, secret) in all.iter().flat_map(|file| secrets.map(|secret| (file, secret))) {
            let low = |text: &str| text.to_lowercase();
            for text in [secret, &low(secret), &secret.to_uppercase()] {
                assert!(!holds(file, text), "`{text}` stands in {}", file.display());
            }
        }
    };
    let some = |world: &World, start: &str, text: &str| {
        let found = files(&world.folder().join("journal"), start);
        found.iter().any(|file| holds(file, text))
    };
    nothing_in(&world);
    assert!(some(&world, "tail-", "gc_t is fail"), "the event itself can be found in the tail");
    let world = world.restart().await;
    nothing_in(&world);
    assert!(some(&world, "segment-", "gc_t is fail"), "and in the segment");
    assert!(some(&world, "state.redb", "type:build"), "and what is no secret in the state");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_sees_what_is_encrypted() {
    let world = world().await;
    let shown = world.ok("tellify user list").await;
    assert!(shown.contains(MAILBOX) && shown.contains("Alice Adams"), "{shown}");
    let token = world.ok("tellify token create --name laptop --user alice --scope read -o json").await;
    let token: Value = serde_json::from_str(&token).unwrap();
    let file = world.folder().join("laptop");
    fs::write(&file, token["token"].as_str().unwrap()).unwrap();
    let own = world.ok(&format!("tellify address list --user alice --token-file {}", file.display())).await;
    assert!(own.contains(MAILBOX) && own.contains(PHONE), "{own}");
    let other = world.run(&format!("tellify user show bob --token-file {}", file.display())).await;
    assert_eq!(other.status.code(), Some(4));

    world.ok("tellify user edit alice --email a@example.org --display-name '' --zone Europe/Berlin").await;
    let alice: Value = serde_json::from_str(&world.ok("tellify user show alice -o json").await).unwrap();
    assert_eq!((&alice["email"], &alice["zone"]), (&json!("a@example.org"), &json!("Europe/Berlin")));
    assert_eq!(alice["display_name"], Value::Null);
    let twice = world.run("tellify user add alice").await;
    assert_eq!(twice.status.code(), Some(1));
    let said = String::from_utf8(twice.stderr).unwrap();
    assert!(said.contains("there is a user `alice` already") && said.contains("tellify user list"), "{said}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_removed_without_a_decision() {
    let world = world().await;
    build(&world, "gc_t", "fail").await;
    let output = world.run("tellify user remove alice").await;
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r"
    tellify: say what becomes of it: --end, or --transfer-to OTHER
    This hangs on alice:
      subscriptions: builds (match, 1 alert fires), tellify (match)
      styles: default, soon
      addresses: phone
      alerts that wait to be told: 3
    Their key is destroyed, and nothing of theirs is sent again. Events in the realm ~alice stay stored, and only an administrator sees them.
    ");
    world.ok("tellify user show alice").await;
    for (line, says) in [
        ("tellify user remove alice --transfer-to alice", "name somebody else"),
        ("tellify user remove alice --transfer-to carol", "there is no user `carol`"),
    ] {
        let output = world.run(line).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(says), "{said}");
    }
    assert_eq!(world.run("tellify user remove nobody --end").await.status.code(), Some(3));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_removed_hears_nothing_more_and_their_namesake_finds_nothing() {
    let world = world().await;
    let key = keys(&world).len();
    world.ok("tellify token create --name own --user alice --scope read").await;
    world.ok("tellify token create --name spy --realm '~alice' --scope events:write --scope read").await;
    let loud =
        world.ok("tellify token create --name loud --realm '~alice' --scope events:write -o json").await;
    let loud: Value = serde_json::from_str(&loud).unwrap();
    let file = world.folder().join("loud");
    fs::write(&file, loud["token"].as_str().unwrap()).unwrap();
    world.ok(&format!("tellify event send --type diary dear --token-file {}", file.display())).await;
    // One digest is on its way and does not arrive, one alert waits to be sealed.
    for _ in 0..2 {
        world.mail.script(Step::RcptTo, Act::Reply("451 later".into()));
    }
    build(&world, "gc_t", "fail").await;
    world.until(START.plus_s(61)).await;
    build(&world, "route", "fail").await;

    world.ok("tellify user remove alice --end").await;
    world.daemon.pipeline.settled().await;
    assert_eq!(keys(&world).len(), key - 1, "alice's key is destroyed, bob's stays");
    world.until(START.plus_s(86_400)).await;
    assert_eq!(recipients(&world), [] as [&str; 0]);
    assert_eq!(list(&world, "token list").await, [] as [Value; 0]);
    assert_eq!(list(&world, "event list type:diary").await.len(), 1, "for the administrator");

    world.ok("tellify user add alice").await;
    let token = world.ok("tellify token create --name new --user alice --scope read -o json").await;
    let token: Value = serde_json::from_str(&token).unwrap();
    fs::write(&file, token["token"].as_str().unwrap()).unwrap();
    let hers = list(&world, &format!("event list type:diary --token-file {}", file.display())).await;
    assert_eq!(hers, [] as [Value; 0], "what was somebody else's of her name");
    assert_eq!(list(&world, "inbox list --user alice").await, [] as [Value; 0]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_transferred_goes_on_with_its_state_for_somebody_else() {
    let world = world().await;
    build(&world, "gc_t", "fail").await;
    build(&world, "route", "fail").await;
    world.until(START.plus_s(90)).await;
    assert_eq!(recipients(&world), [PHONE, MAILBOX]);

    let removed = world.ok("tellify user remove alice --transfer-to bob -o json").await;
    let removed: Value = serde_json::from_str(&removed).unwrap();
    assert_eq!(removed["ended"], json!(["tellify"]), "bob has the same: {removed}");
    assert_eq!(removed["transferred"][0]["name"], "builds");
    build(&world, "gc_t", "good").await;
    world.until(START.plus_s(300)).await;
    // What fires is news to bob; what came to its end before anybody told him is not.
    assert_eq!(recipients(&world), [PHONE, MAILBOX, "bob@example.org"]);
    let alerts = list(&world, "alert list --user bob").await;
    assert_eq!(alerts.iter().map(|alert| &alert["key"]).collect::<Vec<_>>(), ["route"]);
    build(&world, "route", "good").await;
    world.until(START.plus_s(600)).await;
    assert_eq!(recipients(&world), [PHONE, MAILBOX, "bob@example.org", "bob@example.org"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_outlives_its_person_is_destroyed_at_the_next_start() {
    let world = world().await;
    let key = key_of_new(&world, "tellify user add carol --email carol@example.org").await;
    let bytes = fs::read(&key).unwrap();
    world.ok("tellify user remove carol --end").await;
    world.daemon.pipeline.settled().await;
    assert!(!key.exists());
    // As if the daemon had died between the sync of the removal and the end of the key,
    // or somebody had restored it.
    fs::write(&key, bytes).unwrap();
    let others = keys(&world).len() - 1;
    let world = world.crash().await;
    world.daemon.pipeline.settled().await;
    assert!(!key.exists());
    assert_eq!(keys(&world).len(), others);
    world.ok("tellify user show alice").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_keys_people_exist_and_are_mended() {
    let world = world().await;
    build(&world, "gc_t", "fail").await;
    world.until(START.plus_s(90)).await;
    assert_eq!(recipients(&world), [PHONE, MAILBOX]);
    keys(&world).iter().for_each(|key| fs::remove_file(key).unwrap());

    let world = world.restart().await;
    let addresses = world.ok("tellify address list --user alice").await;
    assert_eq!(addresses.matches("(unreadable: key missing)").count(), 2, "{addresses}");
    assert!(world.ok("tellify user show alice").await.contains("(unreadable: key missing)"));
    assert!(world.ok("tellify inbox list --user alice").await.contains("(unreadable: key missing)"));
    build(&world, "route", "fail").await;
    world.until(START.plus_s(180)).await;
    assert_eq!(recipients(&world), [PHONE, MAILBOX], "nothing went to where nobody knows");
    let failed = list(&world, "event list type:tellify.digest.undeliverable").await;
    assert_eq!(failed.len(), 2);
    assert!(failed[0]["text"].as_str().unwrap().contains("the address is unreadable: key missing"));
    let inbox = list(&world, "inbox list --user alice").await;
    assert!(inbox[0]["subject"].as_str().unwrap().contains("route"), "a new key was made: {}", inbox[0]);

    world.ok(&format!("tellify user edit alice --email {MAILBOX}")).await;
    world
        .ok(&format!("tellify address add --user alice --name phone --channel mail --to {PHONE} --form line"))
        .await;
    build(&world, "place", "fail").await;
    world.until(START.plus_s(900)).await;
    let world = world.restart().await;
    let mended = recipients(&world);
    assert!(mended.len() > 2 && mended.iter().all(|to| to == PHONE || to == MAILBOX), "{mended:?}");
    assert!(world.ok("tellify address list --user alice").await.contains(PHONE));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_release_wrote_in_the_clear_is_encrypted_at_the_next_start() {
    let world = world().await;
    let carol = Name::new("carol").unwrap();
    let created = START.0;
    let records = [
        json!({"person": {"expect": "new", "value": {
            "name": "carol", "email": "carol@example.org", "zone": null, "role": "member", "created": created,
        }}}),
        json!({"address": {"expect": "new", "value": {
            "person": "carol", "name": "home", "channel": "mail", "to": "home@example.org", "form": "full",
            "created": created,
        }}}),
    ];
    let records = records.map(|record| serde_json::from_value::<Record>(record).unwrap()).to_vec();
    assert!(matches!(&records[0], Record::Person { expect: Expect::New, .. }));
    world.daemon.journal.submit(Draft { records }).await.unwrap();
    let is_clear = |world: &World| {
        let view = world.daemon.journal.view().unwrap();
        let person = view.person(&carol).unwrap().unwrap();
        let address = view.addresses(&carol).unwrap().remove(0);
        [person.email.as_ref().is_some_and(Forgettable::is_clear), address.whole.is_clear()]
    };
    assert_eq!(is_clear(&world), [true, true]);
    assert!(world.ok("tellify address list --user carol").await.contains("home@example.org"));

    let world = world.restart().await;
    assert_eq!(is_clear(&world), [false, false]);
    let shown = world.ok("tellify address list --user carol").await;
    assert!(shown.contains("home@example.org") && shown.contains("carol@example.org"), "{shown}");
    world.stop().await;
}
