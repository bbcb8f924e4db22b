//! Rounds of one load, each with its limit measured before and after it, and without
//! those that something else disturbed.

use std::path::Path;
use std::time::Duration;

use tests::machine;

use crate::append::SyncedAppend;
use crate::load::{Load, Plan};
use crate::process::Daemon;
use crate::table::{ms, us};
use crate::{Failure, load};

/// So many quiet rounds are wanted, in so many tries; fewer than the least are no result.
const WANTED: usize = 5;
const TRIES: usize = 8;
const LEAST: usize = 3;

/// A round is void when the hypervisor took more than this share of the time, or when
/// a sync takes longer or shorter by more than this share after it than before.
const STEAL_MAX: f64 = 0.05;
const SYNC_DRIFT_MAX: f64 = 0.30;

pub(crate) struct Round {
    pub(crate) load: Load,
    /// One synced append of as many bytes as a request has.
    pub(crate) sync: Duration,
    /// The server's CPU time for each event.
    pub(crate) cpu: Duration,
    /// The share of its core that the load generator took.
    generator: f64,
    disturbed: bool,
}

impl Round {
    pub(crate) fn events_per_s(&self) -> f64 {
        self.load.events as f64 / self.load.took.as_secs_f64()
    }
}

pub(crate) struct Rounds {
    rounds: Vec<Round>,
    void: usize,
    /// Whether enough of them were quiet; if not, all are kept, to be shown at least.
    pub(crate) trusted: bool,
}

impl Rounds {
    /// Measures until enough rounds were quiet. `bytes` is what a request carries.
    pub(crate) async fn measure(
        daemon: &Daemon,
        folder: &Path,
        bytes: usize,
        plan: &Plan,
    ) -> Result<Rounds, Failure> {
        let mut append = SyncedAppend::new(folder, bytes)?;
        let mut rounds: Vec<Round> = Vec::new();
        while rounds.len() < TRIES && rounds.iter().filter(|round| !round.disturbed).count() < WANTED {
            rounds.push(round(daemon, &mut append, plan).await?);
        }
        let void = rounds.iter().filter(|round| round.disturbed).count();
        let trusted = rounds.len() - void >= LEAST;
        if trusted {
            rounds.retain(|round| !round.disturbed);
        }
        Ok(Rounds { rounds, void, trusted })
    }

    pub(crate) fn median(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        let mut figures: Vec<f64> = self.rounds.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        figures[figures.len() / 2]
    }

    pub(crate) fn median_time(&self, time: impl Fn(&Round) -> Duration) -> Duration {
        let mut times: Vec<Duration> = self.rounds.iter().map(time).collect();
        times.sort_unstable();
        times[times.len() / 2]
    }

    /// What a reader needs to judge the rounds, under the names that the table uses.
    pub(crate) fn note(&self, what: &str, sync: &str, cpu: &str) -> String {
        format!(
            "{what}: {sync} = {}, {cpu} = {} of the server an event, generator {:.0} % of its core, \
             {} rounds, {} void",
            ms(self.median_time(|round| round.sync)),
            us(self.median_time(|round| round.cpu)),
            100.0 * self.median(|round| round.generator),
            self.rounds.len(),
            self.void,
        )
    }
}

async fn round(daemon: &Daemon, append: &mut SyncedAppend, plan: &Plan) -> Result<Round, Failure> {
    // What the last round left to do is neither this one's cost nor its disturbance.
    daemon.settle().await?;
    let sync_before = append.median()?;
    let (steal, server, own) = (machine::steal()?, daemon.cpu()?, machine::own_cpu()?);
    let load = load::run(daemon.address, plan).await?;
    let cpu = (daemon.cpu()? - server).div_f64(load.events as f64);
    let generator = (machine::own_cpu()? - own).as_secs_f64() / load.took.as_secs_f64();
    let stolen = machine::steal()?.since(&steal);
    daemon.settle().await?;
    let sync_after = append.median()?;
    let drift = sync_after.as_secs_f64() / sync_before.as_secs_f64() - 1.0;
    let disturbed = stolen > STEAL_MAX || drift.abs() > SYNC_DRIFT_MAX;
    Ok(Round { load, sync: (sync_before + sync_after) / 2, cpu, generator, disturbed })
}
