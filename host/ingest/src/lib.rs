//! Bytes to events: the native form, CloudEvents 1.0, text and lines.
//!
//! Everything here is pure: bytes, limits and `now` in; events, or the one reason
//! why not, out. A body is taken whole or refused whole. Sizes, counts and depth are
//! bounded before values are built, so no input costs more than its limit. Not here:
//! tokens, realms and sequence numbers, which are the daemon's to stamp, and the
//! payloads of other systems, which ingest plugins read.

mod rejection;

mod body;
mod json;

mod native;

mod form;
mod text;

mod cloudevents;

mod identity;

use std::borrow::Cow;

use event::{Event, EventLimits, Identity, Timestamp};

pub use crate::rejection::Rejection;
pub use crate::text::fields;

use crate::body::{Form, MediaType};

/// What of an HTTP request says which events it holds.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub content_type: Option<&'a str>,
    pub content_encoding: Option<&'a str>,
    /// Without the question mark; empty when there is none.
    pub query: &'a str,
    /// Names in lower case. Only `ce-…` matter, and only to [`read_cloudevents`].
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

/// What stands for the parts of an event that its sender left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The token's name, or the peer.
    pub source: String,
    /// The time of an event that names none, and the measure of those that do.
    pub now: Timestamp,
}

/// The events of one request, in the order in which they stand in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Empty when the sender sent an empty array: there is nothing to store, and nothing wrong.
    pub events: Vec<Incoming>,
    pub shape: Shape,
}

/// Whether the answer is one object or an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    One,
    Many,
}

/// An event on its way to the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Its `id` is empty when the sender gave none: the caller makes one.
    pub event: Event,
    /// None when nothing tells a second sending from a second event: neither an id
    /// nor a time was given.
    pub identity: Option<Identity>,
}

/// Reads the body of `POST /api/v1/events`.
///
/// A body that begins with `{` or `[` is JSON (an object, an array of objects, or
/// objects on lines) unless its type is `text/plain`; a form is taken field by field;
/// anything else that may be text is one event's text, with the envelope in the
/// query string. A form without any `=` is what `curl -d 'some text'` sends, and so
/// text too. A CloudEvents media type is read as such.
///
/// A `time` is RFC 3339 text with an offset, or a number of seconds since the epoch.
///
/// # Errors
/// The first thing wrong with it; nothing of the body is to be stored.
pub fn read(request: &Request<'_>, limits: &EventLimits, defaults: &Defaults) -> Result<Batch, Rejection> {
    let media = MediaType::parse(request.content_type);
    if media.is_cloudevents() {
        return read_cloudevents(request, limits, defaults);
    }
    let context = Context { limits, defaults };
    let bytes = body::decoded(request, limits)?;
    let body = body::utf8(&bytes, &media)?;
    let one = |incoming| Batch { events: vec![incoming], shape: Shape::One };
    match Form::of(&media, body)? {
        Form::Json => {
            form::refuse_query(request.query)?;
            native::batch(body, false, context)
        }
        Form::JsonLines => {
            form::refuse_query(request.query)?;
            native::batch(body, true, context)
        }
        Form::Fields => {
            form::refuse_query(request.query)?;
            form::event(body, context).map(one)
        }
        Form::Text => text::event(body, request.query, context).map(one),
    }
}

/// Reads the body of `POST /cloudevents`: binary, structured or batched mode, as its
/// headers say. The abuse handshake (`OPTIONS`) is the server's.
///
/// What CloudEvents has and an [`Event`] has not (extensions, `dataschema`) stands in
/// `data` beside the payload's own members, which win; a payload that is no object
/// then stands under `data`. Text becomes the event's `text`; other payloads that are
/// no JSON stand under `data` or `data_base64`, with their `datacontenttype`.
///
/// # Errors
/// The first thing wrong with it; nothing of the body is to be stored.
pub fn read_cloudevents(
    request: &Request<'_>,
    limits: &EventLimits,
    defaults: &Defaults,
) -> Result<Batch, Rejection> {
    cloudevents::read(request, Context { limits, defaults })
}

/// One line of text as an event, with the fields that stand in it.
///
/// # Errors
/// When it is empty, too long, or holds control characters.
pub fn line(text: &str, limits: &EventLimits, defaults: &Defaults) -> Result<Incoming, Rejection> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    text::event(text, "", Context { limits, defaults })
}

/// The body of a request as its sender wrote it, for an ingest plugin: decompressed,
/// within the limit of a batch.
///
/// # Errors
/// When it is compressed in a way that is not read, is broken, or unfolds to too much.
pub fn decoded<'a>(request: &Request<'a>, limits: &EventLimits) -> Result<Cow<'a, [u8]>, Rejection> {
    body::decoded(request, limits)
}

/// What every reader needs beside the bytes.
#[derive(Clone, Copy)]
struct Context<'a> {
    limits: &'a EventLimits,
    defaults: &'a Defaults,
}
