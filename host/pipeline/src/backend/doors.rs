//! Doors: somebody else's payload, read by an ingest plugin.

use accounts::Authority;
use api::{Caller, Credentials, Door, DoorReply, DoorRequest, DoorRoute, List, Problem, Service};
use bytes::Bytes;
use event::{Event, EventRecord, Failure, FailureOf, Identity, Name, Realm, Record, Scope, Timestamp};
use plugins::{Accepted, CallError, Config, IngestRequest, NewEvent, Rejection};
use serde_json::{Value, json};

use super::events::{as_ingest, with_id};
use super::{Answer, Backend, answer, authority};
use crate::blocking;

/// A configured way in.
#[derive(Clone, Debug)]
pub struct DoorOptions {
    pub name: Name,
    /// An ingest plugin.
    pub plugin: Name,
    /// Whole paths beside `/in/<name>`, each beginning with a slash.
    pub paths: Vec<String>,
    /// Whoever brings this may come in, without any other token.
    pub token: Option<String>,
    pub config: Value,
    pub realm: Realm,
}

/// Headers that prove who somebody is: the plugin may need them, a record of a
/// failure must not hold them.
const CREDENTIALS: &[&str] = &["authorization", "cookie", "proxy-authorization"];
/// Parts of other senders' header names that hold secrets.
const CREDENTIAL_PARTS: &[&str] = &["token", "signature", "secret", "api-key", "auth"];
/// As much of a failed body as its author needs, in bytes.
const BODY_SHOWN: usize = 64 << 10;

impl Backend {
    pub(super) fn routes_of_doors(&self) -> Vec<DoorRoute> {
        let route = |door: &DoorOptions| DoorRoute { name: door.name.clone(), paths: door.paths.clone() };
        self.options.doors.iter().map(route).collect()
    }

    pub(super) fn doors(&self, caller: &Caller) -> Answer<List<Door>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let door = |door: &DoorOptions| Door {
            name: door.name.clone(),
            plugin: door.plugin.clone(),
            paths: std::iter::once(format!("/in/{}", door.name)).chain(door.paths.iter().cloned()).collect(),
            token: door.token.is_some(),
            realm: door.realm.as_str().to_owned(),
        };
        Ok(List::whole(self.options.doors.iter().map(door).collect()))
    }

    /// Lets a request in: the door's plugin reads it, the journal takes its events,
    /// and only then the sender is answered.
    pub(super) async fn enter(
        &self,
        name: &Name,
        credentials: Credentials,
        request: DoorRequest,
    ) -> Answer<DoorReply> {
        let door = self.options.doors.iter().find(|door| door.name == *name);
        let door = door.ok_or_else(|| Problem::not_found(format!("there is no door `{name}`")))?.clone();
        let realm = self.admitted(&door, credentials, request.rest.as_deref()).await?;
        let now = self.clock.now();
        let input = self.ingest_request(request)?;
        match self.read(&door, now, input.clone()).await {
            Ok(Ok(accepted)) => self.accepted(&door, realm, now, accepted).await,
            Ok(Err(Rejection::Ignored(reason))) => Ok(reply(200, reason)),
            Ok(Err(Rejection::Unauthorized(reason))) => Err(Problem::unauthorized(reason)),
            Ok(Err(Rejection::Malformed(reason))) => Err(Problem::bad_request(reason)),
            Err(error) => {
                self.record_failure(&door, &input, &error).await?;
                Err(Problem::internal(format!("the plugin of door {name} failed: {error}")))
            }
        }
    }

    /// By the door's own token, in a header or as the rest of the path; else like any
    /// other sender of events. Returns the realm of what comes in.
    async fn admitted(
        &self,
        door: &DoorOptions,
        credentials: Credentials,
        rest: Option<&str>,
    ) -> Answer<Realm> {
        if let Some(token) = &door.token {
            let shown = credentials.bearer.as_deref().into_iter().chain(rest);
            if shown.into_iter().any(|text| accounts::same_secret(text, token)) {
                return Ok(door.realm.clone());
            }
        }
        let caller = self.authenticate(credentials).await?;
        let authority = authority(&caller);
        authority.need(Scope::EventsWrite).map_err(answer::denied)?;
        match authority {
            Authority::Token(token) if !token.realm.is_everyone() => Ok(token.realm),
            _ => Ok(door.realm.clone()),
        }
    }

    fn ingest_request(&self, request: DoorRequest) -> Answer<IngestRequest> {
        let DoorRequest { method, path, remote, request, .. } = request;
        let body = ingest::decoded(&as_ingest(&request), &self.options.limits)
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

    async fn read(
        &self,
        door: &DoorOptions,
        now: Timestamp,
        request: IngestRequest,
    ) -> Result<Result<Accepted, Rejection>, CallError> {
        let plugin = self
            .registry
            .ready(&door.plugin)
            .await
            .map_err(|e| CallError::Host { message: e.to_string() })?;
        let config = Config {
            id: format!("door:{}", door.name),
            revision: 1,
            owner: door.name.clone(),
            data: door.config.clone(),
        };
        blocking(move || plugin.accept(&config, now, request)).await
    }

    async fn accepted(
        &self,
        door: &DoorOptions,
        realm: Realm,
        now: Timestamp,
        accepted: Accepted,
    ) -> Answer<DoorReply> {
        let records = accepted.events.into_iter().map(|new| door_event(door, &realm, now, new)).collect();
        self.store(records).await?;
        Ok(accepted.reply.map_or_else(
            || reply(202, String::new()),
            |own| DoorReply { status: own.status, headers: own.headers, body: Bytes::from(own.body) },
        ))
    }

    async fn record_failure(
        &self,
        door: &DoorOptions,
        input: &IngestRequest,
        error: &CallError,
    ) -> Answer<()> {
        let failure = Failure {
            of: FailureOf::Door(door.name.clone()),
            plugin: door.plugin.clone(),
            trigger: None,
            input: shown(input),
            message: error.to_string(),
            stack: error.stack().to_owned(),
            attempts: 1,
        };
        self.write(Record::SetAside { failure, upto: None }).await?;
        Ok(())
    }
}

fn door_event(door: &DoorOptions, realm: &Realm, now: Timestamp, new: NewEvent) -> EventRecord {
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
    EventRecord {
        event: with_id(event, now),
        realm: realm.clone(),
        identity,
        cause: None,
        hops: 0,
        about: Vec::new(),
    }
}

fn reply(status: u16, text: String) -> DoorReply {
    let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
    DoorReply { status, headers, body: Bytes::from(text) }
}

/// A failed request for its author's eyes, without what proves who sent it.
fn shown(request: &IngestRequest) -> Value {
    let is_credential =
        |name: &str| CREDENTIALS.contains(&name) || CREDENTIAL_PARTS.iter().any(|part| name.contains(part));
    let headers: Vec<Value> = request
        .headers
        .iter()
        .filter(|(name, _)| !is_credential(name))
        .map(|(name, value)| json!([name, value]))
        .collect();
    let body = &request.body[..request.body.len().min(BODY_SHOWN)];
    json!({
        "method": request.method,
        "headers": headers,
        "body": String::from_utf8_lossy(body),
        "remote": request.remote,
    })
}
