//! The blocks of the documents, as a reader copies them.
//!
//! In a document, a block `sh` is run as it stands, one after the other, in one folder;
//! a block with `file=NAME` is a file in that folder; and every address that another
//! block gives to a sender leads to a door.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::world::{World, binary};

#[tokio::test(flavor = "multi_thread")]
async fn events_md_works_as_written() {
    let world = World::start("2026-11-20T12:00:00Z".parse().unwrap()).await;
    let ran = follow(&world, "docs/events.md").await;
    assert!(ran > 10, "only {ran} blocks were run");

    let events = world.ok("tellify event list --all -o json").await;
    let events: Vec<Value> = serde_json::from_str(&events).unwrap();
    let count = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    let expected = [
        ("event", 1),
        ("deploy", 3),
        ("backup.done", 2),
        ("disk.usage", 1),
        ("build.done", 2),
        ("job.done", 1),
        ("chef.run", 1),
        ("chef.resource", 1),
        ("github.push", 1),
        ("alert.firing", 1),
    ];
    for (kind, times) in expected {
        assert_eq!(count(kind), times, "{kind}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_of_ingest_plugins_work_as_written() {
    let world = World::start("2026-11-20T12:00:00Z".parse().unwrap()).await;
    for plugin in ["json", "chef", "puppet"] {
        follow(&world, &format!("plugins/{plugin}/README.md")).await;
    }
    let folder = files(&text("plugins/json/README.md"));
    let add = "tellify door add alertmanager --plugin json --config @alertmanager.json";
    shell(&world, folder.path(), add).await;
    world.stop().await;
}

/// Runs what a document tells to run, and answers how many blocks that were.
async fn follow(world: &World, document: &str) -> usize {
    let text = text(document);
    let folder = files(&text);
    let mut ran = 0;
    for (kind, block) in blocks(&text) {
        match kind.split(' ').next() {
            Some("sh") => {
                shell(world, folder.path(), &block).await;
                ran += 1;
            }
            Some("ini" | "ruby") => addresses_lead_to_doors(world, &block).await,
            _ => {}
        }
    }
    ran
}

pub(crate) fn text(document: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder with the document's files, all of which are JSON.
fn files(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (kind, block) in blocks(text) {
        if let Some((_, name)) = kind.split_once(" file=") {
            serde_json::from_str::<Value>(&block).unwrap_or_else(|error| panic!("{name}: {error}"));
            fs::write(folder.path().join(name), block).unwrap();
        }
    }
    folder
}

/// The fenced blocks of a document, each with what stands behind its fence.
pub(crate) fn blocks(text: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = text.split("```").collect();
    assert!(parts.len() % 2 == 1, "a block does not end");
    let inside = parts.iter().skip(1).step_by(2);
    inside
        .filter_map(|block| block.split_once('\n'))
        .map(|(kind, lines)| (kind.to_owned(), lines.to_owned()))
        .collect()
}

async fn shell(world: &World, folder: &Path, lines: &str) {
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", lines])
        .current_dir(folder)
        .env("PATH", path)
        .env("TELLIFY_URL", world.url())
        .env("TELLIFY_DATA", world.data())
        .output()
        .await
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{lines}\nfailed with {}: {errors}", output.status);
}

/// Whoever sends to such an address is understood or refused, but never lost.
async fn addresses_lead_to_doors(world: &World, block: &str) {
    let mut found = 0;
    for word in block.split([' ', '\n', '\'', '"']).filter(|word| word.contains("://")) {
        let path = word.splitn(4, '/').nth(3).unwrap_or_default();
        let lines = format!(
            "test $(curl -s -o answer -w '%{{http_code}}' -X POST $TELLIFY_URL/{path}) = 400 || {{ cat answer >&2; exit 1; }}"
        );
        shell(world, tempfile::tempdir().unwrap().path(), &lines).await;
        found += 1;
    }
    assert!(found > 0, "no address in {block}");
}
