//! Bytes in, events or a reason out. One binary, since linking costs more than testing.
#![allow(clippy::unwrap_used)]

mod cloudevents;
mod hostile;
mod identity;
mod json;
mod native;
mod text;

use event::{EventLimits, Timestamp};
use ingest::{Batch, Defaults, Incoming, Rejection, Request};

/// 2026-11-20T10:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_795_168_800_000);

pub(crate) fn defaults() -> Defaults {
    Defaults { source: "curl".to_owned(), now: NOW }
}

pub(crate) fn request<'a>(content_type: &'a str, query: &'a str, body: &'a [u8]) -> Request<'a> {
    let content_type = Some(content_type).filter(|t| !t.is_empty());
    Request { content_type, content_encoding: None, query, headers: &[], body }
}

pub(crate) fn read(content_type: &str, query: &str, body: &str) -> Result<Batch, Rejection> {
    ingest::read(&request(content_type, query, body.as_bytes()), &EventLimits::default(), &defaults())
}

/// The one event of a JSON body.
pub(crate) fn one(body: &str) -> Incoming {
    let mut batch = read("application/json", "", body).unwrap();
    assert_eq!(batch.events.len(), 1, "{body}");
    batch.events.remove(0)
}

/// What is said of a JSON body that is refused: status, place and pointer, reason.
pub(crate) fn refusal(body: &str) -> (u16, Option<usize>, String, String) {
    let rejection = read("application/json", "", body).expect_err(body);
    (rejection.status, rejection.index, rejection.pointer, rejection.detail)
}
