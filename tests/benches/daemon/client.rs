//! A connection that takes only the answer that was wanted.

use std::net::SocketAddr;

use tests::http;

use crate::Failure;

pub(crate) struct Client(http::Client);

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Client, Failure> {
        Ok(Client(http::Client::connect(address).await?))
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
        let answer = self.0.exchange(request).await?;
        if answer.status.to_string() != status {
            let said = String::from_utf8_lossy(answer.body);
            return Err(format!("a request was refused: {} {said}", answer.status).into());
        }
        Ok(answer.body)
    }
}
