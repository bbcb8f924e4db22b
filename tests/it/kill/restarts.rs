//! R1: restarts while alerts wait in digests and retries.

use std::thread::sleep;
use std::time::{Duration, Instant};

use event::{Clock, Timestamp};
use rustix::process::Signal;
use tellify::SystemClock;
use testkit::Dice;
use testkit::oracle::{Bound, Deliveries, Fault, Verdict};
use tokio::runtime::Runtime;

use crate::kill::crew::{Crew, Load};
use crate::kill::cycles::{DROPS, in_flight, prepare};
use crate::kill::home::Home;
use crate::kill::inside::Inside;
use crate::kill::victim::Victim;
use crate::kill::{conclude, evidence, seed, size};

const ADDRESSES: [&str; 2] = ["ops", "mail"];
const SUBSCRIPTIONS: [&str; 2] = ["now", "held"];

const PEOPLE: u64 = 8;
/// Events a second: so few that what is due at once is in many digests.
const FILL: u64 = 600;

/// Each hears of every reading of two meters: of one at once, of the other in a digest.
fn setup(hook: &str) -> String {
    let person = |n: u64| {
        let (now, held) = (2 * n, 2 * n + 1);
        let add = format!("tellify subscription add --user p{n} --handler match");
        format!(
            r#"
            tellify user add p{n} --email p{n}-mail@example.org
            tellify address add --user p{n} --name ops --channel webhook --to {hook}/p{n}-ops
            tellify style add --user p{n} --name soon --channel ops --channel mail --wait 0s
            tellify style add --user p{n} --name later --channel ops --channel mail --wait 30m
            {add} --name now --style soon --filter 'type:reading meter:{now}' --config '{{"title":"it reads {{value}}"}}'
            {add} --name held --style later --filter 'type:reading meter:{held}' --config '{{"title":"it reads {{value}}"}}'
            "#
        )
    };
    (0..PEOPLE).map(person).collect()
}

#[test]
fn restarts_lose_no_alert_that_waits_and_repeat_none_that_was_sent() {
    let (seed, restarts) = (seed(), size("TELLIFY_RESTARTS", 20_usize));
    let alerts = size("TELLIFY_ALERTS", 1000_u64);
    let home = Home::new();
    let mut crew = Crew::new(&home.path("arrivals"), seed, DROPS);
    home.configure(crew.mail);
    prepare(&home, &setup(&crew.hook));
    crew.refuse(true);
    let begun = Instant::now();
    // Half of what is sent are readings.
    fill(&home, &mut crew, seed, 2 * alerts);
    let deaths = lives(&home, &mut crew, seed, restarts);

    let kills = deaths.iter().filter(|(signal, _)| *signal == Signal::KILL).count();
    let deaths: Vec<Timestamp> = deaths.into_iter().map(|(_, death)| death).collect();
    let verdict = Runtime::new().unwrap().block_on(judge(&home, &deaths, kills));
    let figures = [
        ("restarts", restarts.to_string()),
        ("  by SIGKILL", kills.to_string()),
        ("attempts that were refused", crew.refused.to_string()),
        ("seconds", format!("{:.1}", begun.elapsed().as_secs_f64())),
    ];
    let sizes: [(&str, &dyn std::fmt::Display); 3] =
        [("TELLIFY_SEED", &seed), ("TELLIFY_RESTARTS", &restarts), ("TELLIFY_ALERTS", &alerts)];
    conclude("restart", &sizes, &verdict, &figures);
}

/// A life in which all alerts are made, and none is delivered.
fn fill(home: &Home, crew: &mut Crew, seed: u64, events: u64) {
    let victim = Victim::start(home);
    let address = victim.address(home);
    crew.load(home, &Load { seed, batch: 30, posts: 0, repeats: 1, conflicts: 0, rate: FILL, pad: 0 });
    crew.send_to(Some(address));
    crew.wait(|crew| crew.acked >= events);
    crew.stop_sending();
    crew.wait(|crew| crew.refused > 0);
    victim.end(Signal::KILL);
    crew.mark();
}

/// Half are stopped in order, half are killed; in the second half what waits gets through.
fn lives(home: &Home, crew: &mut Crew, seed: u64, restarts: usize) -> Vec<(Signal, Timestamp)> {
    let mut dice = Dice::new(seed);
    let mut deaths = vec![(Signal::KILL, SystemClock.now())];
    for n in 0..restarts {
        if n == restarts / 2 {
            crew.refuse(false);
        }
        let victim = Victim::start(home);
        victim.address(home);
        // The point is to be anywhere.
        sleep(Duration::from_micros(dice.below(60_000)));
        let signal = if n % 2 == 0 { Signal::KILL } else { Signal::TERM };
        let status = victim.end(signal);
        assert!(signal == Signal::KILL || status.success(), "{status}: {}", home.said());
        deaths.push((signal, SystemClock.now()));
        crew.mark();
    }
    crew.refuse(false);
    deaths
}

async fn judge(home: &Home, deaths: &[Timestamp], kills: usize) -> Verdict {
    let inside = Inside::open(home, &home.data(), SystemClock.now()).await;
    inside.rested().await;
    let records = inside.records();
    let readings = evidence::kept(&evidence::sent(&records));
    let readings = readings.iter().filter(|kept| kept.content.starts_with("reading ")).count();
    let deliveries = Deliveries {
        owed: evidence::owed(&inside, &SUBSCRIPTIONS, &ADDRESSES),
        sealed: evidence::sealed(&records, deaths),
        received: evidence::received(home),
        bound: Bound { kills, in_flight: in_flight(PEOPLE as usize) },
    };
    inside.stop().await;
    let mut verdict = deliveries.judge();
    if deliveries.owed.len() != readings {
        let about = format!("{} alerts of {readings} readings", deliveries.owed.len());
        verdict.find(
            if deliveries.owed.len() < readings { Fault::LostEffect } else { Fault::ExtraEffect },
            about,
        );
    }
    verdict
}
