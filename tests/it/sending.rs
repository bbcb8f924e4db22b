//! `tellify event send`: every way to say something, and a daemon that is away.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use event::Timestamp;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::front::Front;
use crate::world::World;

/// Later than any clock that a kept event gets its time from.
const NOW: Timestamp = Timestamp(4_000_000_000_000);

/// What is sent: the command line and what is piped into it.
const SENT: &[(&str, &str)] = &[
    ("tellify event send --type deploy --tag web --tag prod 'shop is at commit=e8e5e4 by:alice'", ""),
    ("tellify event send shop is at commit=1", ""),
    (
        "tellify event send --type disk.usage --source h1 --subject /home --severity warning --effect negative \
         --origin external --data percent=93.5 --data host=h1 --data raw:=[1,true] --time 2026-11-18T11:00:00+01:00 \
         --id a1",
        "",
    ),
    ("tellify event send --type kernel -", "first line\n  second code=7\n\nlast\n"),
    ("tellify event send", "piped text a=1\n"),
    ("tellify event send --lines --type log --tag app", "one n=1\n\ntwo n=2\n"),
    ("tellify event send --json -", "{\"type\":\"a\",\"x\":1}\n{\"type\":\"b\"}\n"),
    ("tellify event send", "[{\"type\":\"c\"},{\"type\":\"d\",\"big\":12345678901234567890}]"),
    ("tellify event send --json '{\"type\":\"e\",\"data\":{\"y\":[]}}'", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_send_says_what_was_meant() {
    let world = World::start(NOW).await;
    let mut story = String::new();
    for (line, input) in SENT {
        let sent = piped(world.command(&format!("{line} -o ndjson")), input).await;
        assert!(sent.status.success(), "{line}: {}", text(&sent.stderr));
        story.push_str(&format!("$ {line}\n"));
        for answer in text(&sent.stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            story.push_str(&format!("{}\n", stored(&world, &answer["seq"]).await));
        }
    }
    world.stop().await;
    insta::assert_snapshot!(story);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_says_why_and_sends_nothing() {
    let world = World::start(NOW).await;
    let table = [
        ("tellify event send", "", 2, "nothing to send"),
        ("tellify event send --json -", "{\"a\":1}\n{\"b\":", 2, "standard input: EOF while parsing"),
        ("tellify event send --json -", "[{\"a\":1},2]", 2, "element 1: an event is a JSON object"),
        ("tellify event send --json '{\"severity\":\"bad\"}'", "", 1, "at /severity"),
        ("tellify event send --json '[{},{\"severity\":\"bad\"}]'", "", 1, "in event 1, at /severity"),
        ("tellify event send --type x", "{\"a\":1}", 0, ""),
        ("tellify event send --tag x", "{\"a\":1}", 2, "put type, tags and all else into it"),
        ("tellify event send --json no-such-file", "", 2, "--json no-such-file: No such file"),
        ("tellify event send --severity bad x", "", 2, "possible values: debug, info"),
        ("tellify event send --time yesterday x", "", 2, "or '5m ago'"),
        ("tellify event send --data percent x", "", 2, "write KEY=VALUE"),
        ("tellify event send --lines text", "", 2, "no text beside it"),
    ];
    for (line, input, code, says) in table {
        let sent = piped(world.command(line), input).await;
        let said = text(&sent.stderr);
        assert_eq!(sent.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
    }
    assert_eq!(texts(&world).await.len(), 1, "the one that was right");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_go_in_batches_and_a_late_mistake_is_told_with_what_went_before() {
    let world = World::start(NOW).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.json");
    let many: Vec<String> =
        (0..6000).map(|n| format!("{{\"id\":\"e{n}\",\"source\":\"s\",\"n\":{n}}}")).collect();

    std::fs::write(&file, format!("{},{{]", many.join("\n").replace("}\n", "},\n").replacen('{', "[{", 1)))
        .unwrap();
    let line = format!("tellify event send --json {}", file.display());
    let sent = world.run(&line).await;
    let said = text(&sent.stderr);
    assert_eq!(sent.status.code(), Some(2), "{said}");
    assert!(said.contains("line 6000") && said.contains("The first 5000 events were sent"), "{said}");

    std::fs::write(&file, many.join("\n")).unwrap();
    let sent = world.run(&line).await;
    let said = text(&sent.stderr);
    assert!(said.contains("6000 events were sent, 5000 of them duplicates"), "{said}");
    let all = world.ok("tellify event list type:event --all -o ndjson").await;
    assert_eq!(all.lines().count(), 6000);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_the_daemon_was_away_arrives_first_and_in_order() {
    let world = World::start(NOW).await;
    let mut front = Front::new().await;
    let sent = away(&world, &front, "tellify event send one").await;
    assert_eq!((sent.status.code(), text(&sent.stdout).is_empty()), (Some(0), false));
    let said = text(&sent.stderr);
    assert!(said.contains("Nobody answers") && said.contains("tellify event flush"), "{said}");
    let sent =
        away(&world, &front, "tellify event send --json '[{\"text\":\"two\"},{\"text\":\"three\"}]' -o json")
            .await;
    let kept: Value = serde_json::from_str(&text(&sent.stdout)).unwrap();
    assert_eq!((&kept[1]["kept"], &kept[1]["seq"]), (&Value::Bool(true), &Value::Null));
    let refused = away(&world, &front, "tellify event send --no-spool nothing").await;
    assert_eq!((refused.status.code(), text(&refused.stdout).as_str()), (Some(5), ""));
    let flushed = away(&world, &front, "tellify event flush").await;
    assert_eq!(flushed.status.code(), Some(5), "{}", text(&flushed.stderr));

    front.open(world.daemon.address).await;
    let sent = away(&world, &front, "tellify event send four").await;
    assert!(text(&sent.stderr).contains("sent 3 events that were kept"), "{}", text(&sent.stderr));
    assert_eq!(texts(&world).await, ["one", "two", "three", "four"]);
    let flushed = away(&world, &front, "tellify event flush").await;
    assert_eq!((flushed.status.code(), text(&flushed.stderr).trim()), (Some(0), "nothing waits to be sent"));
    front.shut().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_makes_no_second_event() {
    let world = World::start(NOW).await;
    let mut front = Front::new().await;
    let lines = [
        ("one", 1),
        ("--id own two", 1),
        ("--time 2026-11-18T10:00:00Z three", 1),
        ("--json '[{\"text\":\"four\"},{\"text\":\"five\",\"time\":1795000000}]'", 2),
    ];
    let mut events = 0;
    for (line, count) in lines {
        let home = tempfile::tempdir().unwrap();
        let at_home = |line: &str| {
            let mut command = away_command(&world, &front, line);
            command.env("XDG_STATE_HOME", home.path());
            command
        };
        let (send, flush) =
            (at_home(&format!("tellify event send {line}")), at_home("tellify event flush -o json"));
        front.open_one_way(world.daemon.address).await;
        let sent = piped(send, "").await;
        assert_eq!(sent.status.code(), Some(0), "{line}: {}", text(&sent.stderr));
        events += count;
        assert_eq!(texts(&world).await.len(), events, "{line} got through");

        front.open(world.daemon.address).await;
        let flushed = piped(flush, "").await;
        let told: Value = serde_json::from_str(&text(&flushed.stdout)).unwrap();
        assert_eq!(
            (&told["duplicates"], &told["waiting"]),
            (&Value::from(count), &Value::from(0)),
            "{line}: {told}"
        );
        assert_eq!(texts(&world).await.len(), events, "{line} is there once");
    }
    front.shut().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_or_refused_is_set_aside_and_holds_nothing_up() {
    let world = World::start(NOW).await;
    let mut front = Front::new().await;
    for event in
        ["{\"text\":\"one\"}", "{\"text\":\"two\"}", "{\"type\":\"tellify.x\"}", "{\"text\":\"four\"}"]
    {
        away(&world, &front, &format!("tellify event send --json '{event}'")).await;
    }
    let files = waiting(&world);
    let whole = std::fs::read_to_string(&files[1]).unwrap();
    std::fs::write(&files[1], &whole[..whole.len() - 5]).unwrap();

    front.open(world.daemon.address).await;
    let flushed = away(&world, &front, "tellify event flush").await;
    let said = text(&flushed.stderr);
    assert_eq!(flushed.status.code(), Some(1), "{said}");
    let [damaged, refused] =
        [(&files[1], "damaged"), (&files[2], "refused")].map(|(file, why)| file.with_extension(why));
    for (file, why) in [(&damaged, "it was cut short: "), (&refused, "types that begin with `tellify.`")] {
        assert!(said.contains(&format!("set aside as {}: {why}", file.display())), "{said}");
        assert!(file.exists());
    }
    assert_eq!(texts(&world).await, ["one", "four"]);
    assert!(waiting(&world).is_empty());
    front.shut().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_misses_nothing_while_the_daemon_is_away() {
    let world = World::start(NOW).await;
    let mut front = Front::new().await;
    front.open(world.daemon.address).await;
    let mut tail = away_command(&world, &front, "tellify event tail -o ndjson --since 0 type:event")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    world.ok("tellify event send one").await;
    assert!(lines.next_line().await.unwrap().unwrap().contains("\"one\""));
    for text in ["two", "three"] {
        front.shut().await;
        world.ok(&format!("tellify event send {text}")).await;
        front.open(world.daemon.address).await;
        let line = lines.next_line().await.unwrap().unwrap();
        assert!(line.contains(&format!("\"{text}\"")), "{line}");
    }
    tail.kill().await.unwrap();
    front.shut().await;
    world.stop().await;
}

/// Runs a command that looks for its daemon behind the front.
async fn away(world: &World, front: &Front, line: &str) -> Output {
    piped(away_command(world, front, line), "").await
}

fn away_command(world: &World, front: &Front, line: &str) -> Command {
    let mut command = world.command(line);
    command.env("TELLIFY_URL", front.url());
    command
}

async fn piped(mut command: Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that fails at once reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    child.wait_with_output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The texts of all events that people sent, in the order of the journal.
async fn texts(world: &World) -> Vec<String> {
    let list: Vec<Value> =
        serde_json::from_str(&world.ok("tellify event list -type:tellify* --all -o json").await).unwrap();
    let mut list: Vec<(u64, String)> = list
        .iter()
        .map(|event| (event["seq"].as_u64().unwrap(), event["text"].as_str().unwrap_or_default().to_owned()))
        .collect();
    list.sort();
    list.into_iter().map(|(_, text)| text).collect()
}

/// An event without what differs from run to run.
async fn stored(world: &World, seq: &Value) -> Value {
    let list: Vec<Value> = serde_json::from_str(&world.ok("tellify event list --all -o json").await).unwrap();
    let mut event = list.into_iter().find(|event| event["seq"] == *seq).unwrap();
    let fields = event.as_object_mut().unwrap();
    for own in ["seq", "received"] {
        fields.remove(own);
    }
    if fields["id"].as_str().unwrap().len() == 26 {
        fields.insert("id".into(), "(ours)".into());
    }
    event
}

/// The files of the spool.
fn waiting(world: &World) -> Vec<PathBuf> {
    let [_, _, (_, state)] = world.variables();
    let folders = std::fs::read_dir(format!("{state}/tellify/spool")).unwrap();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "events"));
    files.sort();
    files
}
