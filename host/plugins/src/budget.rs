//! The time that one call may take.
//!
//! This is the machine's time, not the journal's: it is only ever compared with
//! itself, and no result depends on it. So it is read here, from the system,
//! instead of from `event::Clock`, which a test may hold still.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::{Limits, TimeLimit, processor};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    cpu: Duration,
    wall: Duration,
    cpu_begin: Duration,
    wall_begin: Duration,
}

impl Budget {
    /// A call begins, on this thread, which it will not leave, and has `within` on the wall if
    /// that is less than its limit.
    pub(crate) fn begin(limits: &Limits, within: Duration) -> Budget {
        Budget {
            cpu: limits.cpu,
            wall: limits.wall.min(within),
            cpu_begin: read(ClockId::ThreadCPUTime),
            wall_begin: read(ClockId::Monotonic),
        }
    }

    /// What is left of the time on the wall.
    pub(crate) fn left(&self) -> Duration {
        let (cpu, wall) = self.spent();
        self.wall.saturating_sub(self.own(cpu, wall))
    }

    /// Time taken so far, of the CPU and on the wall.
    pub(crate) fn spent(&self) -> (Duration, Duration) {
        let cpu = read(ClockId::ThreadCPUTime).saturating_sub(self.cpu_begin);
        (cpu, read(ClockId::Monotonic).saturating_sub(self.wall_begin))
    }

    /// The limit that has passed, if one has.
    pub(crate) fn passed(&self) -> Option<TimeLimit> {
        let (cpu, wall) = self.spent();
        if cpu >= self.cpu {
            Some(TimeLimit::Cpu(self.cpu))
        } else if self.own(cpu, wall) >= self.wall {
            Some(TimeLimit::Wall(self.wall))
        } else {
            None
        }
    }

    /// What of the time on the wall is the call's. What the thread waited for a processor is
    /// nobody's fault but the machine's: a call that is only ever ready to go on has as long
    /// as it takes to get the processor time that it is owed.
    fn own(&self, cpu: Duration, wall: Duration) -> Duration {
        // Looked up only where it matters, since it costs more than the two clocks.
        if wall < self.wall { wall } else { wall.saturating_sub(processor::waited_since_noted()).max(cpu) }
    }
}

fn read(clock: ClockId) -> Duration {
    let t = clock_gettime(clock);
    Duration::new(t.tv_sec.unsigned_abs(), t.tv_nsec.unsigned_abs() as u32)
}
