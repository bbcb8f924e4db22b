//! Faults of the world itself, which break the daemon's promises behind its back: an oracle
//! that does not see them would see nothing.

use event::{AlertState, AlertUpdate, DigestId, Outcome, Record, Recorded, Seq, WakeChange};
use testkit::oracle::Fault;

use crate::daemon::Daemon;
use crate::effects::is_compared;
use crate::network::Call;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Planted {
    /// What arrives arrives twice.
    SendsTwice,
    /// What arrives arrives once more under another id.
    SendsUnderAnotherId,
    /// What is told to have arrived never does.
    Swallows,
    /// The hand that writes passes over what some runs brought forth.
    SkipsOutcomes,
    /// It writes what runs found once more.
    RepeatsOutcomes,
    /// It does so with calls that had been set aside, and were replayed.
    RepeatsReplays,
}

impl Planted {
    /// Each with what the oracle must say of it.
    pub(crate) const ALL: [(Planted, Fault); 6] = [
        (Planted::SendsTwice, Fault::NeedlessRepeat),
        (Planted::SendsUnderAnotherId, Fault::UnknownDigest),
        (Planted::Swallows, Fault::LostDigest),
        (Planted::SkipsOutcomes, Fault::LostEffect),
        (Planted::RepeatsOutcomes, Fault::ExtraEffect),
        (Planted::RepeatsReplays, Fault::ExtraEffect),
    ];

    /// What else arrives when something does.
    pub(crate) fn beside(self, call: &Call) -> Option<Call> {
        let digest = match self {
            Planted::SendsTwice => call.digest.clone(),
            Planted::SendsUnderAnotherId => DigestId(format!("{}-again", call.digest)),
            _ => return None,
        };
        Some(Call { digest, ..call.clone() }).filter(|call| call.accepted)
    }

    /// What the hand writes right after what it has just stored, before any stage goes on.
    pub(crate) fn written_behind(self, daemon: &Daemon, stored: &[Recorded]) -> Vec<Record> {
        match self {
            Planted::SkipsOutcomes => {
                stored.iter().filter_map(|recorded| skipped(daemon, recorded)).collect()
            }
            Planted::RepeatsOutcomes | Planted::RepeatsReplays => {
                let only_replays = self == Planted::RepeatsReplays;
                let found = stored.iter().filter_map(|recorded| match &recorded.record {
                    Record::Outcome(outcome) if !only_replays || !outcome.replayed.is_empty() => {
                        Some(outcome)
                    }
                    _ => None,
                });
                found.filter_map(|outcome| repeated(daemon, outcome)).collect()
            }
            Planted::SendsTwice | Planted::SendsUnderAnotherId | Planted::Swallows => Vec::new(),
        }
    }
}

/// Every fourth event is passed over by somebody whom it may concern.
fn skipped(daemon: &Daemon, stored: &Recorded) -> Option<Record> {
    let Recorded { seq, record: Record::Event(_), .. } = stored else { return None };
    let view = daemon.journal.view().ok()?;
    let subscriptions = view.subscriptions().ok()?.into_iter().filter(is_compared);
    let mut follow = subscriptions.filter(|known| matches!(view.lag(&known.id), Ok(None)));
    let passed_by = follow.nth(seq.0 as usize % 4)?;
    let after = view.position(&passed_by.id).ok().filter(|after| after < seq)?;
    Some(Record::Outcome(Outcome { upto: Some(*seq), ..empty(passed_by.id, after) }))
}

fn repeated(daemon: &Daemon, outcome: &Outcome) -> Option<Record> {
    let counts = |update: &AlertUpdate| update.state != AlertState::Resolved;
    // What moves nobody may be such a repetition itself.
    if outcome.upto == outcome.after || !outcome.alerts.iter().any(counts) {
        return None;
    }
    let view = daemon.journal.view().ok()?;
    let known = view.subscription(&outcome.subscription).ok()?.filter(is_compared)?;
    let stands = view.position(&known.id).ok()?;
    Some(Record::Outcome(Outcome { alerts: outcome.alerts.clone(), ..empty(known.id, stands) }))
}

fn empty(subscription: event::SubscriptionId, at: Seq) -> Outcome {
    Outcome {
        subscription,
        after: Some(at),
        upto: Some(at),
        spent: None,
        alerts: Vec::new(),
        writes: Vec::new(),
        wake: WakeChange::Keep,
        wake_hops: 0,
        replayed: Vec::new(),
    }
}
