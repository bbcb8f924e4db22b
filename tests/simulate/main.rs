//! Whole lives of a daemon on one thread, each drawn from a seed: an hour and more of
//! events, changes and faults of all kinds, which happen again in the same order whenever
//! the seed is played.
//!
//! `TELLIFY_SEEDS` says how many seeds are played, `TELLIFY_SEED` which is the first of
//! them, or the only one.

#![allow(clippy::unwrap_used)]

mod clients;
mod daemon;
mod dice;
mod effects;
mod life;
mod machine;
mod network;
mod oracle;
mod planted;
mod reference;
mod replays;
mod runner;
mod script;
mod trace;

use plugins::Instances;
use testkit::SimStore;

use crate::daemon::Ground;
use crate::life::live;
use crate::planted::Planted;
use crate::runner::{Found, Plan, run};

#[test]
fn every_life_keeps_what_it_promised_and_can_be_lived_again() {
    let plan = Plan::from_environment();
    let report = run(&plan, |seed| {
        let past = live(seed, Ground::sound())?;
        let mut found = Found::in_life(&past)?;
        // With a fresh instance for each call it is the same life: so it replays, and a
        // plugin's memory is a cache and nothing else.
        if plan.lives_again(seed) {
            let again = live(seed, Ground { instances: Instances::OneForACall, ..Ground::sound() })?;
            found.compare(&past, &again);
        }
        Ok(found)
    });
    report.print("simulation");
    report.assert_sound(&plan);
}

#[test]
fn a_disk_that_ignores_syncs_is_found_out() {
    let plan = Plan::of(8);
    let report = run(&plan, |seed| {
        let past = live(seed, Ground { store: SimStore::ignoring_sync(), ..Ground::sound() })?;
        Found::in_life(&past)
    });
    report.print("simulation, control");
    assert!(!report.failures.is_empty(), "a checker that sees nothing here sees nothing anywhere");
}

#[test]
fn what_is_wrong_with_the_world_is_found_out() {
    let mut unseen = Vec::new();
    for (planted, fault) in Planted::ALL {
        let plan = Plan::of(4);
        let report = run(&plan, |seed| {
            Found::in_life(&live(seed, Ground { planted: Some(planted), ..Ground::sound() })?)
        });
        report.print(&format!("simulation, control {planted:?}"));
        let seen = report.faults.get(&fault).map_or(0, Vec::len);
        println!("  seeds in which {fault:?} is seen: {seen}");
        if seen == 0 {
            unseen.push((planted, fault, report.failures));
        }
    }
    assert!(unseen.is_empty(), "the oracle does not see, or saw something else: {unseen:#?}");
}
