//! One attempt: from a row of the outbox to what is recorded of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use accounts::Unreadable;
use deliver::Deliverer;
use event::{
    Address, Attempt, AttemptResult, Channel, ChannelReceipt, Clock, Digest, DigestRecord, Outbox, Record,
    Timestamp, Watch,
};
use futures_util::FutureExt;
use journal::{StateError, View};
use meter::Timer;

use crate::channel::{self, Channels, Delivery};
use crate::keys::Keys;
use crate::parcel::Parcel;
use crate::people::{self, Place};
use crate::rooms::Room;
use crate::{notice, scrub};

/// What is due, with all that an attempt needs to know.
pub(crate) struct Load {
    pub(crate) outbox: Outbox,
    /// It may be large, and is read once there is room.
    digest: Option<DigestRecord>,
    /// None when it was removed, or its person was.
    place: Option<Place>,
    /// Since then the address is switched off.
    gone: Option<Timestamp>,
    /// Of the last message about one of the digest's alerts, for a plugin that goes on from it.
    previous: Option<String>,
}

impl Load {
    /// Without what only an attempt needs that begins.
    pub(crate) fn look(view: &View, outbox: Outbox, keys: &Keys) -> Result<Load, StateError> {
        let place = match view.person(&outbox.person)? {
            Some(person) => {
                people::places(view, &person, keys)?.into_iter().find(|place| place.name == outbox.address)
            }
            None => None,
        };
        let gone = view.address_health(&outbox.person, &outbox.address)?.and_then(|health| health.gone);
        Ok(Load { outbox, digest: None, place, gone, previous: None })
    }

    pub(crate) fn fill(&mut self, view: &View) -> Result<(), StateError> {
        self.digest = view.digest(&self.outbox.digest)?;
        let Some((place, digest)) = self.place.as_ref().zip(self.digest.as_ref()) else { return Ok(()) };
        let Some(plugin) = place.channel.plugin() else { return Ok(()) };
        if channel::traits(view, plugin, place.plugin_sha256.as_deref())?.stateful {
            self.previous = last_receipt(view, digest)?;
        }
        Ok(())
    }

    /// None: its attempt ends at once.
    pub(crate) fn room(&self) -> Option<Room> {
        let place = self.place.as_ref().filter(|place| place.address.is_ok());
        place.filter(|_| self.gone.is_none()).and_then(Room::of)
    }
}

/// Of all messages at the digest's address about any of its alerts, the last one's.
fn last_receipt(view: &View, digest: &DigestRecord) -> Result<Option<String>, StateError> {
    let mut last: Option<ChannelReceipt> = None;
    for item in &digest.items {
        let told = view.told_at(&item.alert, &digest.address)?;
        let receipt = told.and_then(|told| told.receipt);
        if receipt.as_ref().map(|receipt| receipt.at) > last.as_ref().map(|last| last.at) {
            last = receipt;
        }
    }
    Ok(last.map(|receipt| receipt.reference))
}

/// An attempt that ended.
pub(crate) struct Carried {
    pub(crate) outbox: Outbox,
    digest: Option<DigestRecord>,
    pub(crate) room: Option<Room>,
    /// None when the address is gone: nothing was tried.
    pub(crate) channel: Option<Channel>,
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
    pub(crate) result: AttemptResult,
    /// It counts against a version of a plugin that is new.
    fault: Option<Record>,
}

/// What makes attempts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hand {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) deliverer: Arc<Deliverer>,
    pub(crate) channels: Channels,
    pub(crate) keys: Keys,
}

impl Hand {
    /// One try, which ends in any case.
    pub(crate) async fn attempt(self, load: Load, room: Option<Room>) -> Carried {
        let timer = Timer::start();
        let channel = load.place.as_ref().map(|place| place.channel.clone());
        let Delivery { result, fault } = match self.readable(&load) {
            Ok((digest, _)) if Watch::is(&digest.person) => Delivery::of(self.ping(&digest).await),
            Ok((digest, address)) => self.deliver(&digest, address, &load).await,
            Err(result) => Delivery::of(result),
        };
        let Load { outbox, digest, .. } = load;
        Carried { outbox, digest, room, channel, at: self.clock.now(), took: timer.elapsed(), result, fault }
    }

    /// What is to go where; an error when that is known to be in vain.
    fn readable<'l>(&self, load: &'l Load) -> Result<(Digest, &'l Address), AttemptResult> {
        let gone = || AttemptResult::permanent("the address no longer exists");
        let place = load.place.as_ref().ok_or_else(gone)?;
        let address = place.address.as_ref().map_err(|why| unreadable("address", *why))?;
        let record = load.digest.as_ref().ok_or_else(gone)?;
        if let Some(since) = load.gone {
            return Err(switched_off(address, since));
        }
        let digest = self.keys.read_digest(record).map_err(|why| unreadable("digest", why))?;
        Ok((digest, address))
    }

    async fn ping(&self, digest: &Digest) -> AttemptResult {
        let seen = digest.items.iter().map(|item| item.last).max().unwrap_or(digest.sealed);
        self.deliverer.ping(seen, self.clock.now()).await
    }

    async fn deliver(&self, digest: &Digest, address: &Address, load: &Load) -> Delivery {
        let delivery = async {
            match load.place.as_ref().and_then(|place| Some((place, place.channel.plugin()?))) {
                Some((place, plugin)) => {
                    let version = place.plugin_sha256.as_deref();
                    let message = match message(digest, load) {
                        Ok(message) => message,
                        Err(result) => return Delivery::of(result),
                    };
                    self.channels.deliver(plugin, version, address, message, self.clock.now()).await
                }
                None => Delivery::of(self.deliverer.deliver(digest, address, self.clock.now()).await),
            }
        };
        let delivery = AssertUnwindSafe(delivery).catch_unwind().await.unwrap_or_else(|_| {
            let why = "the attempt broke off: a fault of this program, see its log";
            Delivery::of(AttemptResult::transient(why))
        });
        Delivery { result: scrub::attempt(delivery.result, address), ..delivery }
    }
}

/// What was sealed for a plugin, as this attempt hands it over.
fn message(digest: &Digest, load: &Load) -> Result<plugins::Message, AttemptResult> {
    let sealed = digest.forms.json.as_deref().map(Parcel::read);
    // A person may have given the name of an address to another one meanwhile.
    let Some(Ok(parcel)) = sealed else {
        let reason = format!("the digest was not sealed for `{}` as a plugin's", digest.address);
        return Err(AttemptResult::permanent(reason));
    };
    let (previous, attempt) = (load.previous.clone(), load.outbox.attempts + 1);
    Ok(parcel.message(&digest.id, &digest.person, digest.severity, previous, attempt))
}

fn switched_off(address: &Address, since: Timestamp) -> AttemptResult {
    let Address { person, name, channel, .. } = address;
    let (why, edit) = match channel {
        Channel::Plugin(plugin) => (
            format!("{plugin} said that its configuration can never work"),
            format!("`tellify address edit --user {person} {name} --config …`, or "),
        ),
        _ => ("its receiver called it gone".to_owned(), String::new()),
    };
    AttemptResult::permanent(format!(
        "nothing is sent to {name} since {since}, when {why}: {edit}`tellify address test --user {person} {name}` \
         takes it into use again"
    ))
}

fn unreadable(what: &str, why: Unreadable) -> AttemptResult {
    if why == Unreadable::Unavailable {
        return AttemptResult::transient(format!("the {what} is unreadable: {why}"));
    }
    AttemptResult::permanent(format!(
        "the {what} is unreadable: {why}. Restore the folder of keys, or set the profile or address again"
    ))
}

/// The attempt, and when the next one is due. One that was the last and brought
/// nothing becomes an event, as does the end of an address. Says also whether it was the last.
pub(crate) fn records_of(carried: &Carried) -> (Vec<Record>, bool) {
    let Carried { outbox, digest, at, result, channel, fault, .. } = carried;
    let number = outbox.attempts + 1;
    let next = digest::retry(&outbox.digest, number, outbox.sealed, *at, result);
    let attempt = Attempt { digest: outbox.digest.clone(), number, at: *at, result: result.clone(), next };
    if Watch::is(&outbox.person) {
        // Whoever waits for it outside is the one who tells.
        return (vec![Record::Attempt(Attempt { next: None, ..attempt })], true);
    }
    let mut records = vec![Record::Attempt(attempt)];
    records.extend(fault.clone());
    if let AttemptResult::Gone { reason } = result {
        let plugin = channel.as_ref().and_then(Channel::plugin);
        records.push(notice::address_gone(outbox, plugin, reason, *at));
    }
    if let (Some(reason), Some(digest), None) = (result.failure(), digest, next) {
        tracing::warn!(person = %digest.person, address = %digest.address, number, reason, "a digest is given up");
        records.push(notice::undeliverable(digest, number, reason, *at));
    }
    (records, next.is_none())
}
