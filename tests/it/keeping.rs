//! What is kept, for how long, and how it is saved: the commands of whoever looks after it.

use std::path::Path;
use std::process::Command;

use event::Timestamp;
use serde_json::{Value, json};

use crate::world::{World, binary};

const START: Timestamp = Timestamp(1_795_176_000_000);
const DAY_S: i64 = 24 * 3600;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_daemon_becomes_another_daemon() {
    let world = World::start(START).await;
    world.ok("tellify user add alice").await;
    send(&world, 20).await;
    let before = world.ok("tellify event list --all -o json").await;
    let saved = tempfile::tempdir().unwrap();
    let file = saved.path().join("saved.tar");

    let info = object(&world.ok(&format!("tellify backup {} -o json", file.display())).await);
    assert_eq!((&info["first"], &info["with_keys"]), (&json!(1), &json!(false)));
    assert_eq!(names(saved.path()), ["saved.tar"]);
    let listed = Command::new("tar").arg("-tf").arg(&file).output().unwrap().stdout;
    let listed = String::from_utf8(listed).unwrap();
    assert!(listed.starts_with("backup.json\n") && listed.ends_with("manifest.json\n"), "{listed}");
    assert!(listed.contains("plugins/"), "{listed}");
    send(&world, 1).await;

    let folder = tempfile::tempdir().unwrap();
    world.ok(&format!("tellify restore {} --data {}", file.display(), folder.path().display())).await;
    let verified = format!("tellify verify --data {} -o json", folder.path().display());
    assert_eq!(object(&world.ok(&verified).await)["last"], info["last"]);
    let restored = World::start_on(folder, START).await;
    assert_eq!(restored.ok("tellify event list --all -o json").await, before);
    assert!(restored.ok("tellify user list").await.contains("alice"));
    send(&restored, 1).await;
    restored.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_verified_and_backed_up_with_and_without_its_daemon() {
    let world = World::start(START).await;
    send(&world, 5).await;
    let beside = object(&world.ok("tellify verify -o json").await);
    assert_eq!((&beside["ok"], &beside["process"]), (&json!(true), &json!(std::process::id())));
    assert!(beside["notes"].to_string().contains("the daemon verified the state's values"), "{beside}");

    let saved = tempfile::tempdir().unwrap();
    let file = saved.path().join("saved.tar");
    let from_folder = format!("tellify backup {} --data {}", file.display(), world.data().display());
    let refused = world.run(&from_folder).await;
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("leave out --data to ask it"), "{said}");
    assert!(names(saved.path()).is_empty());

    let folder = world.stop_and_keep().await;
    let run = |arguments: &[&str]| {
        let output =
            Command::new(binary()).args(arguments).arg("--data").arg(folder.path()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (code, said) = run(&["backup", file.to_str().unwrap(), "--with-keys"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("whoever has it can read everything"), "{said}");
    let (code, said) = run(&["verify"]);
    assert_eq!((code, said.contains("all is as it was written")), (Some(0), true), "{said}");

    let segment = names(&folder.path().join("journal/log")).into_iter().find(|n| n.starts_with("segment"));
    let segment = folder.path().join("journal/log").join(segment.unwrap());
    let mut bytes = std::fs::read(&segment).unwrap();
    while let Some(at) = bytes.windows(8).position(|w| w == b"number 3") {
        bytes[at] ^= 1;
    }
    std::fs::write(&segment, bytes).unwrap();
    let (code, said) = run(&["verify"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("1 problem was found") && said.contains("fails its checksum"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_flips_in_history_is_never_served_and_somebody_is_told() {
    let world = World::start(START).await;
    world.ok("tellify user add alice").await;
    world.ok("tellify style add --user alice --name now --default --channel inbox --wait 0s").await;
    send(&world, 20).await;
    let sent = object(&world.ok("tellify event list type:deed --all -o json").await);
    let event = |event: &Value| (event["seq"].as_u64().unwrap(), event["text"].as_str().unwrap().to_owned());
    let sent: Vec<_> = sent.as_array().unwrap().iter().map(event).collect();

    // A stop has sealed what the bit is in.
    let folder = world.stop_and_keep().await;
    let log = folder.path().join("journal/log");
    let segment = names(&log).into_iter().find(|name| name.starts_with("segment")).unwrap();
    let mut bytes = std::fs::read(log.join(&segment)).unwrap();
    let at = bytes.windows(9).position(|window| window == b"number 3\"").unwrap();
    bytes[at] ^= 1;
    std::fs::write(log.join(&segment), bytes).unwrap();

    // The dispatcher had not written down how far it was, so it has to pass the damage as well.
    let world = World::start_on(folder, START).await;
    send(&world, 1).await;
    world.until(START.plus_s(60)).await;
    for (seq, text) in &sent {
        let (status, said) = get(&world, &format!("/api/v1/events/{seq}"));
        let wanted =
            if text == "number 3" { ("500", "History is damaged here") } else { ("200", text.as_str()) };
        assert_eq!((status.as_str(), said.contains(wanted.1)), (wanted.0, true), "{text}: {said}");
    }
    let (status, said) = get(&world, "/api/v1/events?q=type:deed&limit=100");
    let (page, (lost, _)): (Value, _) =
        (object(&said), sent.iter().find(|sent| sent.1 == "number 3").unwrap());
    assert_eq!((status.as_str(), page["items"].as_array().unwrap().len()), ("200", 20), "{said}");
    assert_eq!(page["damaged"], serde_json::json!([{"first": lost, "last": lost}]));
    let listed = world.run("tellify event list type:deed --all").await;
    let said = String::from_utf8(listed.stderr).unwrap();
    assert!(
        said.contains(&format!("record {lost} is damaged, and left out: see `tellify verify`")),
        "{said}"
    );

    // Somebody hears of both: that it is there, and that nobody was called for it.
    let alerts = world.ok("tellify alert list --user alice --state all -o json").await;
    for told in ["History is damaged in segment", "no subscription saw what they hold"] {
        assert!(alerts.contains(told), "`{told}` is not in {alerts}");
    }
    let inbox = object(&world.ok("tellify inbox list --user alice --all -o json").await);
    assert!(!inbox.as_array().unwrap().is_empty(), "they were sent");
    let verified = world.run("tellify verify").await;
    assert_eq!(verified.status.code(), Some(1));
    assert!(String::from_utf8(verified.stdout).unwrap().contains("fails its checksum"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_whole_backup_leaves_nothing() {
    let world = World::start(START).await;
    send(&world, 5).await;
    let saved = tempfile::tempdir().unwrap();
    let file = saved.path().join("saved.tar");
    let gone = world.run(&format!("tellify backup {} --url http://127.0.0.1:1", file.display())).await;
    assert_eq!(gone.status.code(), Some(5));
    assert!(names(saved.path()).is_empty());
    world.ok(&format!("tellify backup {}", file.display())).await;

    let bytes = std::fs::read(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (bytes, wanted) in [
        (&bytes[..bytes.len() / 2], "the backup was cut short"),
        (&b"not a backup"[..], "this is no backup of Tellify"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let line = format!("tellify restore {} --data {}", file.display(), folder.path().display());
        let refused = world.run(&line).await;
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(wanted), "{said}");
        assert!(names(folder.path()).is_empty());
    }
    let line = format!("tellify restore {} --data {}", file.display(), world.data().display());
    let said = String::from_utf8(world.run(&line).await.stderr).unwrap();
    assert!(said.contains("is not empty"), "{said}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_aged_out_is_told_apart_from_what_never_was() {
    let world = World::start(START).await;
    send(&world, 5).await;
    let later = START.plus_s(500 * DAY_S);
    let world = world.restart_at(later).await;
    send(&world, 1).await;
    world.until(later.plus_s(3600)).await;
    let world = world.restart().await;
    send(&world, 1).await;
    world.until(later.plus_s(3 * 3600)).await;

    let (status, said) = get(&world, "/api/v1/events/3");
    assert_eq!(status, "410", "{said}");
    assert!(said.contains("record 3 has aged out: what is kept begins with record"), "{said}");
    assert_eq!(get(&world, "/api/v1/events/999999").0, "404");
    let events: Value = object(&world.ok("tellify event list type:deed --all -o json").await);
    assert_eq!(events.as_array().unwrap().len(), 2);
    let followed = get(&world, "/api/v1/events/stream?after=1").1;
    assert!(followed.contains("event: gap") && followed.contains(r#""from":2"#), "{followed}");
    assert!(followed.contains("data: {\"id\""), "{followed}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_left_too_far_behind_goes_on_and_its_owner_is_told() {
    let world = World::start(START).await;
    let folder = tempfile::tempdir().unwrap();
    let guest = folder.path().join("wayward.wasm");
    std::fs::write(&guest, testkit::guest("wayward")).unwrap();
    world.ok(&format!("tellify plugin install {}", guest.display())).await;
    world.ok("tellify user add alice").await;
    world.ok("tellify subscription add --user alice --name w --handler wayward --filter type:order").await;
    let orders = Value::from(vec![json!({"type": "order", "do": "fail"}); 11]);
    world.ok(&format!("tellify event send --json '{orders}'")).await;
    world.until(START.plus_s(300)).await;

    let later = START.plus_s(500 * DAY_S);
    let world = world.restart_at(later).await;
    send(&world, 1).await;
    world.until(later.plus_s(3600)).await;
    let world = world.restart().await;
    world.until(later.plus_s(3 * 3600)).await;
    world.ok("tellify subscription resume --user alice w").await;
    world.ok(r#"tellify event send --json '{"type":"order","do":"note","key":"a"}'"#).await;
    world.until(later.plus_s(4 * 3600)).await;

    let gaps = object(&world.ok("tellify event list type:tellify.subscription.gap -o json").await);
    let [gap] = gaps.as_array().unwrap().as_slice() else { panic!("{gaps}") };
    assert_eq!((&gap["data"]["name"], &gap["realm"]), (&json!("w"), &json!("~alice")));
    let alerts = world.ok("tellify alert list --user alice --state all -o json").await;
    assert!(alerts.contains("did not see records"), "{alerts}");
    assert!(!alerts.contains("was stopped"), "what ended more than thirty days ago is gone: {alerts}");
    assert!(alerts.contains("\"key\": \"a\""), "it goes on behind the gap: {alerts}");
    world.stop().await;
}

#[test]
fn a_folder_that_cannot_be_served_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("newer/journal/log");
    std::fs::create_dir_all(&log).unwrap();
    std::fs::write(log.join("about.json"), r#"{"format": 9}"#).unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    std::fs::create_dir_all(folder.path().join("half/.restoring")).unwrap();
    for (name, wanted) in [
        ("newer", "format 9, and this release of Tellify knows no format past 2: start the release"),
        ("file", "cannot be used"),
        ("half", "broke off\n  Remove that folder, and restore the backup again."),
    ] {
        let data = folder.path().join(name);
        let mut serve = Command::new(binary());
        let output = serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(wanted), "{name}: {said}");
    }
}

async fn send(world: &World, count: usize) {
    for n in 0..count {
        world.ok(&format!("tellify event send --type deed 'number {n}'")).await;
    }
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Status and body, as an administrator sees them. A stream is left after a while.
fn get(world: &World, path: &str) -> (String, String) {
    let token = std::fs::read_to_string(world.data().join("admin-token")).unwrap();
    let output = Command::new("curl")
        .args(["-sN", "--max-time", "5", "-w", "\n%{http_code}", "-H"])
        .arg(format!("Authorization: Bearer {}", token.trim()))
        .arg(format!("{}{path}", world.url()))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}
