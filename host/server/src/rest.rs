//! What is left of a body when its request is answered.
//!
//! A refusal does not wait for the body. But a connection that is closed while bytes come in
//! is reset, and a client that is still sending may never see the answer. So what is left
//! is read and thrown away beside the answer, within bounds, and the connection lives on.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::Request;
use http::header::EXPECT;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::limits::{DISCARD_PAUSE, DISCARD_TIME, DISCARDED_BYTES};

/// A request's body. What nobody has read of it when it is dropped is thrown away.
pub(crate) struct Finished {
    body: Option<Incoming>,
    /// The client asks before it sends the body. After a refusal it sends none, and what it
    /// sends next is no body.
    asks_first: bool,
}

impl Finished {
    /// The body of this request.
    pub(crate) fn of(request: Request<Incoming>) -> Request<Body> {
        let asks_first = request.headers().contains_key(EXPECT);
        request.map(|body| Body::new(Finished { body: Some(body), asks_first }))
    }
}

impl HttpBody for Finished {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        let left = self.body.take().filter(|body| !body.is_end_stream() && !self.asks_first);
        // Without a runtime there is no connection any more either.
        if let (Some(body), Ok(runtime)) = (left, Handle::try_current()) {
            runtime.spawn(timeout(DISCARD_TIME, discard(body)));
        }
    }
}

/// Reads to the end, or until enough has come, or nothing more comes.
async fn discard(mut body: Incoming) {
    let mut seen = 0;
    while let Ok(Some(Ok(frame))) = timeout(DISCARD_PAUSE, body.frame()).await {
        seen += frame.data_ref().map_or(0, |data| data.len() as u64);
        if seen > DISCARDED_BYTES {
            return;
        }
    }
}
