//! The daemon is killed in the middle of whatever it does, again and again, and the
//! oracle judges what is left: no acknowledged event is lost, each outcome takes effect
//! once, every alert arrives. Who sends and who receives are processes of their own.
//!
//! Sizes, seed and binary come from the surroundings, so that `make crash` runs the same
//! suites for longer.

mod crew;
mod cycles;
mod evidence;
mod home;
mod inside;
mod recovery;
mod resends;
mod restarts;
mod victim;

use std::fmt::Display;
use std::str::FromStr;

use testkit::oracle::Verdict;

/// How long a suite runs when nobody says otherwise.
const SEED: u64 = 4;

/// A number from the surroundings.
pub(crate) fn size<T: FromStr>(name: &str, default: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is `{text}`, which is no number")),
        Err(_) => default,
    }
}

fn seed() -> u64 {
    size("TELLIFY_SEED", SEED)
}

/// Prints the table, and fails if a promise was broken.
fn conclude(suite: &str, sizes: &[(&str, &dyn Display)], verdict: &Verdict, figures: &[(&str, String)]) {
    let repeat: String = sizes.iter().map(|(name, value)| format!("{name}={value} ")).collect();
    let figures: String =
        figures.iter().map(|(what, figure)| format!("  {what:<46} {figure:>10}\n")).collect();
    let table = format!("{suite}: {repeat}\n{figures}{verdict}");
    println!("{table}");
    assert!(verdict.is_clean(), "{table}\nTo repeat it: {repeat}make crash");
}
