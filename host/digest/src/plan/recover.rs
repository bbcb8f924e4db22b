//! The end of an alert: who hears that it is over.

use event::{AlertState, ChangeKind, Name, PlacedItem, Told};

use super::timing::Timing;
use super::{Planner, Target, Verdict, is_live, ruling_rule, targets, withdrawal};
use crate::rules::{BandRule, Mode, Release, Ruling};

impl Planner<'_> {
    /// Exactly one recovery to each address that was told, or is about to be; a band for
    /// `resolved` names the addresses instead. Where the problem still waits, and nobody
    /// there was told, there is nothing to recover from: it is withdrawn and counted, or
    /// kept where a release will show that it came and went.
    pub(super) fn recover(&mut self) {
        let heard: Vec<&Told> =
            self.s.told.iter().filter(|t| is_live(t) && t.alert_state == AlertState::Firing).collect();
        let (unheard, waiting): (Vec<&PlacedItem>, Vec<&PlacedItem>) =
            self.s.placed.iter().partition(|item| !heard.iter().any(|t| t.address == item.bucket.address));
        let (kept, brief): (Vec<_>, Vec<_>) = unheard.into_iter().partition(|item| self.is_kept(item));

        if !heard.is_empty() {
            self.place_recoveries(&heard, &kept);
        }
        for item in brief {
            let reason = "it was over before anybody was told".to_owned();
            self.planned.withdrawals.push(withdrawal(item, true, reason));
        }
        for item in waiting.into_iter().filter(|item| !self.places_in(&item.bucket)).collect::<Vec<_>>() {
            let reason = format!("it is over: {} hears that instead", item.bucket.address);
            self.planned.withdrawals.push(withdrawal(item, false, reason));
        }
        if self.planned.placements.is_empty() && self.planned.silence.is_none() {
            let (verdict, reason) = silence(&heard, &kept);
            self.silent(verdict, reason.to_owned());
        }
    }

    fn place_recoveries(&mut self, heard: &[&Told], kept: &[&PlacedItem]) {
        let ruling = self.s.rules.ruling(self.case, self.now);
        let targets = match ruling {
            Ruling::Governs(band, rule) if is_for_recoveries(rule) => {
                if matches!(rule.mode, Mode::Drop) {
                    self.silent(Verdict::Dropped, format!("{}: drop", self.band_name(band)));
                    return;
                }
                let tells_already = |target: &Target| kept.iter().any(|i| i.bucket.address == target.address);
                targets(rule, self.s.addresses)
                    .into_iter()
                    .filter(|t| !tells_already(t) && !self.knows_end(&t.address))
                    .collect()
            }
            _ => self.listeners(heard),
        };
        // Whatever is muted, who heard the problem hears its end: a band that drops problems does not drop that.
        let ruling = match ruling {
            Ruling::Governs(_, rule) if matches!(rule.mode, Mode::Drop) => Ruling::Never,
            ruling => ruling,
        };
        let timing = Timing::of(&ruling, self.s.rules, self.case, self.now);
        let why = match &ruling {
            Ruling::Governs(band, rule) => format!("recovery; {}: {}", self.band_name(*band), rule.mode),
            Ruling::Later(band, ..) => format!("recovery; held until {} begins", self.band_name(*band)),
            Ruling::Never => "recovery: it was told of the problem".to_owned(),
        };
        for Target { address, remark } in targets {
            let key = self.key(address, ruling_rule(&ruling), timing.band);
            self.place(key, ChangeKind::Resolved, &timing, format!("{why}{remark}"));
        }
    }

    /// Those who heard the problem, as far as their addresses still exist.
    fn listeners(&self, heard: &[&Told]) -> Vec<Target> {
        let live = heard.iter().filter(|told| self.s.addresses.contains(&told.address));
        live.map(|told| Target { address: told.address.clone(), remark: String::new() }).collect()
    }

    fn knows_end(&self, address: &Name) -> bool {
        self.s
            .told
            .iter()
            .any(|t| is_live(t) && t.address == *address && t.alert_state == AlertState::Resolved)
    }

    /// Whether the bucket keeps what came and went: those that hold and those of digest
    /// times do, unless their owner wants to see only what fires.
    fn is_kept(&self, item: &PlacedItem) -> bool {
        if item.bucket.style != *self.s.style {
            // Placed by another style than today's: its message will say that it is over.
            return true;
        }
        match self.s.rules.bands.get(item.bucket.band as usize) {
            Some(BandRule { mode: Mode::Digest(_) | Mode::Hold(_), release, .. }) => {
                *release != Release::Firing
            }
            // Placed before its band began, it is held until then.
            Some(rule) => !rule.is_open(&self.s.rules.zone, item.placed),
            None => false,
        }
    }
}

/// Why nobody is told of the end by itself.
fn silence(heard: &[&Told], kept: &[&PlacedItem]) -> (Verdict, &'static str) {
    match (kept.is_empty(), heard.is_empty()) {
        (false, _) => (Verdict::Waiting, "it still waits: the message that tells of it says that it is over"),
        (true, true) => (Verdict::Unheard, "nobody was told of the problem"),
        (true, false) => (Verdict::Gone, "no address that was told of the problem is there any more"),
    }
}

/// A band that names the state takes the place of the rule that recoveries follow the problem.
fn is_for_recoveries(rule: &BandRule) -> bool {
    rule.state == Some(AlertState::Resolved)
}
