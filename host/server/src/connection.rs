//! One connection: requests in, answers out, within bounds of time and memory.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;

use api::Problem;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use meter::Timer;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::answer::Fault;
use crate::limits::{HEAD_BYTES, HEAD_TIMEOUT};
use crate::parts::Peer;
use crate::rest::Finished;
use crate::server::Front;

/// Serves until the client goes, or until the request under way is answered once the
/// server is to stop.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, front: Front) {
    // Answers are written whole: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let stopping = front.shared().stop.subscribe();
    let service = service_fn(|request| answer(&front, peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection broke off");
    }
}

/// Ends once the server is to stop.
pub(crate) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // A server that is gone without a word has stopped as well.
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn answer(
    front: &Front,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let timer = Timer::start();
    request.extensions_mut().insert(Peer(peer));
    // Nothing is shared with what panicked except through the service's own locks.
    let answered = AssertUnwindSafe(front.router().oneshot(Finished::of(request))).catch_unwind().await;
    let response = match answered {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => Fault(Problem::internal("a request made its handler panic")).into_response(),
    };
    front.shared().meters.answered(&response, timer);
    Ok(response)
}
