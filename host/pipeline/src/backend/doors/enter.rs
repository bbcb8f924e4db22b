//! A request at a door: read by an ingest plugin, stored, answered.

use std::sync::Arc;

use accounts::Authority;
use api::{Credentials, DoorReply, DoorRequest, DoorRoute, Problem, Service};
use bytes::Bytes;
use event::{Door, Event, EventRecord, Failure, FailureOf, Identity, Name, Realm, Record, Scope, Timestamp};
use meter::Timer;
use plugins::{Accepted, CallError, Config, IngestRequest, NewEvent, Outside, Rejection};

use super::again::{Recorded, Visit};
use super::keys;
use crate::backend::events::as_ingest;
use crate::backend::{Answer, Backend, answer, authority};
use crate::{blocking, go_back};

impl Backend {
    /// Lets a request in: the door's plugin reads it, the journal takes its events,
    /// and only then the sender is answered.
    pub(in crate::backend) async fn enter(
        &self,
        route: DoorRoute,
        credentials: Credentials,
        request: DoorRequest,
    ) -> Answer<DoorReply> {
        let DoorRoute { name, below } = route;
        let door = self.known_door(&self.view()?, &name)?;
        // It may have been closed since it was found.
        let door = door.ok_or_else(|| Problem::not_found(format!("there is no door `{name}`")))?;
        let answered = self.let_in(&door, below, credentials, request).await;
        if let Err(problem) = &answered {
            self.count(&way(&door), Err(problem));
        }
        answered
    }

    async fn let_in(
        &self,
        door: &Door,
        mut below: String,
        mut credentials: Credentials,
        mut request: DoorRequest,
    ) -> Answer<DoorReply> {
        let name = &door.name;
        let shown = keys::take(door, &mut below, &mut credentials, &mut request);
        let realm = self.admitted(door, credentials, &shown).await?;
        let received = self.clock.now();
        let request = self.ingest_request(below, request)?;
        let visit = Visit { request, realm, received, replay_of: None };
        match self.read_at(door, &visit).await? {
            Ok(Ok(accepted)) => self.accepted(door, &visit, accepted).await,
            Ok(Err(Rejection::Ignored(reason))) => Ok(reply(200, reason)),
            Ok(Err(Rejection::Unauthorized(reason))) => Err(Problem::unauthorized(reason)),
            Ok(Err(Rejection::Malformed(reason) | Rejection::Refused(reason))) => {
                Err(Problem::bad_request(reason))
            }
            Err(error) => {
                self.record_failure(door, &visit, &error).await?;
                Err(failed(name, &error))
            }
        }
    }

    /// Lets the door's plugin read a request.
    ///
    /// # Errors
    /// When it cannot be called now.
    pub(super) async fn read_at(
        &self,
        door: &Door,
        visit: &Visit,
    ) -> Answer<Result<Result<Accepted, Rejection>, CallError>> {
        let plugin = self.registry.ready(&door.plugin, door.plugin_sha256.as_deref()).await;
        let plugin = plugin.map_err(|e| {
            Problem::unavailable(format!("The door `{}` cannot read this now: {e}.", door.name), RETRY_S)
        })?;
        let outside = self.outsides.of(&door.plugin, plugin.sha256()).map_err(answer::internal)?;
        let timer = Timer::start();
        let read = read(plugin, door, visit.received, visit.request.clone(), outside).await;
        self.insight.meters.called(door.plugin.as_str(), timer, read.as_ref().map(|_| ()));
        Ok(read)
    }

    /// By the door's own token, or by one that may send events; without any, only at a
    /// door that has no token of its own. Returns the realm of what comes in.
    async fn admitted(&self, door: &Door, credentials: Credentials, shown: &[String]) -> Answer<Realm> {
        if shown.iter().any(|token| keys::opens(door, token)) {
            return Ok(door.realm.clone());
        }
        if shown.is_empty() && door.token_hash.is_some() {
            let name = &door.name;
            return Err(Problem::unauthorized(format!(
                "The door `{name}` needs its token: send `Authorization: Bearer …` or `X-Tellify-Token: …`, \
                 or put it behind the path, as in `/in/{name}/…`."
            )));
        }
        let mut refused = None;
        let attempts = shown.iter().cloned().map(Some).chain(shown.is_empty().then_some(None));
        for bearer in attempts {
            match self.authenticate(Credentials { bearer, ..credentials.clone() }).await {
                Ok(caller) => return self.realm_through(door, &authority(&caller)),
                Err(problem) => refused = refused.or(Some(problem)),
            }
        }
        Err(refused.unwrap_or_else(|| Problem::unauthorized("a token is needed")))
    }

    fn realm_through(&self, door: &Door, authority: &Authority) -> Answer<Realm> {
        authority.need(Scope::EventsWrite).map_err(answer::denied)?;
        match authority {
            Authority::Token(token) if !token.realm.is_everyone() => Ok(token.realm.clone()),
            _ => Ok(door.realm.clone()),
        }
    }

    fn ingest_request(&self, path: String, request: DoorRequest) -> Answer<IngestRequest> {
        let DoorRequest { method, remote, request } = request;
        let body = ingest::decoded(&as_ingest(&request), &self.options().limits)
            .map_err(|rejection| Problem::new(rejection.status, rejection.detail))?
            .into_owned();
        Ok(IngestRequest {
            method,
            path,
            query: request.query,
            headers: request.headers,
            body,
            remote: remote.to_string(),
        })
    }

    async fn accepted(&self, door: &Door, visit: &Visit, accepted: Accepted) -> Answer<DoorReply> {
        let events = door_events(door, visit, accepted.events);
        let stored = self.store(events.map(|event| self.identified(event, visit.received)).collect()).await?;
        self.count_stored(&way(door), &stored);
        Ok(accepted.reply.map_or_else(
            || reply(202, String::new()),
            |own| DoorReply { status: own.status, headers: own.headers, body: Bytes::from(own.body) },
        ))
    }

    /// A version that is new may go back for this.
    fn fault_at(&self, door: &Door, error: &CallError) -> Answer<Option<Record>> {
        let (view, now) = (self.view()?, self.clock.now());
        let serving = view.plugin(&door.plugin).map_err(answer::internal)?;
        let called = door.plugin_sha256.clone().or(serving.map(|serving| serving.sha256));
        let Some(called) = called else { return Ok(None) };
        go_back::fault(&view, &door.plugin, &called, error, now).map_err(answer::internal)
    }

    pub(super) async fn record_failure(&self, door: &Door, visit: &Visit, error: &CallError) -> Answer<()> {
        let failure = Failure {
            of: FailureOf::Door(door.name.clone()),
            plugin: door.plugin.clone(),
            trigger: None,
            input: Recorded::of(visit).into_json(),
            message: error.to_string(),
            stack: error.stack().to_owned(),
            attempts: 1,
            hops: 0,
            replay_of: visit.replay_of,
        };
        let fault = self.fault_at(door, error)?;
        let set_aside = Record::SetAside { failure, upto: None };
        let group = std::iter::once(set_aside).chain(fault).collect();
        self.write_group(group).await.map(drop)
    }
}

/// How long a sender is asked to wait for a plugin that cannot be called, in seconds.
const RETRY_S: u32 = 5;

async fn read(
    plugin: plugins::Plugin,
    door: &Door,
    now: Timestamp,
    request: IngestRequest,
    outside: Arc<dyn Outside>,
) -> Result<Result<Accepted, Rejection>, CallError> {
    let config = Config {
        id: format!("door:{}", door.name),
        revision: 1,
        owner: door.name.clone(),
        data: door.config.clone(),
    };
    blocking::call(move || plugin.accept(&config, now, request, outside).answer).await
}

/// What the plugin says is wrong may be mended until the sender tries again.
fn failed(name: &Name, error: &CallError) -> Problem {
    let said = format!("the plugin of door {name} failed: {error}");
    match error {
        CallError::Failed { .. } | CallError::Retry { .. } => Problem::unavailable(said, RETRY_S),
        _ => Problem::internal(said),
    }
}

/// A door's name among the ways in, for counting.
pub(super) fn way(door: &Door) -> String {
    format!("door:{}", door.name)
}

/// What a plugin has read, as records whose identifiers are still missing.
pub(super) fn door_events<'a>(
    door: &'a Door,
    visit: &'a Visit,
    new: Vec<NewEvent>,
) -> impl Iterator<Item = EventRecord> + 'a {
    new.into_iter().map(|new| door_event(door, &visit.realm, visit.received, new))
}

fn door_event(door: &Door, realm: &Realm, now: Timestamp, new: NewEvent) -> EventRecord {
    let identity = new.dedupe_key.map(|key| Identity::once(&format!("door:{}", door.name), &key));
    let event = Event {
        id: String::new(),
        source: new.source.unwrap_or_else(|| door.name.to_string()),
        kind: new.kind,
        subject: new.subject,
        time: new.time.unwrap_or(now),
        severity: new.severity,
        effect: new.effect,
        origin: new.origin,
        tags: new.tags,
        text: new.text,
        data: new.data,
    };
    EventRecord { event, realm: realm.clone(), identity, cause: None, hops: 0, about: Vec::new() }
}

fn reply(status: u16, text: String) -> DoorReply {
    let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
    DoorReply { status, headers, body: Bytes::from(text) }
}
