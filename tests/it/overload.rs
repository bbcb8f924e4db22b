//! More than the daemon can take: the real process under ten times the clients that it needs
//! to be busy, none of which waits when it is told to.
//!
//! What is judged is what was promised: what was acknowledged is stored, once; what was not
//! is refused with a word about when to come back; bounds hold; and afterwards all is well.
//! The rates are printed, and judged by nobody: they say as much about the machine.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{Process, hear};

/// Requests under way at once that are taken.
const PLACES: usize = 8;
const EVENTS: usize = 50;
/// Clients for each place when there are too many.
const TOO_MANY: usize = 10;

/// How many requests are acknowledged in each phase.
fn requests() -> usize {
    std::env::var("TELLIFY_OVERLOAD_REQUESTS").ok().and_then(|count| count.parse().ok()).unwrap_or(200)
}

/// What clients were told in one phase.
struct Told {
    acknowledged: Vec<(String, Duration)>,
    refused: Vec<Duration>,
    took: Duration,
}

impl Told {
    fn rate(&self) -> f64 {
        self.acknowledged.len() as f64 / self.took.as_secs_f64()
    }
}

/// So many clients send until enough of their requests were acknowledged.
fn send(daemon: SocketAddr, phase: &str, clients: usize) -> Told {
    let (begun, done) = (Instant::now(), AtomicUsize::new(0));
    let told = thread::scope(|scope| {
        let clients: Vec<_> = (0..clients)
            .map(|client| {
                let done = &done;
                scope.spawn(move || {
                    let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
                    for n in 0.. {
                        if done.load(Ordering::Relaxed) >= requests() {
                            break;
                        }
                        let id = format!("{phase}-{client}-{n}");
                        let (status, took) = request(daemon, &id);
                        if status == 202 {
                            done.fetch_add(1, Ordering::Relaxed);
                            acknowledged.push((id, took));
                        } else {
                            refused.push(took);
                        }
                    }
                    (acknowledged, refused)
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    let took = begun.elapsed();
    let (acknowledged, refused): (Vec<_>, Vec<_>) = told.into_iter().unzip();
    Told { acknowledged: acknowledged.concat(), refused: refused.concat(), took }
}

/// One request with several events, all of this name.
fn request(daemon: SocketAddr, id: &str) -> (u16, Duration) {
    let event =
        |n: usize| format!(r#"{{"id":"{id}-{n}","source":"load","type":"load","n":{n},"of":"{id}"}}"#);
    let body = format!("[{}]", (0..EVENTS).map(event).collect::<Vec<_>>().join(","));
    let begun = Instant::now();
    let heard = hear(daemon, "POST", "/api/v1/events", &body).unwrap();
    if heard.status != 202 {
        assert!(matches!(heard.status, 429 | 503), "{}: {}", heard.status, heard.body);
        assert!(heard.head.to_ascii_lowercase().contains("\r\nretry-after: "), "{}", heard.head);
    }
    (heard.status, begun.elapsed())
}

/// The time within which 99 of 100 were answered.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let place = (times.len() * 99 / 100).min(times.len().saturating_sub(1));
    times.get(place).copied().unwrap_or_default()
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

#[test]
fn under_ten_times_the_load_what_is_taken_is_kept_and_the_rest_is_told_to_come_back() {
    let mut daemon = Process::start(&format!("[server]\nmax_event_requests = {PLACES}\n"));
    let peak = send(daemon.address, "peak", PLACES);
    let flood = send(daemon.address, "flood", PLACES * TOO_MANY);
    assert!(!flood.refused.is_empty(), "it was never too much");
    assert!(daemon.lives(), "{}", daemon.log());

    // Afterwards all is well: nothing is held any more, and nobody is refused.
    for (used, most) in [
        ("tellify_http_event_requests", 0.0),
        ("tellify_http_body_bytes", 0.0),
        (r#"tellify_pool_used{pool="journal-bytes"}"#, 0.0),
    ] {
        assert!(gauge(&daemon, used) <= most, "{used}");
    }
    let after = send(daemon.address, "after", 1);
    assert_eq!(after.refused.len(), 0);

    let acknowledged: BTreeSet<&str> = [&peak, &flood, &after]
        .into_iter()
        .flat_map(|told| told.acknowledged.iter().map(|(id, _)| id.as_str()))
        .collect();
    let listed = daemon.client(&["event", "list", "type:load", "--all", "-o", "json"]);
    let events: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let stored: BTreeSet<&str> = events.iter().filter_map(|event| event["data"]["of"].as_str()).collect();
    assert_eq!(stored, acknowledged, "what was acknowledged is there, and nothing that was refused");
    assert_eq!(events.len(), acknowledged.len() * EVENTS, "each once");

    let times = |told: &Told| told.acknowledged.iter().map(|(_, took)| *took).collect::<Vec<_>>();
    println!("requests of {EVENTS} events, {PLACES} places; acknowledged, refused:");
    for (phase, told) in [("peak", &peak), ("flood", &flood), ("after", &after)] {
        println!(
            "{phase:>6}: {:>5} {:>6}, {:>6.0} requests/s taken, p99 taken {:?}, p99 refused {:?}",
            told.acknowledged.len(),
            told.refused.len(),
            told.rate(),
            p99(times(told)),
            p99(told.refused.clone()),
        );
    }
    let resident = gauge(&daemon, "process_resident_memory_bytes") / f64::from(1 << 20);
    println!("goodput {:.2} of the peak, resident {resident:.0} MiB, lost 0", flood.rate() / peak.rate());
}

#[test]
fn a_crowd_of_connections_leaves_the_daemon_the_files_that_it_needs() {
    const FILES: u32 = 256;
    let daemon = Process::with_descriptors(FILES);
    // More than are served, and no more than the kernel lets wait.
    let mut crowd: Vec<TcpStream> = (0..150).map(|_| TcpStream::connect(daemon.address).unwrap()).collect();
    // One of those that were served first still has its event stored.
    let body = r#"{"id":"one","source":"crowd","type":"crowd"}"#;
    let head = format!(
        "POST /api/v1/events HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        daemon.address,
        body.len()
    );
    crowd[0].write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    crowd[0].read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    drop(crowd);
    assert_eq!(daemon.ask("GET", "/healthz", "").unwrap().0, 200);
    let most = gauge(&daemon, "tellify_http_connections_max");
    assert!(most < f64::from(FILES) / 2.0, "{most}");
    assert_eq!(gauge(&daemon, "tellify_http_not_accepted_total"), 0.0, "{}", daemon.log());
    assert!(daemon.log().contains("too few files may be open"), "{}", daemon.log());
}
