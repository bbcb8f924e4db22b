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
mod reference;
mod runner;
mod script;
mod trace;

use plugins::Instances;
use testkit::SimStore;

use crate::life::live;
use crate::runner::{Found, Plan, run};

#[test]
fn every_life_keeps_what_it_promised_and_can_be_lived_again() {
    let plan = Plan::from_environment();
    let report = run(&plan, |seed| {
        let past = live(seed, SimStore::new(), Instances::OneForABatch)?;
        let mut found = Found::in_life(&past);
        // With a fresh instance for each call it is the same life: so it replays, and a
        // plugin's memory is a cache and nothing else.
        if plan.lives_again(seed) {
            let again = live(seed, SimStore::new(), Instances::OneForACall)?;
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
        let past = live(seed, SimStore::ignoring_sync(), Instances::OneForABatch)?;
        Ok(Found::in_life(&past))
    });
    report.print("simulation, control");
    assert!(!report.failures.is_empty(), "a checker that sees nothing here sees nothing anywhere");
}
