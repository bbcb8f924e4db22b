//! One keep-alive HTTP/1.1 connection. It understands what the daemon answers and no
//! more: an HTTP library would cost more than the server that is driven.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

/// Valid until the next exchange.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
    head: &'a [u8],
}

impl Answer<'_> {
    /// Whether a line of the head begins so, in lower case, as the daemon writes it.
    pub fn says(&self, beginning: &str) -> bool {
        self.head.split(|byte| *byte == b'\n').any(|line| line.starts_with(beginning.as_bytes()))
    }
}

impl Client {
    /// # Errors
    /// When nobody listens there.
    pub async fn connect(address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, answer: Vec::with_capacity(4096) })
    }

    /// Sends a whole request, and waits for its answer.
    ///
    /// # Errors
    /// When the connection breaks off before it, or when it is none; then the
    /// connection is of no use any more.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some((status, body)) = head(&self.answer)? else { continue };
            if self.answer.len() >= body.end {
                let (head, _) = self.answer.split_at(body.start);
                return Ok(Answer { status, body: &self.answer[body], head });
            }
        }
    }
}

/// The status, and where the body stands, as soon as the head is complete.
fn head(answer: &[u8]) -> io::Result<Option<(u16, Range<usize>)>> {
    let Some(end) = answer.windows(END_OF_HEAD.len()).position(|part| part == END_OF_HEAD) else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let begin = end + END_OF_HEAD.len();
    match (status, length) {
        (Some(status), Some(length)) => Ok(Some((status, begin..begin + length))),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, head.into_owned())),
    }
}
