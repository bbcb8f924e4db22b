//! What the kernel tells of processes and processors.

use std::fmt;
use std::fs;
use std::io;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::Failure;

/// The step in which CPU time is counted.
pub fn tick() -> Duration {
    Duration::from_secs(1).div_f64(clock_ticks_per_second() as f64)
}

/// CPU time that a process has used, in all its threads, by user and kernel.
///
/// # Errors
/// When there is no such process.
pub fn cpu(pid: &str) -> Result<Duration, Failure> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name before it may hold blanks and brackets.
    let (_, fields) = text.rsplit_once(')').ok_or("a line of `stat` without a name")?;
    let ticks: u32 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(tick() * ticks)
}

/// The same, of this process.
///
/// # Errors
/// When there is no way to look.
pub fn own_cpu() -> Result<Duration, Failure> {
    cpu("self")
}

/// Resident memory of a process in bytes.
///
/// # Errors
/// When there is no such process.
pub fn resident(pid: &str) -> Result<u64, Failure> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no `VmRSS`")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// What the hypervisor has taken from all processors, of all time, in ticks.
pub struct Steal {
    stolen: u64,
    all: u64,
}

impl Steal {
    /// The share that was taken since then.
    pub fn since(&self, earlier: &Steal) -> f64 {
        (self.stolen - earlier.stolen) as f64 / (self.all - earlier.all).max(1) as f64
    }
}

/// What it has taken so far.
///
/// # Errors
/// When there is no way to look.
pub fn steal() -> Result<Steal, Failure> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().ok_or("no line of all processors")?;
    // What follows the eighth is counted in the first two already.
    let ticks: Vec<u64> =
        line.split_whitespace().skip(1).take(8).filter_map(|field| field.parse().ok()).collect();
    Ok(Steal { stolen: ticks.get(7).copied().unwrap_or_default(), all: ticks.iter().sum() })
}

/// Some of the processors.
pub struct CoreSet(CpuSet);

impl CoreSet {
    fn of(core: usize) -> CoreSet {
        let mut set = CpuSet::new();
        set.set(core);
        CoreSet(set)
    }

    /// From now on this thread runs there.
    ///
    /// # Errors
    /// When it may not.
    pub fn take(&self) -> io::Result<()> {
        Ok(sched_setaffinity(None, &self.0)?)
    }

    /// Does something there and comes back; a process that is begun there stays.
    ///
    /// # Errors
    /// When this thread may not go there.
    pub fn lend<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let before = sched_getaffinity(None)?;
        self.take()?;
        let done = work();
        sched_setaffinity(None, &before)?;
        Ok(done)
    }
}

/// One core for the server and another for the load, so that neither takes the
/// other's time; the same for both where there is only one.
pub struct Cores {
    pub all: CoreSet,
    pub server: CoreSet,
    pub load: CoreSet,
    count: u32,
}

impl Cores {
    /// # Errors
    /// When there is no way to look.
    pub fn split() -> io::Result<Cores> {
        let all = sched_getaffinity(None)?;
        let mut usable = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
        let first = usable.next().unwrap_or_default();
        let second = usable.next().unwrap_or(first);
        let count = all.count();
        Ok(Cores { all: CoreSet(all), server: CoreSet::of(first), load: CoreSet::of(second), count })
    }
}

impl fmt::Display for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => f.write_str("server and load share the one core: figures under load say little"),
            count => {
                write!(f, "under load the server has one core and the load another, of {count}; else all")
            }
        }
    }
}
