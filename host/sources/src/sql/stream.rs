//! A connection to a database server, which gives messages of so many bytes at most.

use std::{io, mem};

use egress::TlsStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Server, Tls};
use crate::error::{SourceError, unconnected};
use crate::sources::{Limits, Reachable};

pub(super) struct Stream {
    inner: Inner,
    limits: Limits,
}

enum Inner {
    Open(BufReader<TcpStream>),
    Secret(Box<BufReader<TlsStream<TcpStream>>>),
    /// While it is made secret, and after that has failed.
    Nowhere,
}

trait Both: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Both for S {}

/// What a message holds besides values: names of columns, words of the server.
const TALK: usize = 64 << 10;

impl Stream {
    /// Connects, without a word yet.
    pub(super) async fn connect(
        server: &Server,
        port: u16,
        reachable: &Reachable<'_>,
    ) -> Result<Stream, SourceError> {
        let port = server.port.unwrap_or(port);
        let tcp = reachable.network.dialer.connect(&server.host, port).await.map_err(unconnected)?;
        Ok(Stream { inner: Inner::Open(BufReader::new(tcp)), limits: reachable.limits })
    }

    /// Goes on in TLS.
    ///
    /// # Errors
    /// When the server cannot prove that it is the host, or has said something before that
    /// was not waited for: somebody in between may have put it there.
    pub(super) async fn secure(
        &mut self,
        server: &Server,
        reachable: &Reachable<'_>,
    ) -> Result<(), SourceError> {
        match mem::replace(&mut self.inner, Inner::Nowhere) {
            Inner::Open(open) if open.buffer().is_empty() => {
                let dialer = &reachable.network.dialer;
                let secret = dialer.secure(open.into_inner(), &server.host, server.ca.as_deref()).await;
                let secret = secret.map_err(unconnected)?;
                self.inner = Inner::Secret(Box::new(BufReader::new(secret)));
                Ok(())
            }
            _ => Err(nonsense()),
        }
    }

    /// Whether nobody else can read what is said.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self.inner, Inner::Secret(_))
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        let inner = self.both()?;
        inner.write_all(bytes).await.map_err(broken_off)?;
        inner.flush().await.map_err(broken_off)
    }

    fn both(&mut self) -> Result<&mut dyn Both, SourceError> {
        match &mut self.inner {
            Inner::Open(open) => Ok(open),
            Inner::Secret(secret) => Ok(secret),
            Inner::Nowhere => Err(nonsense()),
        }
    }

    pub(super) async fn array<const N: usize>(&mut self) -> Result<[u8; N], SourceError> {
        let mut bytes = [0; N];
        self.both()?.read_exact(&mut bytes).await.map_err(broken_off)?;
        Ok(bytes)
    }

    /// Reads so many bytes behind those that are there already.
    ///
    /// # Errors
    /// When they would be more than an answer may take.
    pub(super) async fn append(&mut self, bytes: usize, to: &mut Vec<u8>) -> Result<(), SourceError> {
        let whole = to.len() + bytes;
        if whole > self.limits.bytes.saturating_add(TALK) {
            return Err(self.limits.exceeded());
        }
        let begun = to.len();
        to.resize(whole, 0);
        self.both()?.read_exact(&mut to[begun..]).await.map(drop).map_err(broken_off)
    }
}

fn broken_off(error: io::Error) -> SourceError {
    let said = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
        _ => format!("the connection to the server broke off: {error}"),
    };
    SourceError::Failed(said)
}

/// Numbers and texts of a message, one after the other.
pub(super) struct Reader<'r>(pub(super) &'r [u8]);

impl<'r> Reader<'r> {
    pub(super) fn take(&mut self, bytes: usize) -> Result<&'r [u8], SourceError> {
        let (head, rest) = self.0.split_at_checked(bytes).ok_or_else(nonsense)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], SourceError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    /// Up to a zero, which is left out.
    pub(super) fn text(&mut self) -> Result<&'r [u8], SourceError> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or_else(nonsense)?;
        let text = self.take(end)?;
        self.take(1)?;
        Ok(text)
    }
}

pub(super) fn nonsense() -> SourceError {
    SourceError::Failed("what answers there does not speak like the database that it should be".to_owned())
}

/// Why there is no TLS where it is wanted.
pub(super) fn speaks_no_tls(what: &str) -> SourceError {
    SourceError::Failed(format!(
        "{what} does not offer TLS: switch it on there, or set `tls` to off if the way to it is safe"
    ))
}

pub(super) fn wants_tls(server: &Server) -> bool {
    server.tls == Tls::Verify
}
