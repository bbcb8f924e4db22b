//! An undisturbed life, in which the same events come in at the same moments.

use event::{Failure, FailureOf, Outcome, Record, Recorded, Seq, SubscriptionId, Timestamp};
use journal::{FailureQuery, FailuresOf};
use testkit::oracle::Rows;

use crate::daemon::{Daemon, Ground, World};
use crate::effects::effects;
use crate::life::Past;
use crate::script::{BEGIN, SOURCE};

/// Plays to a daemon that nothing happens to what came from outside in another life, and
/// answers the effects at the same moment.
///
/// # Errors
/// When the records of the other life are not taken as they were there.
pub(crate) fn relive(past: &Past) -> Result<Rows, String> {
    let world = World::new(0, BEGIN, Ground::sound());
    world.take_keys(&past.world);
    let daemon = Daemon::start(&world).map_err(|error| format!("the reference does not start: {error}"))?;
    let mut reference = Reference { world, daemon };
    let mut before = BEGIN;
    // The first start is the reference's own.
    for recorded in &past.records[1..] {
        let Recorded { received, record, .. } = recorded;
        if let Record::Started { .. } = record {
            // Nobody listens from the last record to this one.
            reference.through(before);
            reference.world.clock.advance_to(*received);
            reference.take(recorded)?;
        } else if let Record::Replay { failure, subscription } = record {
            reference.up_to(*received);
            let failure = reference.same_failure(past, *failure, subscription)?;
            let record = Record::Replay { failure, subscription: subscription.clone() };
            reference.take(&Recorded { record, ..recorded.clone() })?;
        } else if comes_from_outside(record) {
            reference.up_to(*received);
            reference.take(recorded)?;
        }
        before = *received;
    }
    reference.through(past.end);
    let journal = &reference.daemon.journal;
    let records = journal.read(Seq(0), usize::MAX).map_err(|error| error.to_string())?;
    let effects = effects(journal, &records, past.end);
    reference.daemon.crash();
    effects
}

struct Reference {
    world: World,
    daemon: Daemon,
}

impl Reference {
    /// Lets everything happen that is due before `end`, and stands there.
    fn up_to(&mut self, end: Timestamp) {
        if end > self.world.now() {
            self.through(end.plus_ms(-1));
            self.world.clock.advance_to(end);
        }
    }

    /// Lets everything happen that is due up to `end`, and stands there.
    fn through(&mut self, end: Timestamp) {
        self.daemon.settle();
        while let Some(due) = self.daemon.pipeline.next_due().filter(|due| *due <= end) {
            self.world.clock.advance_to(due.max(self.world.now()));
            self.daemon.settle();
        }
        if end > self.world.now() {
            self.world.clock.advance_to(end);
            self.daemon.settle();
        }
    }

    /// The number that a failure of another life has here: that of the same event.
    fn same_failure(&self, past: &Past, failure: Seq, of: &SubscriptionId) -> Result<Seq, String> {
        let there = past.records.iter().find_map(|recorded| match &recorded.record {
            Record::SetAside { failure: call, .. } if recorded.seq == failure => Some(cause(call)),
            _ => None,
        });
        let query =
            FailureQuery { of: FailuresOf::Subscription(of.clone()), before: None, limit: usize::MAX };
        let view = self.daemon.journal.view().map_err(|error| error.to_string())?;
        let here = view.failures(&query).map_err(|error| error.to_string())?;
        let same = here.into_iter().find(|row| Some(cause(&row.failure)) == there);
        same.map(|row| row.seq).ok_or_else(|| format!("failure {failure} is none in the reference"))
    }

    /// Stores a record at once, before anything that is due at the same moment happens.
    fn take(&mut self, recorded: &Recorded) -> Result<(), String> {
        let Recorded { seq, received, record } = recorded;
        let taken = self.daemon.store_now(record.clone().into());
        match taken {
            Ok(receipt) if receipt.received == *received => Ok(()),
            Ok(receipt) => {
                Err(format!("record {seq} of {received} came in at {} in the reference", receipt.received))
            }
            Err(refusal) => Err(format!("record {seq} is refused in the reference: {refusal}")),
        }
    }
}

/// What a call was made for, told apart by the sender's id.
fn cause(call: &Failure) -> (FailureOf, String) {
    (call.of.clone(), call.input["event"]["id"].to_string())
}

/// Not what follows from other records, which the reference finds for itself.
fn comes_from_outside(record: &Record) -> bool {
    match record {
        Record::Event(record) => record.event.source == SOURCE,
        // The first wake-up of a subscription is saved with it.
        Record::Outcome(Outcome { after: None, spent: None, .. }) => true,
        Record::Person { .. }
        | Record::PersonRemoved { .. }
        | Record::Address { .. }
        | Record::AddressRemoved { .. }
        | Record::AddressRestored { .. }
        | Record::Style { .. }
        | Record::Subscription { .. }
        | Record::SubscriptionRemoved { .. }
        | Record::SubscriptionTransferred { .. } => true,
        _ => false,
    }
}
