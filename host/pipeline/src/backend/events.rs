//! Events in, and events looked up.

use api::{Caller, Damaged, List, Listing, Order, Problem, RawRequest, Taken, TakenEvent, TakenShape, Who};
use event::{Event, EventLimits, EventRecord, Record, Scope, Seq, Stored, Timestamp};
use filter::Filter;
use ingest::{Batch, Defaults, Incoming, Rejection, Shape};
use journal::{EventQuery, StoredEvent};

use super::{Answer, Backend, answer, authority};

/// A reader of the crate `ingest`.
type Read = fn(&ingest::Request<'_>, &EventLimits, &Defaults) -> Result<Batch, Rejection>;

/// A way in of our own.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// For counting.
    name: &'static str,
    read: Read,
}

impl Way {
    pub(super) const NATIVE: Way = Way { name: "native", read: ingest::read };
    pub(super) const CLOUDEVENTS: Way = Way { name: "cloudevents", read: ingest::read_cloudevents };
}

impl Backend {
    /// Reads a request's events and answers once they are synced: all, or none.
    pub(super) async fn take(&self, caller: &Caller, request: RawRequest, way: Way) -> Answer<Taken> {
        let taken = self.take_uncounted(caller, request, way.read).await;
        self.count(
            way.name,
            taken.as_ref().map(|taken| {
                let duplicates = taken.events.iter().filter(|event| event.duplicate).count();
                (taken.events.len() - duplicates, duplicates)
            }),
        );
        taken
    }

    async fn take_uncounted(&self, caller: &Caller, request: RawRequest, read: Read) -> Answer<Taken> {
        let authority = authority(caller);
        authority.need(Scope::EventsWrite).map_err(answer::denied)?;
        let now = self.clock.now();
        let defaults = Defaults { source: source_of(caller), now };
        let batch = read(&as_ingest(&request), &self.options().limits, &defaults).map_err(rejected)?;
        let shape = match batch.shape {
            Shape::One => TakenShape::One,
            Shape::Many => TakenShape::Many,
        };
        let named: Vec<bool> = batch.events.iter().map(|incoming| !incoming.event.id.is_empty()).collect();
        let records: Vec<EventRecord> = batch
            .events
            .into_iter()
            .map(|Incoming { event, identity }| EventRecord {
                event: self.with_id(event, now),
                realm: authority.realm(),
                identity,
                cause: None,
                hops: 0,
                about: Vec::new(),
            })
            .collect();
        let ids: Vec<String> = records.iter().map(|record| record.event.id.clone()).collect();
        let stored = self.store(records).await?;
        let mut events = Vec::with_capacity(ids.len());
        for ((id, named), stored) in ids.into_iter().zip(named).zip(stored) {
            events.push(self.taken(id, named, stored).await?);
        }
        Ok(Taken { shape, events })
    }

    /// Counts a request's new events and duplicates, or why it was refused.
    pub(super) fn count(&self, way: &str, taken: Result<(usize, usize), &Problem>) {
        let meters = &self.insight.meters;
        match taken {
            Ok((new, duplicates)) => {
                meters.events.of([way]).add(new as u64);
                meters.duplicates.of([way]).add(duplicates as u64);
            }
            Err(problem) => meters.refused.of([way, reason(problem)]).add(1),
        }
    }

    /// Stores events as one group, and says under which number each of them stands.
    pub(super) async fn store(&self, events: Vec<EventRecord>) -> Answer<Vec<Stored>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let receipt = self.write_group(events.into_iter().map(Record::Event).collect()).await?;
        Ok(receipt.stored)
    }

    /// The same as [`Backend::count`], from the journal's answer.
    pub(super) fn count_stored(&self, way: &str, stored: &[Stored]) {
        let new = stored.iter().filter(|stored| matches!(stored, Stored::New(_))).count();
        self.count(way, Ok((new, stored.len() - new)));
    }

    pub(super) fn identified(&self, record: EventRecord, now: Timestamp) -> EventRecord {
        EventRecord { event: self.with_id(record.event, now), ..record }
    }

    pub(super) fn with_id(&self, event: Event, now: Timestamp) -> Event {
        if event.id.is_empty() { Event { id: self.ids.mint(now), ..event } } else { event }
    }

    /// A duplicate is answered with the first one's id. If its sender named it, that is
    /// the same; otherwise this sending was given another, which leads nowhere.
    async fn taken(&self, id: String, named: bool, stored: Stored) -> Answer<TakenEvent> {
        match stored {
            Stored::New(seq) => Ok(TakenEvent { id, seq, duplicate: false }),
            Stored::Duplicate(seq) if named => Ok(TakenEvent { id, seq, duplicate: true }),
            Stored::Duplicate(seq) => {
                let id = self.stored_event(seq).await?.map_or(id, |first| first.record.event.id);
                Ok(TakenEvent { id, seq, duplicate: true })
            }
        }
    }

    async fn stored_event(&self, seq: Seq) -> Answer<Option<StoredEvent>> {
        let journal = self.journal.clone();
        answer::blocking(move || journal.event(seq).map_err(answer::unread)).await
    }

    pub(super) async fn events(&self, caller: &Caller, listing: Listing) -> Answer<List<api::Event>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let filter = parse_filter(listing.q.as_deref())?;
        let after = listing.page.cursor.as_deref().map(read_cursor).transpose()?;
        let (journal, eyes) = (self.journal.clone(), self.eyes(caller)?);
        let page = answer::blocking(move || {
            let keep = |event: &StoredEvent| eyes.see(event) && filter.matches(&event.record.event);
            let order = match listing.order {
                Order::Newest => journal::Order::NewestFirst,
                Order::Oldest => journal::Order::OldestFirst,
            };
            let limit = listing.page.limit;
            let query = EventQuery { order, cursor: after, from: None, until: None, limit, keep: &keep };
            journal.events(&query).map_err(answer::unread)
        })
        .await?;
        Ok(List {
            items: page.events.into_iter().map(wire).collect(),
            next: page.next.map(|(time, seq)| format!("{}-{seq}", time.0)),
            damaged: page
                .damaged
                .iter()
                .map(|span| Damaged { first: span.first.0, last: span.last.0 })
                .collect(),
        })
    }

    pub(super) async fn event(&self, caller: &Caller, seq: Seq) -> Answer<api::Event> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let eyes = self.eyes(caller)?;
        let found = self.stored_event(seq).await?;
        found.filter(|event| eyes.see(event)).map(wire).ok_or_else(|| self.no_event(seq))
    }

    /// What is gone for good is told apart from what was never there.
    fn no_event(&self, seq: Seq) -> Problem {
        let first = self.journal.first();
        if seq >= first || seq == Seq(0) {
            return Problem::not_found(format!("there is no event {seq}"));
        }
        Problem::gone(format!("record {seq} has aged out: what is kept begins with record {first}"))
    }
}

/// Why a request was refused, for counting.
fn reason(problem: &Problem) -> &'static str {
    match problem.status {
        400 => "malformed",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not-found",
        409 => "conflict",
        413 => "too-large",
        415 => "unknown-type",
        429 => "busy",
        503 => "unavailable",
        _ => "failed",
    }
}

pub(super) fn as_ingest(request: &RawRequest) -> ingest::Request<'_> {
    ingest::Request {
        content_type: request.content_type.as_deref(),
        content_encoding: request.content_encoding.as_deref(),
        query: &request.query,
        headers: &request.headers,
        body: &request.body,
    }
}

/// Where an event comes from when its sender does not say: the token's name, or the peer.
fn source_of(caller: &Caller) -> String {
    match &caller.who {
        Who::Token(token) => token.name.to_string(),
        Who::Admin | Who::Local => caller.peer.ip().to_string(),
    }
}

pub(super) fn wire(event: StoredEvent) -> api::Event {
    api::Event::new(event.seq, event.received, event.record)
}

pub(super) fn parse_filter(q: Option<&str>) -> Answer<Filter> {
    Filter::parse(q.unwrap_or_default()).map_err(|error| {
        Problem::bad_request(format!("The filter is not understood: {error}.")).at_position(error.column - 1)
    })
}

fn read_cursor(text: &str) -> Answer<(Timestamp, Seq)> {
    let parts = text.rsplit_once('-').and_then(|(time, seq)| Some((time.parse().ok()?, seq.parse().ok()?)));
    let (time, seq) =
        parts.ok_or_else(|| Problem::bad_request("This cursor is none that a list has given."))?;
    Ok((Timestamp(time), Seq(seq)))
}

pub(super) fn rejected(rejection: Rejection) -> Problem {
    let mut problem = Problem::new(rejection.status, rejection.detail);
    problem.index = rejection.index;
    problem.at_pointer(rejection.pointer)
}
