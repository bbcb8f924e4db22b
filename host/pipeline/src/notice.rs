//! The daemon's own events: what went wrong is an event like any other, in the
//! realm of the person whom it concerns.

mod plugins;

use event::{
    DigestRecord, Event, EventRecord, Name, Outbox, Realm, Record, Role, Seq, Severity, Subscription,
    SubscriptionId, Timestamp,
};
use journal::{Damage, StateError, Unreadable, View};
use serde_json::{Value, json};

pub(crate) use self::plugins::{grants_changed, plugin_waits, rolled_back, secret_removed, secret_set};

/// What the daemon has to say.
pub(crate) struct Notice {
    pub(crate) kind: &'static str,
    pub(crate) severity: Severity,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) data: Value,
    pub(crate) realm: Realm,
}

impl Notice {
    /// `mark` tells this notice from others of its kind and subject, the same at
    /// every attempt to write it.
    fn record(self, mark: &str, now: Timestamp, about: Vec<SubscriptionId>, cause: Cause) -> Record {
        Record::Event(EventRecord {
            event: Event {
                id: format!("{}-{}-{mark}", self.kind, self.subject),
                source: "tellify".into(),
                kind: self.kind.into(),
                subject: Some(self.subject),
                time: now,
                severity: Some(self.severity),
                effect: None,
                origin: None,
                tags: Vec::new(),
                text: self.text,
                data: self.data,
            },
            realm: self.realm,
            identity: None,
            cause: cause.event,
            hops: cause.hops,
            about,
        })
    }
}

/// What brought a notice, or anything else, forth.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cause {
    /// None: a wake-up, or the daemon itself.
    pub(crate) event: Option<Seq>,
    /// How many handlers stand between the first cause and what it brings forth.
    pub(crate) hops: u8,
}

/// A subscription stands still: its calls kept failing.
pub(crate) fn quarantined(subscription: &Subscription, reason: &str, now: Timestamp) -> Record {
    stopped("tellify.subscription.quarantined", "was stopped", subscription, reason, now)
}

/// A subscription was switched off: its configuration can never work.
pub(crate) fn disabled(subscription: &Subscription, reason: &str, now: Timestamp) -> Record {
    stopped("tellify.subscription.disabled", "was switched off", subscription, reason, now)
}

fn stopped(
    kind: &'static str,
    what: &str,
    subscription: &Subscription,
    reason: &str,
    now: Timestamp,
) -> Record {
    let Subscription { id, owner, name, handler, .. } = subscription;
    Notice {
        kind,
        severity: Severity::Error,
        subject: format!("{owner}/{name}"),
        text: format!("Subscription {name} {what}: {reason}"),
        data: json!({"subscription": id, "name": name, "handler": handler, "reason": reason}),
        realm: Realm::person(owner),
    }
    .record(&now.0.to_string(), now, vec![id.clone()], Cause::default())
}

/// A chain of handlers went round and was cut. The notice itself stands at the end of
/// that chain: what handlers make of it goes no further, and is no news again.
pub(crate) fn looped(subscription: &Subscription, cause: Option<Seq>, now: Timestamp) -> Record {
    let Subscription { id, owner, name, .. } = subscription;
    Notice {
        kind: "tellify.loop",
        severity: Severity::Error,
        subject: format!("{owner}/{name}"),
        text: format!(
            "What subscription {name} emits came back to it {} times: the event is stored, but wakes no handler any more.",
            EventRecord::HOPS_MAX
        ),
        data: json!({"subscription": id, "name": name, "event": cause}),
        realm: Realm::person(owner),
    }
    .record(&moment(cause, now), now, vec![id.clone()], Cause { event: cause, hops: EventRecord::HOPS_MAX })
}

/// An address was switched off: its receiver said that it is gone, or its plugin that the
/// configuration can never work.
pub(crate) fn address_gone(carried: &Outbox, plugin: Option<&Name>, reason: &str, now: Timestamp) -> Record {
    let Outbox { person, address, digest, .. } = carried;
    let test = format!("`tellify address test --user {person} {address}` takes it into use again");
    let mend = match plugin {
        Some(_) => format!(
            "Mend it: `tellify address edit --user {person} {address} --config …`; or, when the \
             configuration was not at fault, {test}."
        ),
        None => format!("{test} once its receiver is back."),
    };
    Notice {
        kind: "tellify.address.gone",
        severity: Severity::Error,
        subject: format!("{person}/{address}"),
        text: format!("Nothing is sent to {address} any more: {reason}. {mend}"),
        data: json!({"address": address, "reason": reason}),
        realm: Realm::person(person),
    }
    .record(digest.as_str(), now, Vec::new(), Cause::default())
}

/// A subscription goes on behind what it could not read, and `why`.
pub(crate) fn missed(
    subscription: &Subscription,
    (from, upto): (Seq, Seq),
    why: &str,
    now: Timestamp,
) -> Record {
    let Subscription { id, owner, name, .. } = subscription;
    Notice {
        kind: "tellify.subscription.gap",
        severity: Severity::Error,
        subject: format!("{owner}/{name}"),
        text: format!(
            "Subscription {name} did not see records {from} to {upto}: {why}. It goes on behind them."
        ),
        data: json!({"subscription": id, "name": name, "from": from, "upto": upto}),
        realm: Realm::person(owner),
    }
    .record(&upto.to_string(), now, vec![id.clone()], Cause::default())
}

/// Nobody was called for what cannot be read.
pub(crate) fn passed(unreadable: &Unreadable, admin: Option<&Name>, now: Timestamp) -> Record {
    let Unreadable { damage: Damage { file, problem }, first, last } = unreadable;
    Notice {
        kind: "tellify.journal.skipped",
        severity: Severity::Critical,
        subject: file.clone(),
        text: format!(
            "Records {first} to {last} are damaged, and no subscription saw what they hold ({problem}, in {file}). A backup may still have them."
        ),
        data: json!({"file": file, "problem": problem, "first": first, "last": last}),
        realm: admin.map_or_else(Realm::everyone, Realm::person),
    }
    .record(&first.to_string(), now, Vec::new(), Cause::default())
}

/// One for each administrator; for everybody, when nobody is one.
pub(crate) fn to_admins(
    view: &View,
    notice: impl Fn(Option<&Name>) -> Record,
) -> Result<Vec<Record>, StateError> {
    let persons = view.persons()?;
    let admins = persons.iter().filter(|person| person.role == Role::Admin);
    let told: Vec<_> = admins.map(|admin| notice(Some(&admin.name))).collect();
    Ok(if told.is_empty() { vec![notice(None)] } else { told })
}

/// Something that is stored cannot be read any more.
pub(crate) fn damaged(
    damage: &Damage,
    (first, last): (Seq, Seq),
    admin: Option<&Name>,
    now: Timestamp,
) -> Record {
    let Damage { file, problem } = damage;
    Notice {
        kind: "tellify.journal.damaged",
        severity: Severity::Critical,
        subject: file.clone(),
        text: format!(
            "History is damaged in {file} (records {first} to {last}): {problem}. What is damaged is not served. See `tellify verify`; a backup may still have it."
        ),
        data: json!({"file": file, "problem": problem, "first": first, "last": last}),
        realm: admin.map_or_else(Realm::everyone, Realm::person),
    }
    .record(&now.0.to_string(), now, Vec::new(), Cause::default())
}

/// A digest was given up. What it says is its person's, and no event's to repeat.
pub(crate) fn undeliverable(digest: &DigestRecord, attempts: u32, reason: &str, now: Timestamp) -> Record {
    let mut told: Vec<SubscriptionId> = digest.items.iter().map(|item| item.subscription.clone()).collect();
    told.sort();
    told.dedup();
    Notice {
        kind: "tellify.digest.undeliverable",
        severity: Severity::Error,
        subject: format!("{}/{}", digest.person, digest.address),
        text: format!(
            "A digest of {} could not be delivered to {} after {}: {reason}",
            counted(digest.items.len(), "alert"),
            digest.address,
            counted(attempts as usize, "attempt")
        ),
        data: json!({"digest": digest.id, "address": digest.address, "attempts": attempts, "reason": reason}),
        realm: Realm::person(&digest.person),
    }
    .record(digest.id.as_str(), now, told, Cause::default())
}

/// What a call came of, as part of an id: the same at every attempt of the same run, so
/// that the id needs no randomness.
pub(crate) fn moment(cause: Option<Seq>, now: Timestamp) -> String {
    cause.map_or_else(|| format!("w{}", now.0), |seq| seq.to_string())
}

fn counted(n: usize, thing: &str) -> String {
    if n == 1 { format!("one {thing}") } else { format!("{n} {thing}s") }
}
