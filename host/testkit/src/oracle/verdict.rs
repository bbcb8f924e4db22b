//! What was counted, and what is wrong.

use std::collections::BTreeMap;
use std::fmt;

/// The first findings of a kind show what it is about; the rest is counted.
const SHOWN: usize = 5;

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// An acknowledged event is not stored.
    LostEvent,
    /// It is stored under another number than its sender was told, or with other content.
    OtherEvent,
    /// One identity is stored more than once.
    TwiceStored,
    /// Something is stored that nobody sent.
    UnknownEvent,
    /// The undisturbed run has an effect that this one lacks.
    LostEffect,
    /// This run has an effect that the undisturbed one lacks.
    ExtraEffect,
    /// An alert's last state was never told at an address where it is owed.
    LostAlert,
    /// Two digests tell one address the same of one alert.
    ToldTwice,
    /// A sealed digest never arrived.
    LostDigest,
    /// Something arrived that was never sealed.
    UnknownDigest,
    /// One digest arrived with other bytes or other alerts than were sealed.
    OtherDigest,
    /// A digest arrived once more, though nothing was lost or killed in between.
    NeedlessRepeat,
    /// A digest arrived after its delivery had been recorded.
    RepeatAfterDone,
    /// More duplicates than kills and lost replies explain.
    OverBound,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub fault: Fault,
    /// What it is about, for whoever looks into it.
    pub about: String,
}

/// Of any number of judgements; printed as a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    counts: Vec<(String, u64)>,
    findings: Vec<Finding>,
}

impl Verdict {
    /// A line of the table.
    pub fn count(&mut self, what: impl Into<String>, count: usize) {
        self.counts.push((what.into(), count as u64));
    }

    pub fn find(&mut self, fault: Fault, about: impl Into<String>) {
        self.findings.push(Finding { fault, about: about.into() });
    }

    /// Adds what another judgement counted and found.
    pub fn and(mut self, other: Verdict) -> Verdict {
        self.counts.extend(other.counts);
        self.findings.extend(other.findings);
        self
    }

    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Which promises are broken, and how often.
    pub fn faults(&self) -> BTreeMap<Fault, usize> {
        let mut faults = BTreeMap::new();
        for finding in &self.findings {
            *faults.entry(finding.fault).or_default() += 1;
        }
        faults
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.counts {
            writeln!(f, "  {what:<46} {count:>10}")?;
        }
        writeln!(f, "  {:<46} {:>10}", "promises broken", self.findings.len())?;
        for (fault, count) in self.faults() {
            writeln!(f, "  {fault:?}: {count}")?;
            let of_it = self.findings.iter().filter(|finding| finding.fault == fault);
            for finding in of_it.take(SHOWN) {
                writeln!(f, "    {}", finding.about)?;
            }
        }
        Ok(())
    }
}
