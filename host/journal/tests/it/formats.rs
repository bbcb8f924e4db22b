//! Folders as earlier releases left them: each opens, and every record of it is there.
//!
//! `formats/N/folder.tar.gz` holds a journal's folder of format N as a kill left it,
//! `records.ndjson` its records, `state.tsv` what the state held. They were written by
//! the release of that format, and stay.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use event::{Record, Seq};
use flate2::read::GzDecoder;
use journal::{Journal, OpenError, Options, Stores};
use serde_json::Value;
use testkit::{ManualClock, SimStore};

use crate::fixture::{NOW, copy_into};

fn format(number: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/formats/{number}"))
}

fn unpack(number: u32, into: &Path) -> PathBuf {
    let packed = std::fs::File::open(format(number).join("folder.tar.gz")).unwrap();
    tar::Archive::new(GzDecoder::new(packed)).unpack(into).unwrap();
    into.join("journal")
}

fn open(folder: &Path) -> Result<Journal, OpenError> {
    open_in(Stores::on_disk(folder).unwrap())
}

fn open_in(stores: Stores) -> Result<Journal, OpenError> {
    Journal::open(Options::default(), Arc::new(ManualClock::at(NOW)), stores)
}

/// Every record as it was written, whatever the form of the bytes within.
fn check_records(journal: &Journal) {
    let text = std::fs::read_to_string(format(1).join("records.ndjson")).unwrap();
    let found = journal.read(Seq(0), usize::MAX).unwrap();
    assert!(found.len() > text.lines().count(), "the start is behind them");
    for (line, found) in text.lines().zip(&found) {
        // A 128-bit number does not survive `Value`, so the record is read on its own.
        let (head, record) = line.split_once(",\"record\":").unwrap();
        let head: Value = serde_json::from_str(&format!("{head}}}")).unwrap();
        let record: Record = serde_json::from_str(record.strip_suffix('}').unwrap()).unwrap();
        assert_eq!(head["seq"], found.seq.0);
        assert_eq!(head["received"], found.received.0);
        assert_eq!(record, found.record);
    }
}

/// Rows of what handlers and delivery keep; how people are kept changes with the releases.
fn rows(text: &str) -> BTreeSet<&str> {
    let tables = ["alert", "bucket", "handler-e", "handler-s", "item", "lag", "told", "subscription"];
    text.lines().filter(|line| tables.iter().any(|table| line.starts_with(table))).collect()
}

#[tokio::test]
async fn the_first_format_opens_with_every_record() {
    let folder = tempfile::tempdir().unwrap();
    let folder = unpack(1, folder.path());
    let journal = open(&folder).unwrap();
    check_records(&journal);
    let kept = std::fs::read_to_string(format(1).join("state.tsv")).unwrap();
    let found = journal.view().unwrap().dump().collect::<Result<Vec<_>, _>>().unwrap().join("\n");
    let missing: Vec<_> = rows(&kept).difference(&rows(&found)).copied().collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(found.contains(r#"{"key":"binary","value":{"base64":"AJ+Slv8="}"#), "{found}");
    journal.close().await.unwrap();

    let about = std::fs::read_to_string(folder.join("log/about.json")).unwrap();
    assert!(about.contains("\"format\": 2"), "{about}");
    check_records(&open(&folder).unwrap());
}

#[tokio::test]
async fn what_a_replay_of_the_first_format_yields_is_what_its_state_became() {
    let folder = tempfile::tempdir().unwrap();
    let folder = unpack(1, folder.path());
    let journal = open(&folder).unwrap();
    let migrated: Vec<_> = journal.view().unwrap().dump().map(Result::unwrap).collect();
    drop(journal);
    std::fs::remove_file(folder.join("state.redb")).unwrap();
    let again: Vec<_> = open(&folder).unwrap().view().unwrap().dump().map(Result::unwrap).collect();
    let same = |line: &&String| !line.starts_with("meta\tapplied") && !line.starts_with("wakes");
    assert_eq!(
        again.iter().filter(same).collect::<Vec<_>>(),
        migrated.iter().filter(same).collect::<Vec<_>>(),
        "but for the second start, which moves wake-ups",
    );
}

/// A power cut at each moment of the migration, and the next start ends it.
#[tokio::test]
async fn a_migration_that_was_cut_off_is_done_again() {
    let source = tempfile::tempdir().unwrap();
    let source = unpack(1, source.path());
    let disk = SimStore::new();
    copy_into(&disk, &source.join("log"));
    copy_into(&disk, &source);
    let before = disk.operations();
    let start = |disk: &SimStore| open_in(Stores::new(Arc::new(disk.clone()), Arc::new(disk.clone())));
    drop(start(&disk).unwrap());
    for cut in before..=disk.operations() {
        for seed in 0..2 {
            let left = disk.crash(cut, seed);
            let journal = start(&left).unwrap_or_else(|e| panic!("cut {cut}, {seed}: {e}"));
            check_records(&journal);
            assert!(left.names().contains(&"about.json".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_newer_format_is_refused_with_both_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = unpack(1, folder.path());
    drop(open(&folder).unwrap());
    let about = folder.join("log/about.json");
    std::fs::write(&about, r#"{"format": 9, "hitherto": "unheard of"}"#).unwrap();
    let refused = open(&folder).err().expect("it is refused").to_string();
    assert!(refused.contains("format 9") && refused.contains("format past 2"), "{refused}");
    assert!(refused.contains("start the release that wrote it"), "{refused}");
    assert!(std::fs::read_to_string(&about).unwrap().contains("unheard of"), "it is left alone");
}
