//! Doors from the outside: opened by command, with tokens wherever senders put them,
//! and what becomes of payloads that cannot be taken.

use std::process::Stdio;

use event::{Door, DoorPath, Draft, Expect, Name, Realm, Record, Timestamp};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::world::World;

const MAPPING: &str = r#"{"type":"ci.{state}","subject":"{job}","id":"{job} {state}","severity":{"from":"{state}","map":{"passed":"info"},"default":"error"}}"#;
const BUILD: &str = r#"{"state":"passed","job":"17"}"#;

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

/// One request by curl: the status and the body of the answer. `<at>` in an argument is
/// where the daemon listens.
async fn curl(world: &World, arguments: &[&str], body: &[u8]) -> (u16, String) {
    let at = world.url();
    let mut curl = Command::new("curl")
        .args(["-sS", "-w", "\n%{http_code}", "--data-binary", "@-", "-H", "Content-Type: application/json"])
        .args(arguments.iter().map(|argument| argument.replace("<at>", at.trim_start_matches("http://"))))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    curl.stdin.take().unwrap().write_all(body).await.unwrap();
    let output = String::from_utf8(curl.wait_with_output().await.unwrap().stdout).unwrap();
    let (body, status) = output.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

async fn listed(world: &World, line: &str) -> Vec<Value> {
    serde_json::from_str(&world.ok(&format!("{line} -o json")).await).unwrap()
}

/// A door of the plugin `json` without a token of its own.
fn door(name: &str, config: Value) -> Door {
    Door {
        name: Name::new(name).unwrap(),
        plugin: Name::new("json").unwrap(),
        paths: Vec::new(),
        plugin_sha256: None,
        token_hash: None,
        config,
        realm: Realm::everyone(),
        created: Some(now()),
    }
}

/// Writes a door into the journal past all checks of the command.
async fn added(world: &World, door: Door) {
    let record = Record::Door { expect: Expect::New, value: door };
    world.daemon.journal.submit(Draft::from(record)).await.unwrap();
}

/// Opens the door `ci`, and answers what was printed.
async fn opened(world: &World) -> Value {
    let line = format!("tellify door add ci --plugin json --path /hooks/ci/ --config '{MAPPING}' -o json");
    serde_json::from_str(&world.ok(&line).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_opens_at_once_to_its_token_in_every_place_and_to_nothing_else() {
    let world = World::start(now()).await;
    let door = opened(&world).await;
    let (token, url) = (door["token"].as_str().unwrap(), door["url"].as_str().unwrap());
    assert_eq!(url, format!("{}/in/ci/{token}", world.url()));

    let header = |name: &str| format!("{name}: {token}");
    let (bearer, own, chefs) = (
        format!("Authorization: Bearer {token}"),
        header("X-Tellify-Token"),
        header("x-data-collector-token"),
    );
    let below = format!("<at>/hooks/ci/deep/{token}");
    let query = format!("<at>/hooks/ci?a=b&token={token}");
    let basic = format!("http://ci:{token}@<at>/in/ci/");
    let right: &[&[&str]] = &[
        &[url],
        &[&below],
        &[&query],
        &[&basic],
        &["-H", &bearer, "<at>/in/ci"],
        &["-H", &own, "<at>/hooks/ci/"],
        &["-H", &chefs, "<at>/in/ci"],
    ];
    for arguments in right {
        let (status, said) = curl(&world, arguments, BUILD.as_bytes()).await;
        assert_eq!(status, 202, "{arguments:?}: {said}");
    }
    let wrong: &[&[&str]] = &[
        &["<at>/in/ci"],
        &["<at>/in/ci/tfy_wrong"],
        &["<at>/hooks/ci?token=wrong"],
        &["-H", "X-Tellify-Token: wrong", "<at>/in/ci"],
        &["-H", "Authorization: Bearer wrong", "<at>/in/ci"],
    ];
    for arguments in wrong {
        let (status, said) = curl(&world, arguments, BUILD.as_bytes()).await;
        assert_eq!(status, 401, "{arguments:?}: {said}");
    }
    assert_eq!(listed(&world, "tellify event list type:ci.*").await.len(), 1, "all were the same build");

    // It is there after a restart, and gone for good once it is removed.
    let world = world.restart().await;
    let again = |world: &World| format!("{}/in/ci/{token}", world.url());
    assert_eq!(curl(&world, &[&again(&world)], BUILD.as_bytes()).await.0, 202);
    world.ok("tellify door remove ci").await;
    assert_eq!(curl(&world, &[&again(&world)], BUILD.as_bytes()).await.0, 404);
    assert_eq!(curl(&world, &["<at>/hooks/ci/"], BUILD.as_bytes()).await.0, 404);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_cannot_be_is_refused_with_what_is_wrong() {
    let world = World::start(now()).await;
    opened(&world).await;
    let table = [
        ("add puppet --plugin puppet", 1, "stands in the daemon's configuration"),
        ("add ci --plugin json --config '{\"type\":\"x\"}'", 1, "door `ci` exists already"),
        (
            "add b --plugin json --path /hooks/ci/ --config '{\"type\":\"x\"}'",
            1,
            "`/hooks/ci/` is a path of door `ci`",
        ),
        ("add b --plugin puppet --path /reports/upload", 1, "`/reports/upload` is a path of door `puppet`"),
        ("add b --plugin puppet --path /api/v1/x", 1, "at /paths/0"),
        ("add b --plugin puppet --config '{\"unchanged\":1}'", 1, "at /config/unchanged"),
        ("add b --plugin json --config '{\"type\":\"x\",\"tags\":[\"{a..b}\"]}'", 1, "at /config/tags/0"),
        ("add b --plugin threshold", 1, "is of the kind handler"),
        ("add b --plugin none", 1, "there is no plugin `none`"),
        ("add b --plugin puppet --realm ~bob", 1, "there is no user `bob`"),
        ("remove puppet", 1, "[door.puppet]"),
        ("remove none", 3, "there is no door `none`"),
    ];
    for (line, code, says) in table {
        let ended = world.run(&format!("tellify door {line}")).await;
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
    }
    let doors = listed(&world, "tellify door list").await;
    let names: Vec<&str> = doors.iter().map(|door| door["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["chef", "puppet", "ci"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_configuration_claims_a_name_or_a_path_it_wins() {
    let world = World::start(now()).await;
    // As when the configuration gets a door that was added by command before.
    for (name, paths) in [("puppet", &["/x"][..]), ("other", &["/reports/upload", "/y"])] {
        let paths = paths.iter().map(|path| DoorPath::new(path).unwrap()).collect();
        added(&world, Door { paths, ..door(name, json!({"type": "x"})) }).await;
    }
    let doors = listed(&world, "tellify door list").await;
    let paths: Vec<&Value> = doors.iter().map(|door| &door["paths"]).collect();
    assert_eq!(
        paths,
        [
            &json!(["/in/chef", "/data-collector/v0/"]),
            &json!(["/in/puppet", "/reports/upload"]),
            &json!(["/in/other", "/y"]),
        ]
    );
    let (status, said) = curl(&world, &["<at>/reports/upload"], b"{}").await;
    assert!(status == 400 && said.contains("no Puppet report"), "{status}: {said}");
    assert_eq!(curl(&world, &["<at>/x"], b"{}").await.0, 404);
    assert_eq!(curl(&world, &["<at>/y"], b"{}").await.0, 202);
    // What is hidden can still be removed, and only that.
    world.ok("tellify door remove puppet").await;
    assert_eq!(world.run("tellify door remove puppet").await.status.code(), Some(1));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chef_sends_as_it_does_and_hears_what_it_expects() {
    let world = World::start(now()).await;
    world.ok("tellify token create --name chef --scope events:write").await;
    let token = world.ok("tellify token create --name chef2 --scope events:write -o json").await;
    let token: Value = serde_json::from_str(&token).unwrap();
    let header = format!("x-data-collector-token: {}", token["token"].as_str().unwrap());
    let version = "x-data-collector-auth: version=1.0";
    let run = r#"{"message_type":"run_converge","message_version":"1.1.0","node_name":"web3","run_id":"r1","status":"failure",
        "end_time":"2026-11-20T09:58:49Z","resources":[{"type":"file","name":"/etc/motd","status":"failed","error_message":"no space"}]}"#;
    let packed = gzip(run.as_bytes()).await;
    let arguments = ["-H", &header, "-H", version, "-H", "Content-Encoding: gzip", "<at>/data-collector/v0/"];
    assert_eq!(curl(&world, &arguments, &packed).await, (200, "{}".to_owned()));
    // The address without its slash, and the same message again.
    let arguments = ["-H", &header, "<at>/data-collector/v0"];
    assert_eq!(curl(&world, &arguments, run.as_bytes()).await, (200, "{}".to_owned()));

    let events = listed(&world, "tellify event list 'subject:web3 severity>=error'").await;
    let mut types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    types.sort_unstable();
    assert_eq!(types, ["chef.resource", "chef.run"]);
    world.stop().await;
}

async fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    gzip.stdin.take().unwrap().write_all(bytes).await.unwrap();
    gzip.wait_with_output().await.unwrap().stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_from_the_future_is_refused_with_the_reason_and_is_no_failure_of_the_plugin() {
    let world = World::start(now()).await;
    let report = "--- !ruby/object:Puppet::Transaction::Report\nhost: web3\nstatus: changed\ntime: 2026-11-22T10:00:00.000000000+00:00\n";
    let (status, said) = curl(&world, &["<at>/reports/upload"], report.as_bytes()).await;
    assert_eq!(status, 400, "{said}");
    assert!(said.contains("2026-11-22T10:00:00.000Z is too far ahead of 2026-11-20T10:00:00.000Z"), "{said}");
    assert_eq!(listed(&world, "tellify plugin failures puppet").await, [] as [Value; 0]);
    assert_eq!(listed(&world, "tellify event list type:puppet.*").await, [] as [Value; 0]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_fits_nothing_stores_nothing_and_says_what_was_there() {
    let world = World::start(now()).await;
    let url = opened(&world).await["url"].as_str().unwrap().to_owned();
    let (status, said) = curl(&world, &[&url], br#"{"status":"passed"}"#).await;
    assert_eq!(status, 400, "{said}");
    let expected = "`type` looks for `state`, and the payload is an object with `status`";
    assert!(said.contains(expected), "{said}");
    assert_eq!(listed(&world, "tellify event list").await, [] as [Value; 0]);
    assert_eq!(listed(&world, "tellify plugin failures json").await, [] as [Value; 0]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_record_of_a_failed_call_holds_what_its_sender_proved_themselves_with() {
    let world = World::start(now()).await;
    let token = world.ok("tellify token create --name hook --scope events:write -o json").await;
    let token: Value = serde_json::from_str(&token).unwrap();
    let token = token["token"].as_str().unwrap();
    // No command opens such a door: its plugin fails on every call.
    added(&world, door("broken", json!({"type": 5}))).await;

    let (bearer, own) = (format!("Authorization: Bearer {token}"), format!("X-Tellify-Token: {token}"));
    let (path, query, basic) = (
        format!("<at>/in/broken/deep/{token}?api_key=s3cr3t&a=b"),
        format!("<at>/in/broken?token={token}&a=b"),
        format!("http://x:{token}@<at>/in/broken"),
    );
    let senders: &[&[&str]] = &[
        &[&path],
        &[&query],
        &[&basic],
        &["-H", &bearer, "<at>/in/broken"],
        &["-H", &own, "-H", "X-Hub-Signature-256: sha256=s3cr3t", "-H", "Cookie: s3cr3t", "<at>/in/broken"],
    ];
    for arguments in senders {
        let (status, said) = curl(&world, arguments, BUILD.as_bytes()).await;
        assert_eq!(status, 503, "{arguments:?}: {said}");
    }
    let failures = listed(&world, "tellify plugin failures json").await;
    assert_eq!(failures.len(), senders.len());
    let all = Value::from(failures).to_string();
    assert!(!all.contains(token) && !all.contains("s3cr3t"), "{all}");
    assert!(all.contains("\"path\":\"deep\"") && all.contains("a=b"), "what helps is kept: {all}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_its_plugin_failed_on_is_read_again_if_all_of_it_was_kept() {
    let world = World::start(now()).await;
    // No command opens such a door: its plugin fails on every call.
    added(&world, door("broken", json!({"type": 5}))).await;
    let signed = ["-H", "X-Hub-Signature-256: sha256=s3cr3t", "<at>/in/broken?api_key=x"];
    for arguments in [&["<at>/in/broken/deep?a=b"][..], &signed] {
        assert_eq!(curl(&world, arguments, BUILD.as_bytes()).await.0, 503);
    }
    let found = listed(&world, "tellify plugin failures json").await;
    let [signed, whole] = [0, 1].map(|n| found[n]["seq"].to_string());
    world.until(now().plus_s(600)).await;

    // It is as broken as before, and the failure of that is one more.
    let failed = listed(&world, &format!("tellify plugin replay json {whole}")).await;
    assert_eq!(failed[0]["replay"]["state"], "failed", "{failed:?}");
    let again = failed[0]["replay"]["seq"].to_string();

    let mapping: Value = serde_json::from_str(MAPPING).unwrap();
    let mended = Record::Door { expect: Expect::Present, value: door("broken", mapping) };
    world.daemon.journal.submit(Draft::from(mended)).await.unwrap();
    let done = listed(&world, &format!("tellify plugin replay json {again}")).await;
    assert_eq!(done[0]["replay"]["state"], "done", "{done:?}");
    let events = listed(&world, "tellify event list type:ci.*").await;
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((&event["type"], &event["subject"]), (&json!("ci.passed"), &json!("17")));
    assert_eq!(event["time"], json!(now().to_string()), "it is as old as the request");

    let refused = async |which: &str, expected: &str| {
        let ended = world.run(&format!("tellify plugin replay json {which}")).await;
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.code() == Some(1) && said.contains(expected), "{said}");
    };
    refused(&again, "was replayed already").await;
    let lacks =
        "without its header `x-hub-signature-256` and its parameter `api_key`: let its sender send it again";
    refused(&signed, lacks).await;
    world.ok("tellify door remove broken").await;
    refused(&signed, "The door `broken` was closed").await;
    world.stop().await;
}
