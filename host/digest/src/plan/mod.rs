//! One change of one alert: into which buckets it goes, and out of which.
//!
//! A problem is told where the band that governs it now says. A worse severity chooses
//! the band anew and takes the alert along; a milder one changes it where it waits. A
//! recovery goes to whoever heard of the problem, and what nobody heard of needs none.

mod recover;
pub(crate) mod timing;
mod verdict;

use event::{
    Alert, AlertChange, AlertState, Bucket, BucketKey, ChangeKind, Name, PlacedItem, Placement, Planned, Seq,
    Subscription, Timestamp, Told, ToldState, Withdrawal,
};
use serde_json::Value;

use self::timing::Timing;
pub use self::verdict::Verdict;
use crate::rules::{BandRule, Case, Group, Mode, Rules, Ruling};

/// All that stands about one change of an alert, as the caller looked it up.
pub struct Situation<'a> {
    /// Sequence number of the change's outcome, and position in it.
    pub id: (Seq, u32),
    pub change: &'a AlertChange,
    pub alert: &'a Alert,
    pub subscription: &'a Subscription,
    /// The style that serves the subscription: its name and its rules.
    pub style: &'a Name,
    pub rules: &'a Rules,
    /// What all of the owner's are called, the implicit `inbox` and `mail` among them.
    pub addresses: &'a [Name],
    /// What was told of this alert, at most one for each address.
    pub told: &'a [Told],
    /// Where this alert waits now.
    pub placed: &'a [PlacedItem],
    pub buckets: &'a dyn Buckets,
}

/// The buckets of the state.
pub trait Buckets {
    /// The bucket, if it is open.
    fn open(&self, key: &BucketKey) -> Option<Bucket>;

    /// When a bucket of this key was last sealed.
    fn last_sealed(&self, key: &BucketKey) -> Option<Timestamp>;
}

/// The answer to the change. It goes by the change, not by the alert's state of now: a
/// later change of the same alert gets an answer of its own.
pub fn plan(situation: &Situation<'_>, now: Timestamp) -> Plan {
    let mut planner = Planner::new(situation, now);
    match situation.change.kind {
        ChangeKind::Fired | ChangeKind::Noted | ChangeKind::Worsened => planner.tell(),
        ChangeKind::Eased => planner.ease(),
        ChangeKind::Resolved => planner.recover(),
    }
    Plan { planned: planner.planned, verdict: planner.verdict }
}

/// The answer in all its detail, and in a word.
pub struct Plan {
    pub planned: Planned,
    pub verdict: Verdict,
}

struct Planner<'a> {
    s: &'a Situation<'a>,
    now: Timestamp,
    case: Case,
    planned: Planned,
    verdict: Verdict,
}

/// An address to be told, and why it is this one when the style names another.
pub(crate) struct Target {
    pub(crate) address: Name,
    pub(crate) remark: String,
}

impl<'a> Planner<'a> {
    fn new(s: &'a Situation<'a>, now: Timestamp) -> Planner<'a> {
        let state = match s.change.kind {
            ChangeKind::Fired | ChangeKind::Worsened | ChangeKind::Eased => AlertState::Firing,
            ChangeKind::Resolved => AlertState::Resolved,
            ChangeKind::Noted => AlertState::Note,
        };
        let planned =
            Planned { change: s.id, placements: Vec::new(), withdrawals: Vec::new(), silence: None };
        let case = Case { severity: s.change.severity, state };
        Planner { s, now, case, planned, verdict: Verdict::Told }
    }

    fn tell(&mut self) {
        let ruling = self.s.rules.ruling(self.case, self.now);
        if let Ruling::Governs(band, BandRule { mode: Mode::Drop, .. }) = ruling {
            let reason = format!("{}: drop", self.band_name(band));
            self.withdraw_all(&reason);
            self.silent(Verdict::Dropped, reason);
            return;
        }
        let timing = Timing::of(&ruling, self.s.rules, self.case, self.now);
        let (mut targets, why) = match ruling {
            Ruling::Governs(band, rule) => {
                (targets(rule, self.s.addresses), format!("{}: {}", self.band_name(band), rule.mode))
            }
            Ruling::Later(band, rule, _) => {
                let why = format!(
                    "no band of style {} takes it now: hold until band {} begins",
                    self.s.style,
                    band + 1
                );
                (targets(rule, self.s.addresses), why)
            }
            Ruling::Never => {
                let why = format!("no band of style {} ever takes it: to the inbox", self.s.style);
                (vec![Target { address: inbox(), remark: String::new() }], why)
            }
        };
        let rule = ruling_rule(&ruling);
        targets.retain(|target| !self.knows(&target.address));
        for Target { address, remark } in targets {
            let kind = self.kind_for(&address);
            self.place(self.key(address, rule, timing.band), kind, &timing, format!("{why}{remark}"));
        }
        self.withdraw_all(&format!("{} to {}: {why}", self.s.change.kind, self.case.severity));
        if self.planned.placements.is_empty() {
            self.silent(Verdict::Known, format!("{why}; all of its addresses know that already"));
        }
    }

    fn ease(&mut self) {
        let heard = self.s.told.iter().any(is_live);
        if !heard && self.s.placed.is_empty() {
            // What was dropped as the worse thing is told as the milder one, if a band takes that.
            return self.tell();
        }
        for item in self.s.placed {
            let address = &item.bucket.address;
            if self.knows(address) {
                let reason = format!("eased to {} again, as {address} was told", self.case.severity);
                self.planned.withdrawals.push(withdrawal(item, false, reason));
            }
        }
        let silence =
            format!("eased to {}: changes what waits, and nobody is told again", self.case.severity);
        self.silent(Verdict::Eased, silence);
    }

    fn silent(&mut self, verdict: Verdict, reason: String) {
        self.verdict = verdict;
        self.planned.silence = Some(reason);
    }

    /// Whether the address was told of exactly this: then only the count goes up.
    fn knows(&self, address: &Name) -> bool {
        self.s
            .told
            .iter()
            .filter(|told| is_live(told) && told.address == *address)
            .any(|told| told.alert_state == self.case.state && told.severity == self.case.severity)
    }

    /// What it is for this address: news of an alert that it never heard of is no worsening.
    fn kind_for(&self, address: &Name) -> ChangeKind {
        let heard = self.s.told.iter().any(|told| is_live(told) && told.address == *address);
        match self.s.change.kind {
            ChangeKind::Worsened | ChangeKind::Eased if !heard => ChangeKind::Fired,
            kind => kind,
        }
    }

    fn key(&self, address: Name, rule: Option<&BandRule>, band: u32) -> BucketKey {
        BucketKey {
            person: self.s.subscription.owner.clone(),
            address,
            style: self.s.style.clone(),
            band,
            group: rule.map_or_else(String::new, |rule| self.group(&rule.group_by)),
        }
    }

    /// `handler=threshold;project=vr0`. A missing field groups with its like.
    fn group(&self, by: &[Group]) -> String {
        /// Longer values are cut: they share a bucket, which only brings them together.
        const VALUE_MAX: usize = 100;
        let parts = by.iter().map(|group| {
            let (name, value) = match group {
                Group::Handler => ("handler".to_owned(), self.s.subscription.handler.to_string()),
                Group::Subscription => ("subscription".to_owned(), self.s.subscription.id.to_string()),
                Group::Severity => ("severity".to_owned(), self.case.severity.to_string()),
                Group::Data(path) => (path.join("."), data_text(&self.s.alert.data, path)),
            };
            format!("{name}={}", value.chars().take(VALUE_MAX).collect::<String>())
        });
        parts.collect::<Vec<_>>().join(";")
    }

    fn place(&mut self, key: BucketKey, kind: ChangeKind, timing: &Timing<'_>, reason: String) {
        let open = self.s.buckets.open(&key);
        let renews = self.s.placed.iter().any(|item| item.bucket == key);
        let due = timing.due(open.as_ref(), renews, || self.s.buckets.last_sealed(&key));
        let placement = Placement { bucket: key, alert: self.s.change.alert.clone(), kind, due, reason };
        self.planned.placements.push(placement);
    }

    /// Out of every bucket that the alert was not just placed in.
    fn withdraw_all(&mut self, reason: &str) {
        for item in self.s.placed {
            if !self.places_in(&item.bucket) {
                self.planned.withdrawals.push(withdrawal(item, false, reason.to_owned()));
            }
        }
    }

    fn places_in(&self, key: &BucketKey) -> bool {
        self.planned.placements.iter().any(|placement| placement.bucket == *key)
    }

    fn band_name(&self, band: usize) -> String {
        format!("band {} of style {}", band + 1, self.s.style)
    }
}

/// The band that decides, at once or later; none: no band ever takes it.
fn ruling_rule<'r>(ruling: &Ruling<'r>) -> Option<&'r BandRule> {
    match ruling {
        Ruling::Governs(_, rule) | Ruling::Later(_, rule, _) => Some(rule),
        Ruling::Never => None,
    }
}

/// The addresses of a band, each once; the inbox in place of one that is not there.
pub(crate) fn targets(rule: &BandRule, addresses: &[Name]) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for name in &rule.addresses {
        let target = if addresses.contains(name) {
            Target { address: name.clone(), remark: String::new() }
        } else {
            Target { address: inbox(), remark: format!("; there is no address {name}: to the inbox instead") }
        };
        if !targets.iter().any(|seen| seen.address == target.address) {
            targets.push(target);
        }
    }
    targets
}

pub(crate) fn inbox() -> Name {
    Name::new("inbox").expect("it is a name")
}

/// Told, or on the way: then it counts as heard.
fn is_live(told: &Told) -> bool {
    matches!(told.state, ToldState::Sealed | ToldState::Delivered)
}

fn withdrawal(item: &PlacedItem, brief: bool, reason: String) -> Withdrawal {
    Withdrawal { bucket: item.bucket.clone(), alert: item.alert.clone(), brief, reason }
}

fn data_text(data: &Value, path: &[String]) -> String {
    match path.iter().try_fold(data, |value, step| value.get(step)) {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        _ => String::new(),
    }
}
