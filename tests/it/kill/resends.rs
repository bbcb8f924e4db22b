//! X2: every event is sent three times over, and is there once.

use std::collections::BTreeSet;
use std::time::Instant;

use event::Clock;
use rustix::process::Signal;
use tellify::SystemClock;
use testkit::Dice;
use testkit::oracle::all_stored;
use tests::sent::LANES;
use tokio::runtime::Runtime;

use crate::kill::crew::{Crew, Load};
use crate::kill::cycles::{over, prepare};
use crate::kill::home::Home;
use crate::kill::inside::Inside;
use crate::kill::victim::Victim;
use crate::kill::{conclude, evidence, seed, size};

const REPEATS: u64 = 3;
/// One event in so many comes again with other content.
const CONFLICTS: u64 = 20;
/// It is killed once in so many acknowledgements.
const LIFE: u64 = 1000;

#[test]
fn what_is_sent_three_times_over_is_there_once() {
    let (seed, posts) = (seed(), size("TELLIFY_POSTS", 2000_u64));
    let home = Home::new();
    let mut crew = Crew::new(&home.path("arrivals"), seed, 0);
    home.configure(crew.mail);
    prepare(&home, "");
    let begun = Instant::now();
    let load = Load {
        seed,
        batch: 1,
        posts: posts / LANES,
        repeats: REPEATS,
        conflicts: CONFLICTS,
        rate: 100_000,
        pad: 0,
    };
    crew.load(&home, &load);
    let kills = lives(&home, &mut crew, seed);

    let (acked, conflicts) = evidence::acked(&home);
    let kept = Runtime::new().unwrap().block_on(async {
        let inside = Inside::open(&home, &home.data(), SystemClock.now()).await;
        let kept = evidence::kept(&evidence::sent(&inside.records()));
        inside.stop().await;
        kept
    });
    let refused = conflicts.iter().filter(|status| **status == 409).count();
    let figures = [
        ("kills", kills.to_string()),
        ("events sent again with other content", conflicts.len().to_string()),
        ("  of which were answered 409", refused.to_string()),
        ("seconds", format!("{:.1}", begun.elapsed().as_secs_f64())),
    ];
    let verdict = all_stored(&acked, &BTreeSet::new(), &kept);
    conclude("resend", &[("TELLIFY_SEED", &seed), ("TELLIFY_POSTS", &posts)], &verdict, &figures);
    assert_eq!(kept.len() as u64, posts / LANES * LANES, "each event once");
    assert_eq!(
        acked.len() as u64,
        posts / LANES * LANES * REPEATS,
        "each answer as often as it was asked for"
    );
    assert_eq!((refused, refused as u64), (conflicts.len(), posts / LANES / CONFLICTS * LANES), "409");
}

/// Kills it until the sender has sent all, and says how often.
fn lives(home: &Home, crew: &mut Crew, seed: u64) -> usize {
    let (mut dice, mut kills) = (Dice::new(seed), 0);
    loop {
        let victim = Victim::start(home);
        crew.send_to(Some(victim.address(home)));
        let acked = crew.acked + 1 + dice.below(2 * LIFE);
        crew.wait(|crew| crew.acked >= acked || crew.is_done());
        if crew.is_done() {
            crew.wait_for_the_sender();
            assert!(victim.end(Signal::TERM).success(), "{}", home.said());
            return kills;
        }
        victim.end(Signal::KILL);
        over(crew);
        kills += 1;
    }
}
