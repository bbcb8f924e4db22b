//! A request that a plugin failed on: recorded for its author, and read again when that
//! is mended.

use api::Problem;
use event::{Name, Realm, Record, Seq, Timestamp};
use journal::FailureRow;
use plugins::{IngestRequest, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::enter::{door_events, way};
use super::keys;
use crate::backend::{Answer, Backend, redact};

/// As much of a failed body as its author needs, in bytes.
const BODY_SHOWN: usize = 64 << 10;

/// A failed request without what proves who sent it.
#[derive(Serialize, Deserialize)]
pub(super) struct Recorded {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    remote: String,
    realm: Realm,
    received: Timestamp,
    /// What the request had and this has not, in words.
    lacks: Vec<String>,
}

/// A request at a door that was let in.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) request: IngestRequest,
    /// Of what it tells.
    pub(super) realm: Realm,
    pub(super) received: Timestamp,
    /// The failure that it was set aside as before.
    pub(super) replay_of: Option<Seq>,
}

impl Recorded {
    pub(super) fn of(visit: &Visit) -> Recorded {
        let request = &visit.request;
        let mut lacks = Vec::new();
        let mut headers = request.headers.clone();
        headers.retain(|(name, _)| {
            let goes = keys::is_credential(name);
            lacks.extend(goes.then(|| format!("its header `{name}`")));
            !goes
        });
        let mut query: Vec<&str> = request.query.split('&').collect();
        query.retain(|pair| {
            let goes = keys::credential_in(pair);
            lacks.extend(goes.map(|name| format!("its parameter `{name}`")));
            goes.is_none()
        });
        let body = redact::body(&request.body, BODY_SHOWN);
        lacks.extend(body.lacks.map(str::to_owned));
        Recorded {
            method: request.method.clone(),
            path: request.path.clone(),
            query: query.join("&"),
            headers,
            body: body.text,
            remote: request.remote.clone(),
            realm: visit.realm.clone(),
            received: visit.received,
            lacks,
        }
    }

    /// The request as it came in.
    ///
    /// # Errors
    /// With a sentence, when the record lacks some of it.
    fn whole(row: &FailureRow) -> Result<Visit, String> {
        let Ok(recorded) = Recorded::deserialize(&row.failure.input) else {
            return Err("An earlier release recorded this request, and did not note whether all of it was \
                        kept: let its sender send it again."
                .to_owned());
        };
        let Recorded { method, path, query, headers, body, remote, realm, received, lacks } = recorded;
        if !lacks.is_empty() {
            return Err(format!(
                "The record of this request was made without {}: let its sender send it again.",
                lacks.join(" and ")
            ));
        }
        let request = IngestRequest { method, path, query, headers, body: body.into_bytes(), remote };
        Ok(Visit { request, realm, received, replay_of: Some(row.seq) })
    }

    pub(super) fn into_json(self) -> Value {
        serde_json::to_value(self).unwrap_or_else(|error| Value::from(error.to_string()))
    }
}

impl Backend {
    /// Reads a request once more that its door's plugin had failed on, as if it came in
    /// when it did. Its events are stored in one group with the end of the failure.
    pub(in crate::backend) async fn enter_again(&self, door: &Name, row: &FailureRow) -> Answer<()> {
        let open = self.known_door(&self.view()?, door)?;
        let door = open.ok_or_else(|| {
            Problem::conflict(format!("The door `{door}` was closed: nobody could read this request now."))
        })?;
        let visit = Recorded::whole(row).map_err(Problem::conflict)?;
        let failure = row.seq;
        match self.read_at(&door, &visit).await? {
            Ok(Ok(accepted)) => {
                let events = door_events(&door, &visit, accepted.events);
                let events = events.map(|event| self.identified(event, visit.received)).map(Record::Event);
                let group = std::iter::once(Record::Replayed { failure }).chain(events).collect();
                let stored = self.write_group(group).await?.stored;
                self.count_stored(&way(&door), &stored[1..]);
                Ok(())
            }
            Ok(Err(Rejection::Ignored(_))) => self.write(Record::Replayed { failure }).await.map(drop),
            Ok(Err(
                Rejection::Unauthorized(reason) | Rejection::Malformed(reason) | Rejection::Refused(reason),
            )) => {
                Err(Problem::conflict(format!("The plugin reads this request now, and refuses it: {reason}")))
            }
            Err(error) => self.record_failure(&door, &visit, &error).await,
        }
    }
}
