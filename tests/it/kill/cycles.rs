//! D1, X1, X3: killed at random points under load.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use event::{Clock, Timestamp};
use rustix::process::Signal;
use tellify::SystemClock;
use testkit::Dice;
use testkit::oracle::{Bound, Deliveries, Verdict, all_stored, same_effects};
use tokio::runtime::Runtime;

use crate::kill::crew::{Crew, Load};
use crate::kill::home::Home;
use crate::kill::inside::Inside;
use crate::kill::victim::Victim;
use crate::kill::{conclude, evidence, seed, size};

/// Attempts that may be under way at once: mails, and two posts to each receiver.
pub(crate) const fn in_flight(receivers: usize) -> usize {
    32 + 2 * receivers
}

/// One reply in so many is dropped.
pub(crate) const DROPS: u64 = 10;
/// Events a second while it lives, at most: more than are asked for over all of the run.
const RATE: u64 = 3000;
/// A life is over after so many more acknowledgements, at most.
const ACKS_MAX: u64 = 700;
/// One life in so many is over before it has begun to serve.
const STILLBORN: u64 = 10;

/// Every other life goes on for so many more deliveries, at most, if they come soon.
const RECEIPTS_MAX: u64 = 12;

const ADDRESSES: [&str; 4] = ["ops", "pager", "mail", "home"];
const SUBSCRIPTIONS: [&str; 7] = ["disks", "builds", "steps", "notes", "storms", "hosts", "ghosts"];
/// What their handlers keep speaks of when they were woken.
const WAKING: [&str; 2] = ["hosts", "ghosts"];

/// Alice, whom each bundled handler tells of something, at once, by webhooks and mails.
const SETUP: &str = r#"
    tellify user add alice --email alice-mail@example.org
    tellify address add --user alice --name ops --channel webhook --to HOOK/alice-ops
    tellify address add --user alice --name pager --channel webhook --to HOOK/alice-pager
    tellify address add --user alice --name home --channel mail --to alice-home@example.org
    tellify style add --user alice --name now --default --channel ops --channel pager --channel mail --channel home --wait 0s
    tellify subscription add --user alice --name disks --handler threshold --filter type:disk --config '{"field":"percent","key":"disk","limits":[{"above":90,"severity":"warning"}]}'
    tellify subscription add --user alice --name builds --handler change --filter type:build --config '{"field":"status","key":"block","from":"good","to":"fail","resolve":true,"severity":"error"}'
    tellify subscription add --user alice --name steps --handler count --filter type:step --config '{"key":"group","within":"2h","limits":[{"at_least":15,"severity":"warning"}],"emit":{"type":"storm","group":"{group}"}}'
    tellify subscription add --user alice --name notes --handler match --filter type:note --config '{"title":"note {what}"}'
    tellify subscription add --user alice --name storms --handler match --filter type:storm --config '{"title":"storm in {group}"}'
    tellify subscription add --user alice --name hosts --handler absence --filter type:alive --config '{"key":"host","after":"30m","title":"{key} is silent"}'
    tellify subscription add --user alice --name ghosts --handler absence --filter type:ghost --config '{"key":"host","after":"1s","expect":["g1","g2"],"title":"{key} was never seen"}'
"#;

#[test]
fn killed_under_load_it_loses_nothing_and_does_nothing_twice() {
    let (seed, kills) = (seed(), size("TELLIFY_CYCLES", 100_usize));
    let home = Home::new();
    let mut crew = Crew::new(&home.path("arrivals"), seed, DROPS);
    home.configure(crew.mail);
    prepare(&home, &SETUP.replace("HOOK", &crew.hook));
    let (copied, reference) = (SystemClock.now(), home.copy("reference"));

    crew.load(&home, &Load { seed, batch: 30, posts: 0, repeats: 1, conflicts: 0, rate: RATE, pad: 0 });
    let begun = Instant::now();
    let deaths = lives(&home, &mut crew, seed, kills);
    let took = begun.elapsed();
    let rate = crew.acked as f64 / took.as_secs_f64();

    let undisturbed = Reference { data: reference, copied };
    let verdict = Runtime::new().unwrap().block_on(judge(&home, &undisturbed, &deaths, kills));
    let figures = [
        ("kills", kills.to_string()),
        ("events acknowledged per second", format!("{rate:.0}")),
        ("seconds under fire", format!("{:.1}", took.as_secs_f64())),
        ("seconds in all", format!("{:.1}", begun.elapsed().as_secs_f64())),
    ];
    conclude("kill", &[("TELLIFY_SEED", &seed), ("TELLIFY_CYCLES", &kills)], &verdict, &figures);
}

/// A life without load, in which everything is set up.
pub(crate) fn prepare(home: &Home, commands: &str) {
    let victim = Victim::start(home);
    let url = format!("http://{}", victim.address(home));
    home.commands(&url, commands);
    assert!(victim.end(Signal::TERM).success(), "{}", home.said());
}

/// Kills it so often, lets it live on until the sender has ended, and returns when each
/// life was over.
fn lives(home: &Home, crew: &mut Crew, seed: u64, kills: usize) -> Vec<Timestamp> {
    let (mut dice, mut deaths) = (Dice::new(seed), Vec::new());
    for _ in 0..kills {
        let victim = Victim::start(home);
        if dice.once_in(STILLBORN) {
            // The point is to be anywhere in a start.
            sleep(Duration::from_micros(dice.below(300_000)));
        } else {
            let acked = crew.acked + dice.below(ACKS_MAX);
            let received = crew.received + dice.below(2) * dice.below(RECEIPTS_MAX);
            crew.send_to(Some(victim.address(home)));
            crew.wait(|crew| {
                crew.acked >= acked && (crew.received >= received || crew.acked >= acked + ACKS_MAX)
            });
            // Something has just been written: the point is to be anywhere.
            sleep(Duration::from_micros(dice.below(3000)));
        }
        victim.end(Signal::KILL);
        deaths.push(over(crew));
    }
    let victim = Victim::start(home);
    crew.send_to(Some(victim.address(home)));
    crew.stop_sending();
    assert!(victim.end(Signal::TERM).success(), "{}", home.said());
    deaths.push(SystemClock.now());
    crew.mark();
    deaths
}

/// After a death, before the next life.
pub(crate) fn over(crew: &mut Crew) -> Timestamp {
    let death = SystemClock.now();
    crew.send_to(None);
    crew.mark();
    death
}

/// A copy of the data from before the first event, and from when.
struct Reference {
    data: std::path::PathBuf,
    copied: Timestamp,
}

async fn judge(home: &Home, reference: &Reference, deaths: &[Timestamp], kills: usize) -> Verdict {
    let inside = Inside::open(home, &home.data(), SystemClock.now()).await;
    let end = inside.rested().await;
    let records = inside.records();
    let sent = evidence::sent(&records);
    let stored = all_stored(&evidence::acked(home).0, &BTreeSet::new(), &evidence::kept(&sent));
    let deliveries = Deliveries {
        owed: evidence::owed(&inside, &SUBSCRIPTIONS, &ADDRESSES),
        sealed: evidence::sealed(&records, deaths),
        received: evidence::received(home),
        bound: Bound { kills, in_flight: in_flight(2) },
    };
    let disturbed = evidence::effects(&inside, &SUBSCRIPTIONS, &WAKING);
    inside.stop().await;

    let again = Inside::open(home, &reference.data, reference.copied).await;
    again.repeat(sent).await;
    again.until(end).await;
    let undisturbed = evidence::effects(&again, &SUBSCRIPTIONS, &WAKING);
    again.stop().await;
    stored.and(same_effects(&disturbed, &undisturbed)).and(deliveries.judge())
}
