//! What the daemon does, beside what the machine allows: `make bench`.
//!
//! Drives the real binary over loopback and prints one table. A figure stands beside
//! a limit that is measured in the same round, or beside a goal; what is judged is
//! their ratio, since times alone say more about the machine than about us. Only the
//! pending wake-ups are of subscriptions: matching, plugin calls and bare appends have
//! benches of their own, beside their crates.
//!
//! The binary is the one that was built beside this bench, in the same profile.

mod append;
mod client;
mod load;
mod payload;
mod process;
mod rounds;
mod table;
mod waiting;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tests::Failure;
use tests::machine::Cores;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

use crate::client::Client;
use crate::load::Plan;
use crate::payload::{EVENT_BYTES, Request};
use crate::process::{Daemon, Home};
use crate::rounds::Rounds;
use crate::table::{Goal, Row, Table, mib, ms, per_s};

const CLIENTS: usize = 64;
const BATCH_CLIENTS: usize = 8;
const BATCH: usize = 256;
const STARTS: usize = 10;

/// The share of the limit that is wanted (P-I1).
const SHARE_OF_LIMIT: f64 = 0.60;
const RESIDENT_GOAL: u64 = 60 << 20;
const START_GOAL: Duration = Duration::from_millis(200);

/// Resident memory counts as "at rest" after so long without traffic.
const REST: Duration = Duration::from_secs(2);

/// A run takes half of it; whatever takes longer hangs.
const LASTS_AT_MOST: Duration = Duration::from_secs(240);

fn main() -> ExitCode {
    // Without this argument it is a test run, which has no binary to drive.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured: use `make bench`");
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the bench failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One thread: the load must cost little, and has one core.
fn run() -> Result<Table, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // The daemon is in a process group of its own, so that a signal to the
        // terminal's does not reach it: it ends as this future is dropped.
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = timeout(LASTS_AT_MOST, bench()) => {
                ended.unwrap_or_else(|_| Err(format!("not done after {} s", LASTS_AT_MOST.as_secs()).into()))
            }
            _ = interrupt.recv() => Err("interrupted".into()),
            _ = terminate.recv() => Err("terminated".into()),
        }
    })
}

async fn bench() -> Result<Table, Failure> {
    // Beside the build and not in the system's temporary folder, which may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let home = Home::new(folder.path())?;
    let cores = Cores::split()?;
    let mut table = Table::default();

    step("compiling the bundled plugins");
    let daemon = home.start("cold", &cores.all).await?;
    daemon.settle().await?;
    daemon.stop().await?;
    if !home.is_warm() {
        return Err("no compiled plugin is in the cache: no start would be a warm one".into());
    }

    step("at rest");
    at_rest(&home, &cores, &mut table).await?;

    cores.load.take()?;
    let daemon = home.start("loaded", &cores.server).await?;
    step("single events");
    singles(&daemon, folder.path(), &mut table).await?;
    step("batches");
    batches(&daemon, folder.path(), &mut table).await?;
    daemon.settle().await?;
    table.row(resident("resident after the load", daemon.resident()?, Goal::None));
    daemon.stop().await?;

    step("pending wake-ups");
    waiting::measure(&home, &cores, folder.path(), &mut table).await?;
    cores.all.take()?;

    step("starts");
    let mut fresh = Vec::new();
    let mut loaded = Vec::new();
    for n in 0..STARTS {
        fresh.push(start(&home, &format!("fresh-{n}"), &cores).await?);
        loaded.push(start(&home, "loaded", &cores).await?);
    }
    starts("start, new folder", fresh, &mut table);
    starts("start, the loaded folder", loaded, &mut table);

    table.note(cores.to_string());
    Ok(table)
}

async fn at_rest(home: &Home, cores: &Cores, table: &mut Table) -> Result<(), Failure> {
    let daemon = home.start("rest", &cores.all).await?;
    acknowledged(&daemon).await?;
    sleep(REST).await;
    let bytes = daemon.resident()?;
    table.row(resident("resident at rest", bytes, Goal::AtMost(1.0)));
    daemon.stop().await
}

/// Each event is a request of its own: as fast as answers come, then at half that rate.
async fn singles(daemon: &Daemon, folder: &Path, table: &mut Table) -> Result<(), Failure> {
    let full = Plan { clients: CLIENTS, events: 1, lasts: Duration::from_millis(1500), rate: None };
    let rounds = Rounds::measure(daemon, folder, EVENT_BYTES, &full).await?;
    // While a sync runs all clients wait for it, then each costs its share of a core.
    let turn = |sync: Duration, cpu: Duration| sync + cpu * CLIENTS as u32;
    let rate = rounds.median(|round| round.events_per_s());
    table.row(Row {
        what: format!("single events, {CLIENTS} clients"),
        figure: per_s(rate),
        beside: format!(
            "{} T*",
            per_s(rounds.median(|r| CLIENTS as f64 / turn(r.sync, r.cpu).as_secs_f64()))
        ),
        ratio: rounds.median(|r| r.events_per_s() * turn(r.sync, r.cpu).as_secs_f64() / CLIENTS as f64),
        goal: Goal::AtLeast(SHARE_OF_LIMIT),
        trusted: rounds.trusted,
    });
    for (what, share) in [("  answer, median", 0.50), ("  answer, p99", 0.99)] {
        table.row(Row {
            what: what.to_owned(),
            figure: ms(rounds.median_time(|r| r.load.percentile(share))),
            beside: format!("{} L + N c", ms(rounds.median_time(|r| turn(r.sync, r.cpu)))),
            ratio: rounds.median(|r| quotient(r.load.percentile(share), turn(r.sync, r.cpu))),
            goal: Goal::None,
            trusted: rounds.trusted,
        });
    }
    table.note(rounds.note("single events", "L", "c"));

    let half = Plan { rate: Some(rate / 2.0), lasts: Duration::from_secs(1), ..full };
    let rounds = Rounds::measure(daemon, folder, EVENT_BYTES, &half).await?;
    let bound = |sync: Duration| 3 * sync + Duration::from_millis(2);
    table.row(Row {
        what: "  answer at half that rate, p99".to_owned(),
        figure: ms(rounds.median_time(|r| r.load.percentile(0.99))),
        beside: format!("{} 3 L + 2 ms", ms(rounds.median_time(|r| bound(r.sync)))),
        ratio: rounds.median(|r| quotient(r.load.percentile(0.99), bound(r.sync))),
        goal: Goal::AtMost(1.0),
        trusted: rounds.trusted,
    });
    table.note(rounds.note("at half the rate", "L", "c"));
    Ok(())
}

/// Arrays of events, beside one writer that appends and syncs the same bytes.
async fn batches(daemon: &Daemon, folder: &Path, table: &mut Table) -> Result<(), Failure> {
    let plan = Plan { clients: BATCH_CLIENTS, events: BATCH, lasts: Duration::from_secs(1), rate: None };
    let rounds = Rounds::measure(daemon, folder, BATCH * EVENT_BYTES, &plan).await?;
    let raw = |sync: Duration| BATCH as f64 / sync.as_secs_f64();
    table.row(Row {
        what: format!("batches of {BATCH}, {BATCH_CLIENTS} clients"),
        figure: per_s(rounds.median(|r| r.events_per_s())),
        beside: format!("{} raw append", per_s(rounds.median(|r| raw(r.sync)))),
        ratio: rounds.median(|r| r.events_per_s() / raw(r.sync)),
        goal: Goal::None,
        trusted: rounds.trusted,
    });
    table.note(rounds.note("batches", "append", "CPU"));
    Ok(())
}

/// From before the process exists to the answer to its first event.
async fn start(home: &Home, data: &str, cores: &Cores) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let daemon = home.start(data, &cores.all).await?;
    acknowledged(&daemon).await?;
    let took = begun.elapsed();
    // What a start does after it serves would take time from the next one.
    daemon.settle().await?;
    daemon.stop().await?;
    Ok(took)
}

async fn acknowledged(daemon: &Daemon) -> Result<(), Failure> {
    let mut client = Client::connect(daemon.address).await?;
    client.send(Request::new(1).fresh()).await?;
    Ok(())
}

fn starts(what: &str, mut times: Vec<Duration>, table: &mut Table) {
    times.sort_unstable();
    for (which, time) in [("median", times[times.len() / 2]), ("worst", times[times.len() - 1])] {
        table.row(Row {
            what: format!("{what}, {which} of {}", times.len()),
            figure: ms(time),
            beside: format!("{} goal", ms(START_GOAL)),
            ratio: quotient(time, START_GOAL),
            goal: Goal::AtMost(1.0),
            trusted: true,
        });
    }
}

fn resident(what: &str, bytes: u64, goal: Goal) -> Row {
    Row {
        what: what.to_owned(),
        figure: mib(bytes),
        beside: format!("{} goal at rest", mib(RESIDENT_GOAL)),
        ratio: bytes as f64 / RESIDENT_GOAL as f64,
        goal,
        trusted: true,
    }
}

fn quotient(time: Duration, limit: Duration) -> f64 {
    time.as_secs_f64() / limit.as_secs_f64()
}

/// Progress goes to standard error: the table alone is the output.
fn step(name: &str) {
    eprintln!("  {name} …");
}
