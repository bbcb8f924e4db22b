//! Connections beyond their number: each is told so at once, and closed.

use std::io::{self, Write};

use api::Problem;
use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::answer::{Fault, guarded};
use crate::limits::{FAREWELL_TIME, RETRY_AFTER_S};

/// What is said, ready to be sent.
pub(crate) async fn words() -> Bytes {
    let problem = Problem::unavailable("too many connections are open", RETRY_AFTER_S);
    written(guarded(Fault(problem).into_response()).await).await
}

/// An answer as it goes over the wire, after which the connection ends.
async fn written(answer: Response<Body>) -> Bytes {
    let (head, body) = answer.into_parts();
    // It is made of bytes that are here, which cannot fail to come.
    let body = body.collect().await.map(|whole| whole.to_bytes()).unwrap_or_default();
    let mut text = format!("HTTP/1.1 {}\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    text.extend(format!("connection: close\r\ncontent-length: {}\r\n\r\n", body.len()).bytes());
    text.extend(body);
    text.into()
}

/// Says it, and waits until the client has heard: one that is still sending when its
/// connection is closed may not.
pub(crate) async fn see_off(mut stream: TcpStream, words: Bytes, place: OwnedSemaphorePermit) {
    let farewell = async {
        stream.write_all(&words).await?;
        stream.shutdown().await?;
        let mut unheard = [0; 1024];
        while stream.read(&mut unheard).await? > 0 {}
        io::Result::Ok(())
    };
    // Whoever does not go is left, whatever became of it.
    let _ = timeout(FAREWELL_TIME, farewell).await;
    drop(place);
}

/// Says it, and waits for nothing, where too many are being seen off already.
pub(crate) fn drop_off(stream: TcpStream, words: &[u8]) {
    // A new connection takes so few bytes at once; if not, it ends without a word.
    let _ = stream.into_std().and_then(|mut stream| stream.write_all(words));
}
