//! Folders as earlier releases left them: each opens, and every record of it is there.
//!
//! `formats/N/folder.tar.gz` holds a journal's folder of format N as a kill left it,
//! `records.ndjson` its records, `state.tsv` what the state held. They were written by
//! the release of that format, and stay.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use event::{Record, Seq, Timestamp};
use flate2::read::GzDecoder;
use journal::{Journal, OpenError, Options, Store, Stores};
use serde_json::Value;
use testkit::{ManualClock, SimStore};

use crate::driven::Driven;
use crate::oracle::whole;
use crate::sizes::{on_all_cores, size};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

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

/// Puts the files of a folder onto a disk in memory, synced.
fn copy_into(disk: &SimStore, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_type().unwrap().is_file() {
            continue;
        }
        let file = disk.create(entry.file_name().to_str().unwrap()).unwrap();
        file.write_at(0, &std::fs::read(entry.path()).unwrap()).unwrap();
        file.sync().unwrap();
    }
    disk.sync_names().unwrap();
}

/// A power cut at each moment of the migration, and the next start ends it.
#[test]
fn a_migration_that_was_cut_off_is_done_again() {
    let source = tempfile::tempdir().unwrap();
    let (source, disk, begun) = (unpack(1, source.path()), SimStore::new(), Instant::now());
    copy_into(&disk, &source.join("log"));
    copy_into(&disk, &source);
    let before = disk.operations();
    let start = |disk: &SimStore| Driven::open(disk, &ManualClock::at(NOW), &Options::default());
    drop(start(&disk).unwrap());
    let (moments, seeds) = (disk.operations() - before, size("TELLIFY_MIGRATIONS", 2));
    let cut = |moment: u64| {
        let mut crashes = disk.crashes();
        for seed in 0..seeds {
            let left = crashes.at(before + moment as usize, seed);
            let driven = start(&left).unwrap_or_else(|e| panic!("moment {moment}, {seed}: {e}"));
            check_records(&driven.journal);
            assert!(left.names().contains(&"about.json".to_owned()));
            driven.leave();
            whole(&left).unwrap_or_else(|e| panic!("moment {moment}, {seed}: {e}"));
        }
        seeds
    };
    let images = on_all_cores(0..moments as u64 + 1, cut, |sum, done| *sum += done, 0);
    println!("migration from format 1, seeds 0 to {}", seeds - 1);
    println!("  {images:>8}  images of {moments} moments: 0 not brought to this format at the next start");
    println!("  {:>8.1}  seconds", begun.elapsed().as_secs_f64());
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
