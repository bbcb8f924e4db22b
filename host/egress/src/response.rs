//! An answer, read at once, or piece by piece as it comes.

use crate::Error;

#[derive(Debug)]
pub struct Response {
    inner: reqwest::Response,
}

impl Response {
    pub(crate) fn new(inner: reqwest::Response) -> Response {
        Response { inner }
    }

    pub fn status(&self) -> u16 {
        self.inner.status().as_u16()
    }

    /// The first header of that name, when it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// The next piece of the body as it comes; none at its end.
    ///
    /// # Errors
    /// When it breaks off.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let chunk = self.inner.chunk().await.map_err(Error::from_client)?;
        Ok(chunk.map(|chunk| chunk.to_vec()))
    }

    /// The whole body, of `most` bytes or less.
    ///
    /// # Errors
    /// When it is longer, or breaks off.
    pub async fn bytes(mut self, most: usize) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = self.inner.chunk().await.map_err(Error::from_client)? {
            if body.len() + chunk.len() > most {
                return Err(Error::Other { cause: format!("the answer takes more than {most} bytes") });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The first `most` bytes of the body, for people to read: what is behind them, or
    /// breaks off, is let go.
    pub async fn beginning(mut self, most: usize) -> Vec<u8> {
        let mut body = Vec::new();
        while body.len() < most {
            let Ok(Some(chunk)) = self.inner.chunk().await else { break };
            body.extend_from_slice(&chunk);
        }
        body.truncate(most);
        body
    }

    /// The body line by line, each of `most` bytes or less.
    pub fn lines(self, most: usize) -> Lines {
        Lines { inner: self.inner, most, ready: Vec::new(), scanned: 0, ended: false }
    }
}

/// Lines of a body that may never end.
#[derive(Debug)]
pub struct Lines {
    inner: reqwest::Response,
    most: usize,
    /// What has come and was not yet given out.
    ready: Vec<u8>,
    /// So much of it holds no line's end.
    scanned: usize,
    ended: bool,
}

impl Lines {
    /// The next line, without its end, which is LF or CRLF; none when the body has ended.
    ///
    /// # Errors
    /// When the line is too long or no UTF-8, or the connection breaks off.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Some(end) = self.ready[self.scanned..].iter().position(|b| *b == b'\n') {
                let mut line: Vec<u8> = self.ready.drain(..=self.scanned + end).collect();
                self.scanned = 0;
                line.pop();
                return text(line).map(Some);
            }
            self.scanned = self.ready.len();
            if self.scanned > self.most {
                return Err(Error::Other { cause: format!("a line takes more than {} bytes", self.most) });
            }
            if self.ended {
                let rest = std::mem::take(&mut self.ready);
                self.scanned = 0;
                return if rest.is_empty() { Ok(None) } else { text(rest).map(Some) };
            }
            match self.inner.chunk().await.map_err(Error::from_client)? {
                Some(chunk) => self.ready.extend_from_slice(&chunk),
                None => self.ended = true,
            }
        }
    }
}

fn text(mut line: Vec<u8>) -> Result<String, Error> {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| Error::Other { cause: "the answer is not UTF-8".to_owned() })
}
