//! Plays many seeds at once, and says what came of them.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use testkit::oracle::Fault;

use crate::life::{Past, Tallies};
use crate::oracle::judge;
use crate::trace::trace;

/// Every so many seeds one is lived again.
const AGAIN_EVERY: u64 = 8;
/// So many sentences are shown of what is wrong with one seed.
const SHOWN: usize = 12;
/// Every so many seeds a long run says how far it is.
const TOLD_EVERY: u64 = 500;

/// Which seeds are played.
pub(crate) struct Plan {
    first: u64,
    count: u64,
}

impl Plan {
    pub(crate) fn of(count: u64) -> Plan {
        Plan { first: 1, count }
    }

    /// `TELLIFY_SEEDS` from `TELLIFY_SEED` on: it alone if only that is given, and the first
    /// 200 if nobody says.
    pub(crate) fn from_environment() -> Plan {
        let number = |name: &str| {
            let text = std::env::var(name).ok()?;
            Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
        };
        let (first, count) = (number("TELLIFY_SEED"), number("TELLIFY_SEEDS"));
        let count = count.unwrap_or(if first.is_some() { 1 } else { 200 });
        Plan { first: first.unwrap_or(1), count }
    }

    pub(crate) fn lives_again(&self, seed: u64) -> bool {
        self.count == 1 || seed.is_multiple_of(AGAIN_EVERY)
    }
}

/// What there is to say of one seed.
pub(crate) struct Found {
    offences: Vec<String>,
    faults: BTreeSet<Fault>,
    tallies: Tallies,
}

impl Found {
    /// # Errors
    /// When it cannot be judged.
    pub(crate) fn in_life(past: &Past) -> Result<Found, String> {
        let verdict = judge(past)?;
        let found =
            verdict.findings().iter().map(|finding| format!("{:?}: {}", finding.fault, finding.about));
        let offences = found.chain(past.unreplayed.iter().cloned()).collect();
        let faults = verdict.faults().into_keys().collect();
        Ok(Found { offences, faults, tallies: past.tallies.clone() })
    }

    /// Two lives of one seed must not differ.
    pub(crate) fn compare(&mut self, past: &Past, again: &Past) {
        *self.tallies.entry("lived again").or_default() += 1;
        let (one, other) = (trace(past), trace(again));
        let differs = one.iter().zip(&other).position(|(a, b)| a != b);
        let differs = differs.or((one.len() != other.len()).then(|| one.len().min(other.len())));
        if let Some(at) = differs {
            let line = |trace: &[String]| {
                trace.get(at).map_or("nothing".to_owned(), |line| line.chars().take(400).collect())
            };
            self.offences.push(format!(
                "lived again, step {at} was\n    {}\n  and not\n    {}",
                line(&other),
                line(&one)
            ));
        }
    }
}

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) failures: BTreeMap<u64, Vec<String>>,
    /// The seeds in whose lives each promise was broken.
    pub(crate) faults: BTreeMap<Fault, Vec<u64>>,
    seeds: u64,
    tallies: Tallies,
    seconds: f64,
}

/// Plays each seed on one thread, several of them side by side.
pub(crate) fn run(plan: &Plan, play: impl Fn(u64) -> Result<Found, String> + Sync) -> Report {
    let (next, begun) = (AtomicU64::new(plan.first), Instant::now());
    let report = Mutex::new(Report { seeds: plan.count, ..Report::default() });
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= plan.first + plan.count {
                return;
            }
            let found =
                catch_unwind(AssertUnwindSafe(|| play(seed))).unwrap_or_else(|panic| Err(said(&*panic)));
            report.lock().unwrap_or_else(PoisonError::into_inner).take(seed, found);
            let played = seed + 1 - plan.first;
            if played.is_multiple_of(TOLD_EVERY) {
                eprintln!("simulation: {played} of {} seeds", plan.count);
            }
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    Report { seconds: begun.elapsed().as_secs_f64(), ..report }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    format!(
        "it panicked: {}",
        text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
    )
}

impl Report {
    fn take(&mut self, seed: u64, found: Result<Found, String>) {
        match found {
            Ok(found) => {
                found
                    .tallies
                    .iter()
                    .for_each(|(what, times)| *self.tallies.entry(what).or_default() += times);
                found.faults.iter().for_each(|fault| self.faults.entry(*fault).or_default().push(seed));
                if !found.offences.is_empty() {
                    self.failures.insert(seed, found.offences);
                }
            }
            Err(error) => drop(self.failures.insert(seed, vec![error])),
        }
    }

    /// The summary table.
    pub(crate) fn print(&self, title: &str) {
        println!("{title}: {} seeds, {} failed", self.seeds, self.failures.len());
        for (what, times) in &self.tallies {
            println!("  {what:<24}{times:>12}");
        }
        println!("  {:<24}{:>12.1}", "seconds", self.seconds);
        println!("  {:<24}{:>12.3}", "seconds a seed", self.seconds / self.seeds as f64);
    }

    /// # Panics
    /// With seed and sentences, when any life was not as it must be.
    pub(crate) fn assert_sound(&self, plan: &Plan) {
        for (seed, offences) in self.failures.iter().take(5) {
            println!("seed {seed}: {} offences", offences.len());
            offences.iter().take(SHOWN).for_each(|offence| println!("  {offence}"));
            println!("  again: TELLIFY_SEED={seed} make simulate");
        }
        let seeds: Vec<_> = self.failures.keys().take(40).collect();
        assert!(
            self.failures.is_empty(),
            "{} of {} seeds failed: {seeds:?}",
            self.failures.len(),
            plan.count
        );
    }
}
