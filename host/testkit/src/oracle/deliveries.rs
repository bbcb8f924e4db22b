//! The third promise: every alert arrives, and what arrives twice has a reason.

use std::collections::{BTreeMap, BTreeSet};

use event::{AlertState, Severity};

use crate::oracle::{Fault, Verdict};

/// An alert as it stands in the end, and where it had to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    pub alert: String,
    pub state: AlertState,
    pub addresses: Vec<String>,
}

/// What a digest tells of one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    pub alert: String,
    pub state: AlertState,
    pub severity: Severity,
}

/// A digest that was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub id: String,
    pub address: String,
    pub tells: Vec<Telling>,
    /// In which life its delivery was recorded; none: never.
    pub done: Option<usize>,
}

/// One arrival of a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub id: String,
    pub address: String,
    /// Between which two kills it arrived; lives count from 0.
    pub life: usize,
    /// The bytes that every attempt must repeat, or a hash of them.
    pub bytes: String,
    /// The alerts that it speaks of, where they can be told from its bytes.
    pub alerts: Option<BTreeSet<String>>,
    /// The sender was not told that it arrived.
    pub reply_lost: bool,
}

/// How many duplicates there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub kills: usize,
    /// Attempts that one kill can break off.
    pub in_flight: usize,
}

/// All that was to be delivered, and all that arrived.
#[derive(Clone, Debug)]
pub struct Deliveries {
    pub owed: Vec<Owed>,
    /// In the order in which they were sealed.
    pub sealed: Vec<Sealed>,
    /// In the order in which they arrived.
    pub received: Vec<Received>,
    pub bound: Bound,
}

impl Deliveries {
    pub fn judge(&self) -> Verdict {
        let mut verdict = Verdict::default();
        let arrivals = self.arrivals();
        verdict.count("alerts", self.owed.len());
        verdict.count("digests sealed", self.sealed.len());
        verdict.count("arrivals", self.received.len());
        self.judge_tellings(&arrivals, &mut verdict);
        self.judge_digests(&arrivals, &mut verdict);
        self.judge_duplicates(&arrivals, &mut verdict);
        verdict
    }

    fn arrivals(&self) -> BTreeMap<&str, Vec<&Received>> {
        let mut arrivals: BTreeMap<&str, Vec<&Received>> = BTreeMap::new();
        for received in &self.received {
            arrivals.entry(&received.id).or_default().push(received);
        }
        arrivals
    }

    /// Each alert's last state is told wherever it is owed, and nothing is told twice.
    fn judge_tellings(&self, arrivals: &BTreeMap<&str, Vec<&Received>>, verdict: &mut Verdict) {
        let mut told: BTreeMap<(&str, &str), Vec<&Telling>> = BTreeMap::new();
        for digest in &self.sealed {
            let arrived = arrivals.contains_key(digest.id.as_str());
            for telling in &digest.tells {
                let tellings = told.entry((&telling.alert, &digest.address)).or_default();
                if tellings.last().is_some_and(|last| **last == *telling) {
                    verdict.find(
                        Fault::ToldTwice,
                        format!("{} at {}: {telling:?}", telling.alert, digest.address),
                    );
                }
                if arrived {
                    tellings.push(telling);
                }
            }
        }
        for owed in &self.owed {
            for address in &owed.addresses {
                let last = told.get(&(owed.alert.as_str(), address.as_str())).and_then(|told| told.last());
                let last = last.map(|telling| telling.state);
                // What began and ended before anybody heard of it is nothing to tell.
                let brief = owed.state == AlertState::Resolved && last.is_none();
                if last != Some(owed.state) && !brief {
                    let told = last.map_or("nothing", AlertState::as_str);
                    let about = format!("{} is {}, and {address} was told {told}", owed.alert, owed.state);
                    verdict.find(Fault::LostAlert, about);
                }
            }
        }
    }

    /// What was sealed arrives, and what arrives was sealed so.
    fn judge_digests(&self, arrivals: &BTreeMap<&str, Vec<&Received>>, verdict: &mut Verdict) {
        let sealed: BTreeMap<&str, &Sealed> =
            self.sealed.iter().map(|digest| (digest.id.as_str(), digest)).collect();
        for digest in &self.sealed {
            if !arrivals.contains_key(digest.id.as_str()) {
                verdict.find(Fault::LostDigest, format!("{} to {}", digest.id, digest.address));
            }
        }
        for (id, received) in arrivals {
            let Some(digest) = sealed.get(id) else {
                verdict.find(Fault::UnknownDigest, *id);
                continue;
            };
            let alerts: BTreeSet<&str> = digest.tells.iter().map(|telling| telling.alert.as_str()).collect();
            for arrival in received {
                let told = arrival.alerts.as_ref();
                let tells_others =
                    told.is_some_and(|told| !told.iter().map(String::as_str).eq(alerts.iter().copied()));
                if tells_others || arrival.bytes != received[0].bytes || arrival.address != digest.address {
                    verdict.find(Fault::OtherDigest, format!("{id} to {}", arrival.address));
                }
                if digest.done.is_some_and(|done| arrival.life > done) {
                    verdict.find(Fault::RepeatAfterDone, format!("{id} in life {}", arrival.life));
                }
            }
        }
    }

    /// Within one life a repeat has a lost reply before it; over all of them, kills.
    fn judge_duplicates(&self, arrivals: &BTreeMap<&str, Vec<&Received>>, verdict: &mut Verdict) {
        let (mut duplicates, mut lost) = (0, 0);
        for (id, received) in arrivals {
            duplicates += received.len() - 1;
            lost += received.iter().filter(|arrival| arrival.reply_lost).count();
            for pair in received.windows(2) {
                if pair[0].life == pair[1].life && !pair[0].reply_lost {
                    verdict.find(Fault::NeedlessRepeat, format!("{id} in life {}", pair[0].life));
                }
            }
        }
        let Bound { kills, in_flight } = self.bound;
        let allowed = kills * in_flight + lost;
        verdict.count("replies lost", lost);
        verdict.count("duplicates, all with the id of the first", duplicates);
        verdict.count(format!("  allowed: {kills} kills x {in_flight} + lost replies"), allowed);
        if duplicates > allowed {
            verdict.find(Fault::OverBound, format!("{duplicates} duplicates, {allowed} allowed"));
        }
    }
}
