//! Uploads that are no plugins, or lie about what they are: each is refused with a
//! sentence that says what to do, and leaves nothing behind.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::Path;

use event::Timestamp;
use serde_json::Value;
use testkit::{TextGuest, dummy, guest};
use wit_parser::LiftLowerAbi;

use crate::process::Process;
use crate::world::World;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// What is uploaded, by name.
fn uploads() -> Vec<(&'static str, Vec<u8>)> {
    let good = guest("counter").to_vec();
    let said = |change: fn(&mut TextGuest)| {
        let mut guest = TextGuest::new("said", "");
        change(&mut guest);
        guest.component()
    };
    let text = |fields: &str| TextGuest::new("said", fields).component();
    vec![
        ("nothing at all", vec![]),
        ("a script", b"#!/bin/sh\nrm -rf /\n".to_vec()),
        ("a page", b"<!doctype html><title>404</title>".to_vec()),
        ("a core module", b"\0asm\x01\0\0\0".to_vec()),
        ("a component without a world", b"\0asm\x0d\0\x01\0".to_vec()),
        ("half of a component", good[..good.len() / 2].to_vec()),
        ("a component with a broken section", b"\0asm\x0d\0\x01\0\x07\x01\xff".to_vec()),
        ("compiled code", compiled()),
        ("the asynchronous interface", wit("", "handler", LiftLowerAbi::AsyncCallback)),
        ("an import that is offered to nobody", wit(UNKNOWN, "tested", LiftLowerAbi::Sync)),
        ("an import that is offered to others", wit(CAPABLE, "tested", LiftLowerAbi::Sync)),
        ("an interface of the future", future()),
        ("two kinds at once", wit(TWO, "tested", LiftLowerAbi::Sync)),
        ("a name with a path in it", said(|g| g.name = "../../x".into())),
        ("a name that is none", said(|g| g.name = "Ünïcode".into())),
        ("no version", said(|g| g.version = String::new())),
        ("a schema that is no JSON", said(|g| g.schema = "{".into())),
        ("a schema that does not compile", said(|g| g.schema = r#"{"type": "circle"}"#.into())),
        ("a schema that refers to the web", said(|g| g.schema = r#"{"$ref": "http://localhost/x"}"#.into())),
        ("a schema that refers to a file", said(|g| g.schema = r#"{"$ref": "file:///etc/passwd"}"#.into())),
        ("a schema that refers to itself", said(|g| g.schema = r##"{"items": {"$ref": "#"}}"##.into())),
        ("a schema that looks back", said(|g| g.schema = r#"{"pattern": "(a+)+\\1"}"#.into())),
        ("form hints that are none", said(|g| g.hints = "[]".into())),
        ("a start that never ends", text("(func $begin (loop $l (br $l))) (start $begin)")),
        (
            "a description that never ends",
            text("(func $describe (result i32) (loop $l (br $l)) unreachable)"),
        ),
        ("a description that breaks off", text("(func $describe (result i32) unreachable)")),
        ("a description beyond its memory", text("(func $describe (result i32) (i32.const -4))")),
    ]
    .into_iter()
    .chain(manifests())
    .collect()
}

/// Components whose manifest is not what it must be.
fn manifests() -> Vec<(&'static str, Vec<u8>)> {
    let with = |manifest: &str| {
        TextGuest { manifest: Some(manifest.to_owned()), ..TextGuest::new("said", "") }.component()
    };
    let (head, good) = ("[plugin]\nname = \"said\"\nversion = \"1.0.0\"\n", TextGuest::new("said", ""));
    let is = |rest: &str| with(&format!("{head}{rest}"));
    let mut twice = good.component();
    event::append_manifest(&mut twice, &format!("{head}world = \"handler\"\n"));
    let mut torn = good.component();
    let end = torn.len();
    torn.truncate(end - 4);
    vec![
        ("a manifest of another kind", is("world = \"monitor\"\n")),
        ("a manifest of no kind", is("world = \"everything\"\n")),
        (
            "a manifest of another plugin",
            with("[plugin]\nname = \"bank\"\nversion = \"1.0.0\"\nworld = \"handler\"\n"),
        ),
        (
            "a manifest of another version",
            with("[plugin]\nname = \"said\"\nversion = \"9\"\nworld = \"handler\"\n"),
        ),
        ("a manifest that chooses an interface", is("world = \"handler\"\ninterface = \"9.0.0\"\n")),
        ("a manifest without a kind", with(head)),
        ("two manifests", twice),
        ("a manifest that is cut off", torn),
        ("a manifest that is no text", no_text(good.component())),
        ("ten megabytes of manifest", is(&format!("world = \"handler\"\n# {}", "x".repeat(10 << 20)))),
        (
            "a manifest that is nested deeply",
            is(&format!("world = \"handler\"\nlicense = {}", "[".repeat(30_000))),
        ),
        ("a handler that wants a secret", is("world = \"handler\"\n[capabilities]\nsecrets = [\"key\"]\n")),
        ("a handler that wants files", is("world = \"handler\"\n[capabilities]\nfiles = [\"/etc\"]\n")),
        ("a handler that wants no limit", is("world = \"handler\"\n[limits]\ncpu-ms = 0\n")),
        (
            "a handler that wants more than a number holds",
            is("world = \"handler\"\n[limits]\nmemory-mb = 99999999999\n"),
        ),
        ("a handler that calls itself a channel", is("world = \"handler\"\n[channel]\nmax-bytes = 1\n")),
    ]
}

/// The last byte of the manifest, which ends the component, is none of a text's.
fn no_text(mut component: Vec<u8>) -> Vec<u8> {
    *component.last_mut().unwrap() = 0xff;
    component
}

const UNKNOWN: &str =
    "interface shell { run: func(line: string); } world tested { import shell; include handler; }";
const CAPABLE: &str = "world tested { import http; include handler; }";
const TWO: &str = "world tested { include handler; export intake; }";

fn interface() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    fs::read_to_string(folder.join("plugin.wit")).unwrap()
}

fn wit(more: &str, world: &str, abi: LiftLowerAbi) -> Vec<u8> {
    dummy(&(interface() + more), world, abi).to_vec()
}

fn future() -> Vec<u8> {
    let (first, rest) = interface().split_once('\n').map(|(f, r)| (f.to_owned(), r.to_owned())).unwrap();
    let (package, _) = first.split_once('@').unwrap();
    dummy(&format!("{package}@7.1.0;\n{rest}"), "handler", LiftLowerAbi::Sync).to_vec()
}

/// The head of an object file, as the engine writes it for a component.
fn compiled() -> Vec<u8> {
    let mut head = vec![0; 64];
    head[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\xc8");
    head[16] = 1;
    head[20] = 1;
    head[48] = 2;
    head[52] = 64;
    head
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_refused_with_a_sentence_and_leaves_nothing() {
    // Of the two clocks that end a call, the one that a busy machine does not change.
    let world = World::start_with(NOW, &[("TELLIFY_PLUGINS_WALL_MS", "3600000")]).await;
    let before = files(world.data());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plugin.wasm");
    let mut story = String::new();
    for (name, bytes) in uploads() {
        fs::write(&file, bytes).unwrap();
        let ended = world.run(&format!("tellify plugin install {}", file.display())).await;
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{name}: {said}");
        writeln!(story, "{name}\n  {}", said.trim_end()).unwrap();
    }
    insta::assert_snapshot!("refused_uploads", story);
    assert_eq!(files(world.data()), before);
    let listed: Vec<Value> = serde_json::from_str(&world.ok("tellify plugin list -o json").await).unwrap();
    assert!(listed.iter().all(|plugin| plugin["bundled"] == true), "{listed:?}");
    world.stop().await;
}

/// All that lies in the folder of components, and beside the data folder.
fn files(data: &Path) -> BTreeSet<String> {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter_map(|path| Some(path.to_str()?.to_owned())).collect::<Vec<_>>()
    };
    [names(&data.join("plugins")), names(data)].concat().into_iter().collect()
}

/// Memory that a request may cost whose body is refused.
const GROWTH_MAX: u64 = 16 << 20;

#[test]
fn ten_gigabytes_that_are_announced_cost_nothing() {
    let mut daemon = Process::start("");
    let token = fs::read_to_string(daemon.data().join("admin-token")).unwrap();
    let before = daemon.memory("VmRSS");
    for path in ["/api/v1/plugins", "/api/v1/events", "/cloudevents", "/in/puppet"] {
        for framing in
            ["Content-Length: 10737418240", "Content-Encoding: gzip\r\nContent-Length: 10737418240"]
        {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
                 {framing}\r\n\r\n",
                daemon.address,
                token.trim()
            );
            let mut stream = TcpStream::connect(daemon.address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(&answer, b"HTTP/1.1 413", "{path}, {framing}");
        }
    }
    let grown = daemon.memory("VmRSS").saturating_sub(before);
    assert!(grown < GROWTH_MAX, "{grown} bytes");
    assert!(daemon.lives());
}

#[test]
fn a_bomb_within_a_bomb_is_not_unpacked() {
    let mut daemon = Process::start("");
    let before = daemon.memory("VmRSS");
    let once = packed(&vec![b' '; 64 << 20]);
    let twice = packed(&once);
    for (body, encoding, status) in [
        (&once, "gzip", "413"),
        (&twice, "gzip, gzip", "415"),
        (&twice, "gzip", "400"),
        (&once, "deflate", "415"),
    ] {
        let head = format!(
            "POST /api/v1/events HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Encoding: {encoding}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            daemon.address,
            body.len()
        );
        let mut stream = TcpStream::connect(daemon.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // The daemon may answer and close before it has read all of it.
        let _ = stream.write_all(body);
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer[9..], status.as_bytes(), "{encoding}, {} bytes", body.len());
    }
    let grown = daemon.memory("VmRSS").saturating_sub(before);
    assert!(grown < GROWTH_MAX, "{grown} bytes");
    assert!(daemon.lives());
}

/// By the tool that people have.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let gzip = std::process::Command::new("gzip").arg("-c").arg(file.path()).output().unwrap();
    assert!(gzip.status.success());
    gzip.stdout
}
