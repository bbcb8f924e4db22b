//! What the journal costs beside the least that a synced append can cost: groups of
//! 1 KB events through the whole journal, against the same bytes appended to a
//! preallocated file and synced, turn by turn in one run.
//!
//! Prints medians and their ratio; a ratio near 1 means that the disk is the limit.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event::{Draft, Timestamp};
use journal::{Journal, Options, Stores};
use testkit::ManualClock;
use testkit::records::sized;
use xxhash_rust::xxh3::xxh3_128;

const ROUNDS: usize = 300;
const BATCHES: [usize; 3] = [1, 64, 256];
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn main() {
    // Beside the build and not in the system's temporary folder, which may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = folder.path().join("log");
    let stores = Stores::on_disk(folder.path()).unwrap();
    let journal = Journal::open(Options::default(), Arc::new(ManualClock::at(NOW)), stores).unwrap();
    let mut bare = Bare::new(&folder.path().join("bare"));
    let mut payload = 0;
    println!("{:>6}  {:>12}  {:>12}  {:>6}", "batch", "journal", "bare append", "ratio");
    for batch in BATCHES {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let draft = draft(batch, round);
            let bytes: usize = draft.records.iter().map(|r| serde_json::to_vec(r).unwrap().len()).sum();
            payload += bytes;
            let begun = Instant::now();
            runtime.block_on(journal.submit(draft)).unwrap();
            ours.push(begun.elapsed());
            theirs.push(bare.append(bytes));
        }
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!("{batch:>6}  {:>9} µs  {:>9} µs  {ratio:>6.2}", ours.as_micros(), theirs.as_micros());
    }
    runtime.block_on(journal.close()).unwrap();
    let sealed: u64 = log.read_dir().unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum();
    println!("sealed: {:.2} bytes on disk for each byte of JSON", sealed as f64 / payload as f64);
}

/// The rival: a file filled with zeros beforehand, as large as all that is written.
struct Bare {
    file: File,
    end: u64,
}

impl Bare {
    fn new(path: &Path) -> Bare {
        let file = File::create(path).unwrap();
        let size = BATCHES.iter().sum::<usize>() * ROUNDS * 1536;
        file.write_all_at(&vec![0; size], 0).unwrap();
        file.sync_all().unwrap();
        Bare { file, end: 0 }
    }

    fn append(&mut self, bytes: usize) -> Duration {
        let data = vec![b'x'; bytes];
        let begun = Instant::now();
        self.file.write_all_at(&data, self.end).unwrap();
        self.file.sync_data().unwrap();
        self.end += (bytes as u64).next_multiple_of(512);
        begun.elapsed()
    }
}

/// A group of events that take about 1 KB each.
fn draft(batch: usize, round: usize) -> Draft {
    let event = |n: usize| {
        let id = format!("{batch}.{round}.{n}");
        sized(&id, xxh3_128(id.as_bytes()), 750)
    };
    Draft { records: (0..batch).map(event).collect() }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
