//! One keep-alive HTTP/1.1 connection. It understands what the daemon answers and no
//! more: an HTTP library would cost more than the server that is measured.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// What every answer begins with, before its status.
const VERSION: &[u8] = b"HTTP/1.1 ";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(crate) struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Client, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, answer: Vec::with_capacity(4096) })
    }

    /// Sends an event, and returns the body of its answer.
    ///
    /// # Errors
    /// When it is not taken.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<&[u8], Failure> {
        self.exchange(request, "202").await
    }

    /// Sends a whole request, and returns the body of its answer.
    ///
    /// # Errors
    /// When the answer has another status, or breaks off.
    pub(crate) async fn exchange(&mut self, request: &[u8], status: &str) -> Result<&[u8], Failure> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err("the daemon closed a connection in the middle of an answer".into());
            }
            let Some(body) = body_at(&self.answer)? else { continue };
            if self.answer.len() < body.end {
                continue;
            }
            if !self.answer[VERSION.len()..].starts_with(status.as_bytes()) {
                return Err(
                    format!("a request was refused: {}", String::from_utf8_lossy(&self.answer)).into()
                );
            }
            return Ok(&self.answer[body]);
        }
    }
}

/// Where the body stands, as soon as the head is complete.
fn body_at(answer: &[u8]) -> Result<Option<std::ops::Range<usize>>, Failure> {
    let Some(end) = answer.windows(END_OF_HEAD.len()).position(|part| part == END_OF_HEAD) else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..end])?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.ok_or("an answer says nothing of its length")?;
    let begin = end + END_OF_HEAD.len();
    Ok(Some(begin..begin + length))
}
