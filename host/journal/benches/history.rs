//! What a long history costs: the start, a read by sequence number and memory, at a
//! small size and at a large one, and a backup beside a plain copy of the same bytes.
//!
//! Prints ratios of the large to the small one, which should be near 1: nothing may
//! grow with history. `TELLIFY_BENCH_GB` (1 when absent) is the large size.

#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event::{Draft, Record, Seq, Timestamp};
use journal::{Journal, Options, Stores};
use testkit::ManualClock;
use testkit::records::sized;
use tokio::runtime::Runtime;
use xxhash_rust::xxh3::xxh3_128;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const MB: u64 = 1 << 20;
/// The small history: two segments.
const SMALL_BYTES: u64 = 128 * MB;
/// What is saved.
const SAVED_BYTES: u64 = 1024 * MB;
const TEXT_BYTES: usize = 600;
/// Records in one group, and the journal's time that it takes: a gigabyte is some weeks.
const GROUP: usize = 2000;
const GROUP_MS: i64 = 3_600_000;
const READS: u64 = 2000;
const STARTS: usize = 5;

/// What was measured at one size.
struct Measured {
    bytes: u64,
    start: Duration,
    read: Duration,
    resident: u64,
}

fn main() {
    let gigabytes: u64 = std::env::var("TELLIFY_BENCH_GB").map_or(1, |n| n.parse().unwrap());
    // Beside the build and not in the system's temporary folder, which may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clock = ManualClock::at(NOW);
    fill(&runtime, folder.path(), &clock, SMALL_BYTES);
    let small = measure(&runtime, folder.path(), &clock);
    // A backup and a copy of all of a long history would need three times its space.
    fill(&runtime, folder.path(), &clock, SAVED_BYTES);
    let saved = backup(&runtime, folder.path(), &clock);
    fill(&runtime, folder.path(), &clock, gigabytes * 1024 * MB);
    let large = measure(&runtime, folder.path(), &clock);

    println!("{:>10}  {:>12}  {:>16}  {:>12}", "history", "start", "read by number", "memory");
    for Measured { bytes, start, read, resident } in [&small, &large] {
        let (mb, resident) = (bytes / MB, resident / MB);
        println!("{mb:>7} MB  {:>9} ms  {:>13} µs  {resident:>9} MB", start.as_millis(), read.as_micros());
    }
    let ratio = |large: Duration, small: Duration| large.as_secs_f64() / small.as_secs_f64();
    println!(
        "{:>10}  {:>12.2}  {:>16.2}  {:>12.2}",
        "ratio",
        ratio(large.start, small.start),
        ratio(large.read, small.read),
        large.resident as f64 / small.resident as f64,
    );
    println!("{saved}");
}

fn open(folder: &Path, clock: &ManualClock) -> Journal {
    Journal::open(Options::default(), Arc::new(clock.clone()), Stores::on_disk(folder).unwrap()).unwrap()
}

/// Adds events until the log is that large.
fn fill(runtime: &Runtime, folder: &Path, clock: &ManualClock, bytes: u64) {
    let journal = open(folder, clock);
    while log_bytes(folder) < bytes {
        let first = journal.head().0;
        runtime.block_on(journal.submit(draft(first))).unwrap();
        clock.advance_ms(GROUP_MS);
    }
    let upto = journal.head();
    runtime.block_on(journal.submit(Record::Dispatched { upto }.into())).unwrap();
    runtime.block_on(journal.close()).unwrap();
}

fn measure(runtime: &Runtime, folder: &Path, clock: &ManualClock) -> Measured {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let journal = open(folder, clock);
        // The first durable answer, as a sender would have it.
        runtime.block_on(journal.submit(draft(journal.head().0 + 1_000_000_000))).unwrap();
        starts.push(begun.elapsed());
        runtime.block_on(journal.close()).unwrap();
    }
    let journal = open(folder, clock);
    let head = journal.head().0;
    let mut reads = Vec::new();
    for n in 0..READS {
        let seq = Seq(1 + (n * 0x9E37_79B9) % head);
        let begun = Instant::now();
        journal.event(seq).unwrap();
        reads.push(begun.elapsed());
    }
    let (start, read) = (median(&mut starts), median(&mut reads));
    Measured { bytes: log_bytes(folder), start, read, resident: resident_bytes() }
}

/// A backup into a file, beside a copy of the same files, turn by turn.
fn backup(runtime: &Runtime, folder: &Path, clock: &ManualClock) -> String {
    let journal = open(folder, clock);
    let (mut ours, mut theirs, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..3 {
        let begun = Instant::now();
        let backup = runtime.block_on(journal.backup(NOW)).unwrap();
        bytes = backup.info.bytes;
        let mut out = File::create(folder.join("saved.tar")).unwrap();
        backup.write(&mut out).unwrap();
        out.sync_all().unwrap();
        ours.push(begun.elapsed());
        fs::remove_file(folder.join("saved.tar")).unwrap();

        let begun = Instant::now();
        copy(&folder.join("log"), &folder.join("copied"));
        theirs.push(begun.elapsed());
        fs::remove_file(folder.join("copied")).unwrap();
    }
    let (ours, theirs) = (median(&mut ours).as_secs_f64(), median(&mut theirs).as_secs_f64());
    let rate = |seconds: f64| bytes as f64 / MB as f64 / seconds;
    runtime.block_on(journal.close()).unwrap();
    format!(
        "backup: {:.0} MB/s, a plain copy {:.0} MB/s, ratio {:.2}",
        rate(ours),
        rate(theirs),
        ours / theirs
    )
}

/// All segments behind each other in one file, read and written as plainly as can be.
fn copy(log: &Path, into: &Path) {
    let mut out = File::create(into).unwrap();
    let mut step = vec![0; 256 << 10];
    for entry in log.read_dir().unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("segment") {
            let mut file = File::open(entry.path()).unwrap();
            loop {
                match file.read(&mut step).unwrap() {
                    0 => break,
                    read => out.write_all(&step[..read]).unwrap(),
                }
            }
        }
    }
    out.sync_all().unwrap();
}

fn log_bytes(folder: &Path) -> u64 {
    let files = folder.join("log").read_dir().unwrap().map(Result::unwrap);
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

/// Of this process, as the kernel counts it.
fn resident_bytes() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}

fn draft(first: u64) -> Draft {
    let event = |n: u64| {
        let id = n.to_string();
        sized(&id, xxh3_128(id.as_bytes()), TEXT_BYTES)
    };
    Draft { records: (first..first + GROUP as u64).map(event).collect() }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
