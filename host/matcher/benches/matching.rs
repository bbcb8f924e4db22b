//! What an event costs as subscriptions grow a thousandfold: `cargo bench -p matcher`.
//!
//! Prints nanoseconds an event beside those of asking every subscription, the growth
//! from the smallest number to the largest, how fast subscriptions are taken in, and
//! the bytes that each takes. Hostile crowds follow, beside the ordinary one.
#![allow(clippy::unwrap_used)]
// Counting bytes means to stand between the program and its allocator.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use event::{Condition, Event, FieldPath, Requirement, Severity, SubscriptionId, Timestamp};
use filter::Filter;
use matcher::Matcher;
use serde_json::json;

struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is handed to the system's allocator as it came; only sizes are added up.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// SplitMix64: the same crowd and the same events in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

struct Subscription {
    id: SubscriptionId,
    requirements: Vec<Requirement>,
    filter: Filter,
}

/// Makes the filter and requirements of the n-th of so many subscriptions.
type Maker = fn(&mut Random, usize) -> (String, Vec<Requirement>);

/// What people ask for, most by something that few others ask for, so that an event
/// has about ten matches in a crowd of any size.
fn ordinary(random: &mut Random, crowd: usize) -> (String, Vec<Requirement>) {
    let rare = random.below(crowd / 16 + 1);
    let kind = random.below(50);
    let percent = Requirement {
        field: FieldPath::parse("percent"),
        condition: Condition::AtLeast(rare as f64 % 100.0),
    };
    match random.below(10) {
        0..4 => (format!("type:kind{kind} host:host{rare} severity>=warning"), vec![]),
        4..6 => (format!("subject:/vol/{rare}/* type:kind{kind}"), vec![percent]),
        6 => (format!("source:web{rare} OR tag:team{rare}"), vec![]),
        7 => (format!("job:{rare} percent>20 percent<=80 -user:u7"), vec![]),
        8 => (format!("\"disk ticket{rare} full\""), vec![]),
        _ => (format!("host:host{rare} (owner:u1 OR owner:u2) -type:kind{kind}"), vec![]),
    }
}

/// Everybody names the type that every event has.
fn shared(random: &mut Random, crowd: usize) -> (String, Vec<Requirement>) {
    (format!("type:kind1 severity>=info host:host{}", random.below(crowd / 16 + 1)), vec![])
}

/// Ranges across one another, of which about ten hold any one number.
fn ranges(random: &mut Random, crowd: usize) -> (String, Vec<Requirement>) {
    let low = random.below(crowd);
    (format!("type:kind1 job>={low} job<{}", low + 1 + random.below(20)), vec![])
}

/// Prefixes of one another.
fn prefixes(random: &mut Random, crowd: usize) -> (String, Vec<Requirement>) {
    let digits = random.below(crowd / 2 + 1).to_string();
    (format!("type:kind1 subject:/vol/{digits}*"), vec![])
}

fn crowd(maker: Maker, size: usize) -> Vec<Subscription> {
    let mut random = Random(size as u64);
    let make = |n| {
        let (text, requirements) = maker(&mut random, size);
        let id = SubscriptionId(format!("01JD0000000000000{n:09}"));
        Subscription { id, requirements, filter: Filter::parse(&text).unwrap() }
    };
    (0..size).map(make).collect()
}

/// About a kilobyte, twenty fields; `size` is that of the crowd that it meets.
fn event(random: &mut Random, size: usize) -> Event {
    let mut rare = || random.below(size / 16 + 1);
    let mut data = json!({
        "host": format!("host{}", rare()), "job": rare(), "percent": rare() % 100, "owner": "u1", "user": "u2",
        "ticket": format!("the disk ticket{} full", rare()), "project": "vr0", "status": "fail",
    });
    for n in 0..8 {
        data[format!("more{n}")] = json!(format!("value {n} of something that nobody asks for"));
    }
    Event {
        id: format!("event-{}", rare()),
        source: format!("web{}", rare()),
        kind: "kind1".into(),
        subject: Some(format!("/vol/{}/log", rare())),
        time: Timestamp(1_700_000_000_000),
        severity: Some(Severity::Warning),
        effect: None,
        origin: None,
        tags: vec!["prod".into(), format!("team{}", rare())],
        text: "The process was killed since it used more memory than it was given. ".repeat(4),
        data,
    }
}

struct Measured {
    event_ns: f64,
    naive_ns: f64,
    matches: f64,
    inserts_per_s: f64,
    bytes: usize,
}

fn measure(maker: Maker, size: usize) -> Measured {
    const EVENTS: usize = 2000;
    let crowd = crowd(maker, size);
    let mut random = Random(1);
    let events: Vec<Event> = (0..EVENTS).map(|_| event(&mut random, size)).collect();

    let bytes_before = BYTES.load(Relaxed);
    let start = Instant::now();
    let mut matcher = Matcher::default();
    crowd.iter().for_each(|s| matcher.insert(&s.id, &s.requirements, &s.filter));
    let inserts_per_s = size as f64 / start.elapsed().as_secs_f64();
    let bytes = (BYTES.load(Relaxed) - bytes_before) / size;

    let naive = |event: &Event| -> Vec<SubscriptionId> {
        let wants =
            |s: &&Subscription| s.requirements.iter().all(|r| r.holds(event)) && s.filter.matches(event);
        crowd.iter().filter(wants).map(|s| s.id.clone()).collect()
    };
    let few = &events[..(2_000_000 / size).clamp(2, EVENTS)];
    let rounds = |events: &[Event], matches: &dyn Fn(&Event) -> Vec<SubscriptionId>| {
        let mut times: Vec<Duration> = (0..5)
            .map(|_| {
                let start = Instant::now();
                events.iter().for_each(|e| drop(black_box(matches(black_box(e)))));
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[2].as_nanos() as f64 / events.len() as f64
    };
    let event_ns = rounds(&events, &|e| matcher.matches(e));
    let naive_ns = rounds(few, &naive);
    few.iter().for_each(|e| assert_eq!(matcher.matches(e), naive(e)));
    let matches = events.iter().map(|e| matcher.matches(e).len()).sum::<usize>() as f64 / EVENTS as f64;
    Measured { event_ns, naive_ns, matches, inserts_per_s, bytes }
}

fn main() {
    // Without this argument it is a test run, which only wants to see that it works.
    let sizes: &[usize] =
        if std::env::args().any(|a| a == "--bench") { &[1000, 100_000, 1_000_000] } else { &[1000] };
    let largest = *sizes.last().unwrap();

    println!(
        "{:10} {:>9} {:>9} {:>12} {:>9} {:>8} {:>10} {:>6}",
        "crowd", "size", "ns/event", "naive", "naive/us", "matches", "inserts/s", "bytes"
    );
    let show = |name: &str, size: usize, m: &Measured| {
        println!(
            "{name:10} {size:9} {:9.0} {:12.0} {:9.0} {:8.1} {:10.0} {:6}",
            m.event_ns,
            m.naive_ns,
            m.naive_ns / m.event_ns,
            m.matches,
            m.inserts_per_s,
            m.bytes
        );
    };
    let growth: Vec<f64> = sizes
        .iter()
        .map(|size| {
            let measured = measure(ordinary, *size);
            show("ordinary", *size, &measured);
            measured.event_ns
        })
        .collect();
    for (name, maker) in [("shared", shared as Maker), ("ranges", ranges), ("prefixes", prefixes)] {
        let measured = measure(maker, largest);
        show(name, largest, &measured);
        println!(
            "{:10} {:.2} of the ordinary crowd's cost",
            "",
            measured.event_ns / growth[growth.len() - 1]
        );
    }
    println!("growth from {} to {largest}: {:.2}", sizes[0], growth[growth.len() - 1] / growth[0]);
}
