//! What each record does to the state: the one place that says yes or no.

mod config;
mod doors;
mod failures;
mod handling;
mod leaving;
mod plugins;
mod sources;

mod alerts;
mod delivery;

mod sweep;

use event::{Expect, Name, Record, Refusal, Seq, Timestamp};

use super::key::one;
use super::rows::Rows;
use super::tables::PERSONS;
use super::{StateError, View};

/// Why a record is not applied.
pub(super) enum Deny {
    Conflict(String),
    Missing(String),
    Stale(String),
    /// The state itself could not be read.
    Failed(StateError),
}

impl Deny {
    /// As the sender of the group hears it; `index` is the record's place in the group.
    pub(super) fn refusal(self, index: usize) -> Refusal {
        match self {
            Deny::Conflict(message) => Refusal::Conflict { index, message },
            Deny::Missing(message) => Refusal::Missing { index, message },
            Deny::Stale(message) => Refusal::Stale { message },
            Deny::Failed(error) => Refusal::Unread { message: error.to_string() },
        }
    }
}

impl From<StateError> for Deny {
    fn from(error: StateError) -> Deny {
        Deny::Failed(error)
    }
}

pub(super) type Verdict = Result<(), Deny>;

/// One record's turn.
pub(super) struct Turn<'v> {
    view: &'v mut View,
    seq: Seq,
    received: Timestamp,
}

impl<'v> Turn<'v> {
    pub(super) fn new(view: &'v mut View, seq: Seq, received: Timestamp) -> Turn<'v> {
        Turn { view, seq, received }
    }

    /// Applies the record. After a no, what it wrote until then is for the caller to undo.
    pub(super) fn take(mut self, record: &Record) -> Verdict {
        match record {
            Record::Started { silent_since, .. } => self.started(*silent_since),
            Record::Event(_) => Ok(()),

            Record::Person { expect, value } => self.person(*expect, value),
            Record::PersonRemoved { name } => self.person_removed(name),
            Record::Address { expect, value } => self.address(*expect, value),
            Record::AddressRemoved { person, name } => self.address_removed(person, name),
            Record::AddressRestored { person, name } => self.address_restored(person, name),
            Record::Style { expect, value } => self.style(*expect, value),
            Record::StyleRemoved { person, name } => self.style_removed(person, name),
            Record::Subscription { expect, value } => self.subscription(*expect, value),
            Record::SubscriptionRemoved { id } => self.subscription_removed(id),
            Record::SubscriptionTransferred { id, to, name } => self.subscription_transferred(id, to, name),
            Record::SubscriptionStatus { id, status } => self.subscription_status(id, status),
            Record::Plugin { expect, value } => self.plugin(*expect, value),
            Record::PluginWaiting { name, value } => self.plugin_waiting(name, value.as_ref()),
            Record::PluginFaulted { name, sha256 } => self.plugin_faulted(name, sha256),
            Record::PluginRemoved { name } => self.plugin_removed(name),
            Record::Secret { value } => self.secret(value),
            Record::SecretRemoved { name } => self.secret_removed(name),
            Record::Token { expect, value } => self.token(*expect, value),
            Record::TokenRevoked { id } => self.token_revoked(id),
            Record::Door { expect, value } => self.door(*expect, value),
            Record::DoorRemoved { name } => self.door_removed(name),
            Record::Source { expect, value } => self.source(*expect, value),
            Record::SourceRemoved { name } => self.source_removed(name),

            Record::Dispatched { upto } => self.dispatched(*upto),
            Record::Lagging(lag) => self.lagging(lag),
            Record::CaughtUp { subscription } => self.caught_up(subscription),
            Record::Outcome(outcome) => self.outcome(outcome),
            Record::CallFailed(failed) => self.lagging(&failed.lag),
            Record::SetAside { failure, upto } => self.set_aside(failure, *upto),
            Record::Replay { failure, subscription } => self.replay(*failure, subscription),
            Record::Replayed { failure } => self.replayed(*failure),

            Record::Swept { before, most } => self.swept(*before, *most),

            Record::Planned(planned) => self.planned(planned),
            Record::Sealed(digest) => self.sealed(digest),
            Record::Attempt(attempt) => self.attempt(attempt),
        }
    }

    fn rows(&mut self) -> &mut Rows {
        &mut self.view.rows
    }

    fn need_person(&mut self, name: &Name) -> Verdict {
        match self.rows().holds(PERSONS, &one(name.as_str()))? {
            true => Ok(()),
            false => Err(missing(format!("person `{name}`"))),
        }
    }
}

/// Holds what the sender expects against what there is.
fn meet(expect: Expect, exists: bool, what: impl FnOnce() -> String) -> Verdict {
    match (expect, exists) {
        (Expect::New, true) => Err(Deny::Conflict(format!("{} exists already", what()))),
        (Expect::Present, false) => Err(missing(what())),
        _ => Ok(()),
    }
}

fn missing(what: String) -> Deny {
    Deny::Missing(format!("there is no {what}"))
}
