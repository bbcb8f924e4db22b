//! Bodies: read within bounds of size, time and memory.

use std::pin::pin;
use std::time::Duration;

use api::Problem;
use axum::body::HttpBody;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;

use crate::limits::{BODY_BYTES_PER_S, BODY_TIMEOUT, DISCARDED_BYTES, RETRY_AFTER_S};
use crate::places::Places;

/// Memory is counted in steps of so many bytes.
pub(crate) const PERMIT_BYTES: usize = 1024;

/// A body that was read whole. Its memory counts as taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) bytes: Bytes,
    _memory: OwnedSemaphorePermit,
}

/// Reads a body of at most `limit` bytes. What is too large is never held: it is read
/// on and thrown away, so that the client lives to see the answer.
///
/// # Errors
/// 413 when it is too large, 408 when it comes too slowly, 429 when too much is held
/// already, 400 when it breaks off.
pub(crate) async fn read<B>(
    body: B,
    headers: &HeaderMap,
    limit: usize,
    memory: &Places,
) -> Result<Held, Problem>
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let too_large = || Problem::too_large(format!("the body is larger than {limit} bytes"));
    let declared = body.size_hint().lower();
    // Whoever asks before sending is told before sending.
    if declared > DISCARDED_BYTES || (declared > limit as u64 && headers.contains_key(EXPECT)) {
        return Err(too_large());
    }
    let mut body = pin!(body);
    let mut deadline = pin!(sleep(BODY_TIMEOUT));
    let mut taken = take(memory, 0)?;
    let mut bytes = BytesMut::new();
    let mut seen = 0;
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = &mut deadline => return Err(Problem::new(408, "the body came too slowly")),
        };
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|e| Problem::bad_request(format!("the body broke off: {e}")))?;
        let Ok(data) = frame.into_data() else { continue };
        // Each byte earns its sender a little more time, but never more than the first had.
        let earned = Duration::from_secs(1).mul_f64(data.len() as f64 / BODY_BYTES_PER_S);
        let latest = sleep(BODY_TIMEOUT).deadline();
        let next = latest.min(deadline.deadline() + earned);
        deadline.as_mut().reset(next);

        seen += data.len() as u64;
        if seen > DISCARDED_BYTES {
            break;
        }
        if seen > limit as u64 {
            bytes = BytesMut::new();
            continue;
        }
        let more = (bytes.len() + data.len()).div_ceil(PERMIT_BYTES) - taken.num_permits();
        taken.merge(take(memory, more)?);
        bytes.extend_from_slice(&data);
    }
    if seen > limit as u64 {
        return Err(too_large());
    }
    Ok(Held { bytes: bytes.freeze(), _memory: taken })
}

fn take(memory: &Places, permits: usize) -> Result<OwnedSemaphorePermit, Problem> {
    memory
        .try_many(permits)
        .ok_or_else(|| Problem::busy("too many large requests are under way", RETRY_AFTER_S))
}

/// Reads a thing of ours from JSON.
///
/// # Errors
/// 415 when it says that it is something else, 400 with pointer and place when it is
/// not what is wanted.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], headers: &HeaderMap) -> Result<T, Problem> {
    if !is(headers, "application/json") || headers.contains_key(CONTENT_ENCODING) {
        return Err(Problem::new(415, "the body must be plain JSON: send `Content-Type: application/json`"));
    }
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let thing = serde_path_to_error::deserialize(&mut input).map_err(|error| {
        let pointer = pointer(error.path());
        Problem::bad_request(error.into_inner().to_string()).at_pointer(pointer)
    })?;
    input.end().map_err(|e| Problem::bad_request(e.to_string()))?;
    Ok(thing)
}

/// Whether the body is of this media type, whatever its parameters.
pub(crate) fn is(headers: &HeaderMap, media: &str) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|value| value.trim().eq_ignore_ascii_case(media))
}

/// As RFC 6901 writes a path.
fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::convert::Infallible;

    use axum::body::Body;
    use futures_util::stream::{self, Stream};

    use super::*;

    /// `count` pieces of `bytes` bytes, each `every_s` seconds after the one before.
    fn pieces(count: usize, bytes: usize, every_s: u64) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(0, move |sent| async move {
            sleep(Duration::from_secs(every_s)).await;
            (sent < count).then(|| (Ok(Bytes::from(vec![b'x'; bytes])), sent + 1))
        })
    }

    async fn outcome(
        body: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
    ) -> Result<usize, u16> {
        let memory = Places::new(1000);
        let read = read(Body::from_stream(body), &HeaderMap::new(), 1_000_000, &memory).await;
        read.map(|held| held.bytes.len()).map_err(|problem| problem.status)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_must_begin_soon_and_then_come_at_a_steady_pace() {
        assert_eq!(outcome(stream::pending()).await, Err(408), "nothing at all");
        assert_eq!(outcome(pieces(100, 1, 10)).await, Err(408), "a byte every ten seconds");
        assert_eq!(outcome(pieces(2, 500_000, 16)).await, Err(408), "much at once earns no long pause");
        assert_eq!(outcome(pieces(50, 20_000, 10)).await, Ok(1_000_000), "two thousand bytes a second");
    }

    #[tokio::test]
    async fn all_bodies_together_take_no_more_memory_than_there_is() {
        let memory = Places::new(3);
        let body = |bytes: usize| Body::from(vec![b'x'; bytes]);
        let headers = HeaderMap::new();
        let first = read(body(2 * PERMIT_BYTES), &headers, 10_000, &memory).await.unwrap();
        let second = read(body(PERMIT_BYTES + 1), &headers, 10_000, &memory).await.unwrap_err();
        assert_eq!((second.status, second.retry_after_s), (429, Some(RETRY_AFTER_S)));
        assert_eq!(memory.used_and_size(), (2, 3), "what was refused holds nothing");
        drop(first);
        assert!(read(body(PERMIT_BYTES + 1), &headers, 10_000, &memory).await.is_ok());
        assert_eq!(memory.used_and_size(), (0, 3));
    }
}
