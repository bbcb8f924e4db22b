//! A person's style, read and checked: which band governs, when, and until when.

mod compile;
mod cover;
mod file;

use std::fmt;

use event::{AlertState, Name, Severity, Timestamp};
use schedule::{Duration, Times, Window, Zone};

pub(crate) use self::compile::WAIT_DEFAULT_S;
pub use self::file::{StyleParts, styles_from_toml};
use crate::time::{moment, stamp};

/// A style as [`crate::plan`] uses it. Bands are counted from 0 here and in bucket keys,
/// and from 1 wherever people read of them.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(crate) zone: Zone,
    pub(crate) bands: Vec<BandRule>,
    warnings: Vec<String>,
}

/// What a band is chosen by, beside the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub severity: Severity,
    pub state: AlertState,
}

/// What a release shows of alerts that came and went while they were kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// One line for each, with times and counts.
    #[default]
    Summary,
    /// Nothing but their number.
    Firing,
    /// Everything, as if they were firing.
    All,
}

#[derive(Clone, Debug)]
pub(crate) struct BandRule {
    severity: Option<SeverityTest>,
    pub(crate) state: Option<AlertState>,
    when: When,
    pub(crate) addresses: Vec<Name>,
    pub(crate) mode: Mode,
    pub(crate) release: Release,
    pub(crate) group_by: Vec<Group>,
    pub(crate) max_items: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct SeverityTest {
    comparison: Comparison,
    bound: Severity,
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Equal,
    AtLeast,
    AtMost,
    Above,
    Below,
}

#[derive(Clone, Debug)]
enum When {
    Always,
    Inside(Window),
    Outside(Window),
}

#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// Collects for a while.
    Wait(Wait),
    /// Collects until the next of these.
    Digest(Times),
    /// Keeps until the next of these, or the band's end.
    Hold(Option<Times>),
    Drop,
}

#[derive(Clone, Debug)]
pub(crate) struct Wait {
    pub(crate) wait: Duration,
    pub(crate) extend: Option<Extend>,
    /// Send the first at once when nothing was sent for this long; none: collect first.
    pub(crate) lookback: Option<Duration>,
}

/// Each further item moves the end this far from itself, up to `max_wait` from the first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extend {
    pub(crate) by: Duration,
    pub(crate) max_wait: Duration,
}

#[derive(Clone, Debug)]
pub(crate) enum Group {
    Handler,
    Subscription,
    Severity,
    /// A path into the alert's data.
    Data(Vec<String>),
}

/// What the rules say of a case at a moment.
pub(crate) enum Ruling<'r> {
    Governs(usize, &'r BandRule),
    /// No band takes it now; this one will, from then on.
    Later(usize, &'r BandRule, Timestamp),
    /// No band will ever take it.
    Never,
}

/// Windows come again every week; a second week is for those that a change of the clocks hides once.
const HORIZON_MS: i64 = 15 * 86_400_000;

impl Rules {
    /// The addresses that the style names, each once, in the order of the bands.
    pub fn addresses(&self) -> Vec<&Name> {
        let mut names: Vec<&Name> = Vec::new();
        for name in self.bands.iter().flat_map(|band| &band.addresses) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// What the style's owner should look at, though it can work: sentences.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// What a release of a bucket of this band shows; the default for a band that is gone.
    pub fn release(&self, band: u32) -> Release {
        self.bands.get(band as usize).map_or(Release::default(), |rule| rule.release)
    }

    pub(crate) fn ruling(&self, case: Case, now: Timestamp) -> Ruling<'_> {
        if let Some(band) = self.governing(case, now) {
            return Ruling::Governs(band, &self.bands[band]);
        }
        // A band that drops does so at its own times only: what came before them is not its business.
        let tells = |band: Option<usize>| band.is_some_and(|b| !matches!(self.bands[b].mode, Mode::Drop));
        let begin = self.next_turn(case, now, tells);
        match begin.and_then(|at| Some((self.governing(case, at)?, at))) {
            Some((band, at)) => Ruling::Later(band, &self.bands[band], at),
            None => Ruling::Never,
        }
    }

    /// The first band whose severity, state and time match.
    pub(crate) fn governing(&self, case: Case, t: Timestamp) -> Option<usize> {
        self.bands.iter().position(|band| band.takes(case) && band.is_open(&self.zone, t))
    }

    /// When this band, which governs at `t`, gives way to another; none: it never does.
    pub(crate) fn band_end(&self, case: Case, band: usize, t: Timestamp) -> Option<Timestamp> {
        self.next_turn(case, t, |governing| governing != Some(band))
    }

    /// The first moment after `t` at which the band that governs is such a one.
    pub(crate) fn next_turn(
        &self,
        case: Case,
        t: Timestamp,
        wanted: impl Fn(Option<usize>) -> bool,
    ) -> Option<Timestamp> {
        let mut at = t;
        loop {
            at = self.next_change(at).filter(|next| next.since(t) <= HORIZON_MS)?;
            if wanted(self.governing(case, at)) {
                return Some(at);
            }
        }
    }

    /// The first moment after `t` at which any window opens or closes.
    fn next_change(&self, t: Timestamp) -> Option<Timestamp> {
        let changes = self.bands.iter().filter_map(|band| match &band.when {
            When::Always => None,
            When::Inside(window) | When::Outside(window) => window.next_change(&self.zone, moment(t)),
        });
        changes.min().map(stamp)
    }
}

impl Case {
    fn all() -> impl Iterator<Item = Case> {
        AlertState::ALL
            .iter()
            .flat_map(|&state| Severity::ALL.iter().map(move |&severity| Case { severity, state }))
    }
}

impl BandRule {
    pub(crate) fn takes(&self, case: Case) -> bool {
        self.severity.is_none_or(|test| test.holds(case.severity))
            && self.state.is_none_or(|state| state == case.state)
    }

    pub(crate) fn is_open(&self, zone: &Zone, t: Timestamp) -> bool {
        match &self.when {
            When::Always => true,
            When::Inside(window) => window.contains(zone, moment(t)),
            When::Outside(window) => !window.contains(zone, moment(t)),
        }
    }
}

impl SeverityTest {
    fn holds(self, severity: Severity) -> bool {
        match self.comparison {
            Comparison::Equal => severity == self.bound,
            Comparison::AtLeast => severity >= self.bound,
            Comparison::AtMost => severity <= self.bound,
            Comparison::Above => severity > self.bound,
            Comparison::Below => severity < self.bound,
        }
    }
}

/// As it stands in reasons: `wait 1m`, `digest at 06:00`.
impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mode::Wait(Wait { wait, lookback: Some(lookback), .. }) => {
                write!(f, "the first at once, then wait {wait} (look back {lookback})")
            }
            Mode::Wait(Wait { wait, extend: Some(extend), .. }) => {
                write!(f, "wait {wait}, {} more with each, {} at most", extend.by, extend.max_wait)
            }
            Mode::Wait(Wait { wait, .. }) => write!(f, "wait {wait}"),
            Mode::Digest(times) => write!(f, "digest at {times}"),
            Mode::Hold(Some(times)) => write!(f, "hold until {times}"),
            Mode::Hold(None) => f.write_str("hold until the band ends"),
            Mode::Drop => f.write_str("drop"),
        }
    }
}
