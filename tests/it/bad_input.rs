//! Whatever comes in, nothing is half-stored, and the sender learns what was wrong.

use std::io::Write;
use std::process::{Command, Stdio};

use event::Timestamp;
use serde_json::Value;

use crate::world::World;

/// A request that is refused: its name, extra arguments for curl, the body, the
/// expected status, and what the answer must say.
type Refused = (&'static str, &'static [&'static str], fn() -> Vec<u8>, u16, &'static str);

const JSON: &[&str] = &["-H", "content-type: application/json"];

const REFUSED: &[Refused] = &[
    ("malformed", JSON, || b"{\"type\":".to_vec(), 400, ""),
    ("wrong encoding", JSON, || b"{\"type\":\"\xff\xfe\"}".to_vec(), 400, "UTF-8"),
    ("unknown compression", &["-H", "content-encoding: br"], || b"{}".to_vec(), 415, "gzip"),
    (
        "one event too large",
        JSON,
        || format!("{{\"a\":\"{}\"}}", "x".repeat(300 << 10)).into_bytes(),
        413,
        "",
    ),
    ("a body too large", JSON, || vec![b' '; 9 << 20], 413, ""),
    ("too deep", JSON, || format!("{{\"a\":{}1{}}}", "[".repeat(40), "]".repeat(40)).into_bytes(), 413, "32"),
    ("too many fields", JSON, many_fields, 413, "1024"),
    ("too many events", JSON, || format!("[{}]", vec!["{}"; 10_001].join(",")).into_bytes(), 413, "10000"),
    ("a time far ahead", JSON, || b"{\"time\":\"2999-01-01T00:00:00Z\"}".to_vec(), 400, "time"),
    ("a type of ours", JSON, || b"{\"type\":\"tellify.x\"}".to_vec(), 400, "tellify."),
    ("a control character", JSON, || br#"{"subject":"a\r\nBcc: x@example.org"}"#.to_vec(), 400, "subject"),
    ("one bad of three", JSON, || br#"[{"a":1},{"severity":"bad"},{"b":2}]"#.to_vec(), 400, "severity"),
];

fn many_fields() -> Vec<u8> {
    let fields: Vec<String> = (0..2000).map(|n| format!("\"f{n}\":{n}")).collect();
    format!("{{{}}}", fields.join(",")).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaves_nothing_and_says_why() {
    let world = World::start(Timestamp(1_795_000_000_000)).await;
    for (name, arguments, body, status, says) in REFUSED {
        let (got, answer) = post(&world, arguments, &body());
        assert_eq!(got, *status, "{name}: {answer}");
        let problem: Value = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{name}: {answer}"));
        assert_eq!(problem["status"], *status, "{name}: {answer}");
        assert!(answer.contains(says), "{name}: `{says}` is not in {answer}");
    }
    assert_eq!(events(&world).await, 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gzip_bomb_is_refused_before_it_unfolds() {
    let world = World::start(Timestamp(1_795_000_000_000)).await;
    let (status, answer) = post(&world, &["-H", "content-encoding: gzip"], &bomb());
    assert_eq!(status, 413, "{answer}");
    assert_eq!(events(&world).await, 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_none_is_refused_with_a_sentence() {
    let world = World::start(Timestamp(1_795_000_000_000)).await;
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 3] = [
        ("text.wasm", b"hello", "no WebAssembly"),
        ("core.wasm", b"\0asm\x01\0\0\0", "core module"),
        ("cut.wasm", b"\0asm\x0d\0\x01\0\x05\xff\x01", ""),
    ];
    for (name, bytes, says) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let output = world.run(&format!("tellify plugin install {}", path.display())).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains("cannot be installed") && said.contains(says), "{name}: {said}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_a_path_in_it_is_no_name() {
    let world = World::start(Timestamp(1_795_000_000_000)).await;
    for line in ["tellify user add ../../etc", "tellify token create --name a/b --scope read"] {
        let output = world.run(line).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("is no name"), "{line}: {said}");
    }
    world.stop().await;
}

async fn events(world: &World) -> usize {
    let list: Vec<Value> = serde_json::from_str(&world.ok("tellify event list -o json").await).unwrap();
    list.len()
}

/// Posts to the events' address with curl, and returns status and body.
fn post(world: &World, arguments: &[&str], body: &[u8]) -> (u16, String) {
    let mut curl = Command::new("curl")
        .args(["-sS", "-w", "\n%{http_code}", "--data-binary", "@-"])
        .args(arguments)
        .arg(format!("{}/api/v1/events", world.url()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = curl.stdin.take().unwrap();
    // The server may answer and close before it has read all of it.
    let _ = input.write_all(body);
    drop(input);
    let output = String::from_utf8(curl.wait_with_output().unwrap().stdout).unwrap();
    let (body, status) = output.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

/// A hundred megabytes of spaces.
fn bomb() -> Vec<u8> {
    let mut gzip = Command::new("sh")
        .args(["-c", "head -c 100000000 /dev/zero | tr '\\0' ' ' | gzip -1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut packed = Vec::new();
    std::io::Read::read_to_end(&mut gzip.stdout.take().unwrap(), &mut packed).unwrap();
    gzip.wait().unwrap();
    packed
}
