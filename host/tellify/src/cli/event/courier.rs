//! Carries events to the daemon, and what cannot be carried to the spool.

use std::path::{Path, PathBuf};

use egress::Method;
use event::{Clock, Timestamp};
use serde_json::{Value, json};
use ulid::Ulid;

use super::feed::{Batch, Item};
use crate::cli::client::{Client, Trouble};
use crate::cli::failure::Failure;
use crate::cli::spool::{Entry, Spool, SpoolError};
use crate::clock::SystemClock;

const PATH: &str = "/api/v1/events";
const ANSWER_MAX: usize = 64 << 20;
/// Waiting requests go together up to so many events.
const TOGETHER: usize = 1000;

pub(super) struct Courier {
    client: Client,
    /// None: what cannot be carried is a failure.
    spool: Option<Spool>,
    /// The daemon did not answer: it is not asked again, what follows is kept.
    away: bool,
}

/// What became of a batch.
pub(super) enum Carried {
    /// The daemon's answer for each event.
    Taken(Vec<Value>),
    /// They wait on this machine, for this reason.
    Kept { events: Vec<Value>, reason: Option<Failure> },
}

/// What became of what had waited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flushed {
    pub(super) sent: usize,
    /// Of those, the ones that the daemon had already.
    pub(super) duplicates: usize,
    /// Files that were set aside, each with the reason.
    pub(super) aside: Vec<(PathBuf, String)>,
}

impl Courier {
    pub(super) fn new(client: Client, spool: Option<Spool>) -> Courier {
        Courier { client, spool, away: false }
    }

    pub(super) fn spool(&self) -> Option<&Spool> {
        self.spool.as_ref()
    }

    /// Sends a batch, or keeps it when nobody is there to take it. `before` is the
    /// number of events that were sent before it, so that a mistake is found.
    pub(super) async fn carry(&mut self, mut batch: Batch, before: usize) -> Result<Carried, Failure> {
        batch.items.iter_mut().for_each(name);
        if self.away {
            return self.keep(batch, None, false);
        }
        match self.post(&batch.items.iter().map(|item| item.json.as_str()).collect::<Vec<_>>()).await {
            Ok(taken) => Ok(Carried::Taken(taken)),
            Err(trouble) => match is_away(&trouble) {
                Some(perhaps_taken) if self.spool.is_some() => {
                    self.away = true;
                    let reason = self.client.failure(&trouble, None);
                    self.keep(batch, Some(reason), perhaps_taken)
                }
                _ => Err(self.client.failure(&counted(trouble, before), None)),
            },
        }
    }

    /// Sends what waits, in its order, and stops where the daemon is away or does not
    /// let us. Whoever does the same at this moment does it for us.
    pub(super) async fn flush(&mut self) -> (Flushed, Result<(), Failure>) {
        let mut flushed = Flushed::default();
        let ended = self.send_waiting(&mut flushed).await;
        // What follows must not overtake what waits, nor wait for the same silence.
        self.away |= ended.as_ref().is_err_and(Failure::is_unreachable);
        (flushed, ended)
    }

    async fn send_waiting(&mut self, flushed: &mut Flushed) -> Result<(), Failure> {
        let Some(spool) = &self.spool else { return Ok(()) };
        let Some(_turn) = spool.turn().map_err(Failure::failed)? else { return Ok(()) };
        let mut together: Vec<(PathBuf, Entry)> = Vec::new();
        for file in spool.files() {
            let entry = match spool.read(&file) {
                Ok(entry) => entry,
                Err(damage) => {
                    let aside = spool.set_aside(&file, "damaged")?;
                    flushed.aside.push((aside, damage.to_string()));
                    continue;
                }
            };
            let events: usize = together.iter().map(|(_, entry)| entry.events.len()).sum();
            // What may be there already is sent alone, so that the answer is about nothing else.
            let alone = entry.perhaps_taken || together.last().is_some_and(|(_, last)| last.perhaps_taken);
            if alone || events + entry.events.len() > TOGETHER {
                self.send_together(std::mem::take(&mut together), flushed).await?;
            }
            together.push((file, entry));
        }
        self.send_together(together, flushed).await
    }

    async fn send_together(
        &self,
        entries: Vec<(PathBuf, Entry)>,
        flushed: &mut Flushed,
    ) -> Result<(), Failure> {
        if entries.is_empty() {
            return Ok(());
        }
        let events: Vec<&str> =
            entries.iter().flat_map(|(_, entry)| &entry.events).map(String::as_str).collect();
        let Err(trouble) = self.post(&events).await.map(|taken| flushed.count(&taken)) else {
            return remove(&entries);
        };
        if let [(file, entry)] = entries.as_slice() {
            return self.conclude(file, entry, &trouble, flushed);
        }
        if is_away(&trouble).is_some() || is_denied(&trouble) {
            return Err(self.client.failure(&trouble, None));
        }
        // Something in one of them is refused, which is no reason to hold the others up.
        for entry in entries {
            Box::pin(self.send_together(vec![entry], flushed)).await?;
        }
        Ok(())
    }

    /// What to do with an entry that was not taken.
    fn conclude(
        &self,
        file: &Path,
        entry: &Entry,
        trouble: &Trouble,
        flushed: &mut Flushed,
    ) -> Result<(), Failure> {
        let failure = self.client.failure(trouble, None);
        if is_away(trouble).is_some() || is_denied(trouble) {
            return Err(failure);
        }
        // The time was added after the first attempt: that it is there with other content
        // means that it has arrived.
        if entry.perhaps_taken && entry.own_ids && failure.is_conflict() {
            flushed.sent += entry.events.len();
            flushed.duplicates += entry.events.len();
            std::fs::remove_file(file)?;
            return Ok(());
        }
        let spool = self.spool.as_ref().ok_or_else(|| Failure::failed("there is no spool"))?;
        flushed.aside.push((spool.set_aside(file, "refused")?, failure.to_string()));
        Ok(())
    }

    /// One request, and the answer for each of its events.
    async fn post(&self, events: &[&str]) -> Result<Vec<Value>, Trouble> {
        // About a single event, the daemon speaks without counting.
        let body = match events {
            [event] => (*event).to_owned(),
            events => format!("[{}]", events.join(",")),
        };
        let headers = [("content-type", "application/json")];
        let answer = self.client.attempt(Method::POST, PATH, &[], &headers, body.into_bytes()).await?;
        let bytes = answer.bytes(ANSWER_MAX).await.map_err(Trouble::Away)?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Array(taken)) => Ok(taken),
            Ok(taken) => Ok(vec![taken]),
            Err(error) => {
                Err(Trouble::Away(egress::Error::Other { cause: format!("the answer is no JSON: {error}") }))
            }
        }
    }

    fn keep(&self, batch: Batch, reason: Option<Failure>, perhaps_taken: bool) -> Result<Carried, Failure> {
        let Some(spool) = &self.spool else { return Err(Failure::failed("there is no spool")) };
        let now = SystemClock.now();
        let own_ids = batch.items.iter().all(|item| !item.has_id);
        let mut items = batch.items;
        for item in &mut items {
            // Under an id of its sender's, the same event must stay the same.
            let must_stay = perhaps_taken && item.has_id;
            if !(item.has_time || must_stay) {
                item.with("time", &now.to_string());
            }
        }
        let entry = Entry {
            events: items.iter().map(|item| item.json.clone()).collect(),
            perhaps_taken,
            own_ids,
            since: now,
        };
        if let Err(error) = spool.keep(&entry, now) {
            return Err(lost(&error, reason));
        }
        let events = entry.events.iter().map(|event| kept(event)).collect();
        Ok(Carried::Kept { events, reason })
    }
}

impl Flushed {
    fn count(&mut self, taken: &[Value]) {
        self.sent += taken.len();
        self.duplicates += taken.iter().filter(|one| one["duplicate"] == true).count();
    }
}

/// Gives an event a name, so that it can be sent twice and still be one; one with a
/// time has that for a name.
fn name(item: &mut Item) {
    if item.named_here() {
        item.with("id", &mint(SystemClock.now()));
    }
}

impl Item {
    fn named_here(&self) -> bool {
        !self.has_id && !self.has_time
    }
}

fn mint(now: Timestamp) -> String {
    let mut random = [0u8; 16];
    // Without random numbers the time alone must do, which a second sender may share.
    let _ = getrandom::fill(&mut random);
    Ulid::from_parts(u64::try_from(now.0).unwrap_or(0), u128::from_le_bytes(random)).to_string()
}

/// Whether the daemon is away, and if so, whether it may have taken the events.
fn is_away(trouble: &Trouble) -> Option<bool> {
    match trouble {
        Trouble::Away(egress::Error::Unreachable { .. } | egress::Error::Tls { .. }) => Some(false),
        Trouble::Away(_) => Some(true),
        Trouble::Refused(problem) => match problem.status {
            429 | 503 => Some(false),
            // A proxy does not know what became of it.
            502 | 504 => Some(true),
            _ => None,
        },
    }
}

fn is_denied(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(problem) if matches!(problem.status, 401 | 403))
}

/// The same trouble, with the event's number among all that were sent.
fn counted(trouble: Trouble, before: usize) -> Trouble {
    match trouble {
        Trouble::Refused(mut problem) if before > 0 => {
            problem.index = Some(problem.index.unwrap_or(0) + before);
            Trouble::Refused(problem)
        }
        other => other,
    }
}

fn remove(entries: &[(PathBuf, Entry)]) -> Result<(), Failure> {
    for (file, _) in entries {
        std::fs::remove_file(file)?;
    }
    Ok(())
}

/// What is told of an event that waits, in the form of the daemon's answer.
fn kept(event: &str) -> Value {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    json!({"id": event["id"], "seq": null, "duplicate": false, "kept": true})
}

fn lost(error: &SpoolError, reason: Option<Failure>) -> Failure {
    let advice = format!("They could not be kept on this machine either: {error}.");
    match reason {
        Some(reason) => reason.advised(&advice),
        None => Failure::failed(advice),
    }
}
