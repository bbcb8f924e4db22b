//! More than the daemon can take.
//!
//! What is judged is what was promised: everybody is answered; what was acknowledged is
//! stored, once; what was not is refused with a word about when to come back; bounds hold;
//! and afterwards all is well. Rates and times are printed as ratios, and judged by nobody:
//! they say as much about the machine.

mod crowd;
mod flood;
mod urgent;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event::{Record, Seq};
use journal::{Journal, Options, Stores};
use rustix::process::Signal;
use tellify::SystemClock;
use tests::machine::{self, Cores};

use crate::kill::size;
use crate::overload::flood::Flood;
use crate::overload::urgent::Urgent;
use crate::process::{Process, ask};

/// Events in one request, and the bytes that are added to each.
const EVENTS: u64 = 100;
const PAD: u64 = 100;
/// In a closed loop, one of these numbers of clients gets the most done.
const CLIENTS: [u64; 3] = [16, 64, 256];
/// More than are under way and refused at once, and fewer than are served.
const CONNECTIONS: u64 = 700;
const TOO_MUCH: f64 = 10.0;
/// What the daemon may take: the bodies, the journal's queue and what it needs at rest.
const RESIDENT_MAX: u64 = 256 << 20;
/// Urgent alerts without a flood, for comparison.
const CALM: usize = 20;

/// Seconds of the flood; the peak is looked for as long, with each number of clients.
fn seconds() -> u64 {
    size("TELLIFY_OVERLOAD_SECONDS", 3)
}

#[test]
fn under_ten_times_the_load_what_is_taken_is_kept_and_the_rest_is_told_to_come_back() {
    // The senders have a core of their own, so that they take none of the daemon's.
    let cores = Cores::split().unwrap();
    let mut daemon = cores.server.lend(|| Process::start("[egress]\nallow = [\"127.0.0.1\"]\n")).unwrap();
    cores.load.take().unwrap();
    let urgent = Urgent::set_up(&daemon);
    let calm = urgent.send(&daemon, |sent| sent == CALM);
    let address = daemon.address;
    let flooded = |name: &str, connections: u64, rate: u64, seconds: u64| {
        Flood { name, connections, rate, seconds, events: EVENTS, pad: PAD }.start(address)
    };

    let closed = |daemon: &Process, name: &str, clients: u64| {
        let told = flooded(&format!("{name}{clients}"), clients, 0, seconds().min(10)).told();
        told.handled_after(until_handled(daemon))
    };
    let before = CLIENTS.map(|clients| (clients, closed(&daemon, "peak", clients)));
    let (clients, peak) = before.iter().max_by(|(_, a), (_, b)| a.rate().total_cmp(&b.rate())).unwrap();
    let (spent, begun) = (machine::cpu(&daemon.pid().to_string()).unwrap(), Instant::now());
    let mut flood = flooded("flood", CONNECTIONS, (peak.rate() * TOO_MUCH) as u64, seconds());
    let under_fire = urgent.send(&daemon, |_| flood.is_over());
    let flood = flood.told().handled_after(until_handled(&daemon));
    let busy =
        (machine::cpu(&daemon.pid().to_string()).unwrap() - spent).div_f64(begun.elapsed().as_secs_f64());
    let (refused, normal_after) = until_normal(&daemon);
    let resident = machine::resident(&daemon.pid().to_string()).unwrap();
    assert!(daemon.lives(), "{}", daemon.log());
    let after = closed(&daemon, "after", *clients);
    let told = || before.iter().map(|(_, told)| told).chain([&flood, &after]);

    for told in told() {
        assert_eq!(told.broken, 0, "everybody is answered");
        assert_eq!(told.without_word, 0, "whoever is refused is told when to come back");
        assert!(told.refused.keys().all(|status| ["429", "503"].contains(&status.as_str())), "{told:?}");
    }
    assert!(flood.refusals() > 0, "it was never too much");
    assert_eq!(after.refusals(), 0, "{after:?}");
    assert!(resident <= RESIDENT_MAX, "{resident} bytes are resident");

    println!("overload: TELLIFY_OVERLOAD_SECONDS={}, requests of {EVENTS} events; {cores}", seconds());
    for (clients, told) in &before {
        println!("  {clients:>4} clients, closed loop: {told}");
    }
    println!("  {CONNECTIONS:>4} connections, {TOO_MUCH} times the peak: {flood}");
    println!("  {clients:>4} clients, closed loop again: {after}");
    // What is stored already has its price, so the peak after it counts as much.
    let level = (peak.rate() + after.rate()) / 2.0;
    println!("  goodput {:.2} of the peak before and after (goal 0.90)", flood.rate() / level);
    println!("  accepted p99 {:.2} of that at the peak (goal 2)", flood.accepted.p99 / peak.accepted.p99);
    println!(
        "  refused p99 {:.1} ms (goal 50); any answer, once it was sent, {}",
        flood.refused_ms.p99, flood.sent
    );
    println!("  resident {} MiB of {} (goal 1.00)", resident >> 20, RESIDENT_MAX >> 20);
    println!("  normal {} ms and {refused} refusals after it (goal 10,000 ms)", normal_after.as_millis());
    println!(
        "  urgent, accepted to first attempt: calm {calm}; under fire {under_fire} (goal p99 1,000 ms, none above 5,000)"
    );
    let (daemon_share, sender_share) = (busy.as_secs_f64(), flood.cpu_seconds / flood.seconds);
    println!("  of a core: daemon {:.0} %, sender {:.0} %", 100.0 * daemon_share, 100.0 * sender_share);

    let acknowledged = told().flat_map(|told| told.acknowledged.iter().cloned()).collect();
    judge(daemon, &acknowledged);
}

/// Waits until every event has met its subscriptions, and returns for how long.
fn until_handled(daemon: &Process) -> Duration {
    let begun = Instant::now();
    while gauge(daemon, r#"tellify_queue_depth{queue="dispatch"}"#) > 0.0 {}
    begun.elapsed()
}

/// Asks until somebody is taken who sends alone; then nothing is held any more. Returns how
/// often it was refused, and how long it took.
fn until_normal(daemon: &Process) -> (usize, Duration) {
    let begun = Instant::now();
    let event = r#"{"source":"flood","type":"alone"}"#;
    let refused =
        (0..).take_while(|_| ask(daemon.address, "POST", "/api/v1/events", event).unwrap().0 != 202);
    let (refused, took) = (refused.count(), begun.elapsed());
    for used in [
        "tellify_http_event_requests",
        "tellify_http_body_bytes",
        r#"tellify_pool_used{pool="journal-bytes"}"#,
    ] {
        assert_eq!(gauge(daemon, used), 0.0, "{used}");
    }
    (refused, took)
}

/// What was acknowledged is stored, each event once, and nothing that was refused.
fn judge(daemon: Process, acknowledged: &BTreeSet<String>) {
    daemon.tell(Signal::TERM);
    let (status, folder) = daemon.ended();
    assert!(status.success(), "{status}");
    let mut stored = stored(&folder.path().join("data/journal"));
    for request in acknowledged {
        assert_eq!(stored.remove(request), Some(EVENTS), "{request} was acknowledged");
    }
    assert_eq!(stored, BTreeMap::new(), "nobody was told that these are stored");
    println!("  {} requests acknowledged, lost 0, stored twice 0", acknowledged.len());
}

/// How many events there are of each request.
fn stored(folder: &Path) -> BTreeMap<String, u64> {
    let stores = Stores::on_disk(folder).unwrap();
    let journal = Journal::open(Options::default(), Arc::new(SystemClock), stores).unwrap();
    let (mut stored, mut after) = (BTreeMap::new(), Seq(0));
    loop {
        let records = journal.read(after, 10_000).unwrap();
        let Some(last) = records.last() else { return stored };
        after = last.seq;
        for recorded in &records {
            if let Record::Event(record) = &recorded.record
                && let Some(request) = record.event.data.get("of").and_then(|of| of.as_str())
            {
                *stored.entry(request.to_owned()).or_default() += 1;
            }
        }
    }
}

fn gauge(daemon: &Process, name: &str) -> f64 {
    let token = std::fs::read_to_string(daemon.data().join("admin-token")).unwrap();
    let page = std::process::Command::new("curl")
        .args(["-fsS", "-H", &format!("authorization: Bearer {}", token.trim())])
        .arg(format!("http://{}/metrics", daemon.address))
        .output()
        .unwrap();
    let page = String::from_utf8(page.stdout).unwrap();
    let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name} in {page}")).parse().unwrap()
}
