//! Mail, handed over by SMTP.
//!
//! The connections are pooled here and not by the library: its pool takes back the
//! connection of a conversation that was broken off in the middle, whose late answers
//! would then be read as answers to the next mail.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use event::{Address, AttemptResult, Digest};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, response::Response};
use tokio::sync::Semaphore;

use crate::message;

/// Where and how mail is handed over. It holds a password, so it cannot be printed.
#[derive(Clone)]
pub struct MailOptions {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    /// With a password: signs in before it sends.
    pub username: Option<String>,
    pub password: Option<String>,
    /// `alerts@example.org` or `Alerts <alerts@example.org>`. Its domain names our messages.
    pub from: String,
    /// What we call ourselves to the server; none: this machine's name.
    pub helo: Option<String>,
    /// Connections at the same time, at least one.
    pub pool: u32,
    /// For one attempt, from connecting to the server's last word.
    pub timeout: Duration,
    /// Authorities in PEM, trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    None,
    /// Begins in the clear and changes over, or fails: nothing is ever sent unprotected.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// The mail options cannot work.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("mail: `from` is no mail address")]
    From,
    #[error("mail: `username` and `password` go together")]
    Login,
    #[error("mail: `pool` must be at least 1")]
    Pool,
    #[error("mail: `ca_file` {path}: {cause}")]
    CaFile { path: PathBuf, cause: String },
    #[error("mail: TLS with {host}: {cause}")]
    Tls { host: String, cause: String },
}

pub(crate) struct Mailer {
    options: MailOptions,
    from: Mailbox,
    hello: ClientId,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    permits: Semaphore,
    idle: Mutex<VecDeque<AsyncSmtpConnection>>,
}

impl Mailer {
    pub(crate) fn new(options: MailOptions) -> Result<Mailer, MailError> {
        let from = message::sender(&options.from).ok_or(MailError::From)?;
        let credentials = match (&options.username, &options.password) {
            (None, None) => None,
            (Some(name), Some(password)) => Some(Credentials::new(name.clone(), password.clone())),
            _ => return Err(MailError::Login),
        };
        if options.pool == 0 {
            return Err(MailError::Pool);
        }
        Ok(Mailer {
            from,
            hello: options.helo.clone().map_or_else(ClientId::default, ClientId::Domain),
            tls: tls(&options)?,
            credentials,
            permits: Semaphore::new(options.pool as usize),
            idle: Mutex::default(),
            options,
        })
    }

    pub(crate) async fn deliver(&self, digest: &Digest, address: &Address) -> AttemptResult {
        let Some(to) = address.to.as_deref().and_then(message::mailbox) else {
            let reason =
                format!("the address `{}` has no mailbox: the person has no mail address", address.name);
            return AttemptResult::permanent(reason);
        };
        let message = match message::compose(digest, &to, address.form, &self.from) {
            Ok(message) => message,
            Err(e) => return AttemptResult::permanent(format!("no mail can be made of it: {e}")),
        };
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let sent = tokio::time::timeout(self.options.timeout, self.send(&message)).await;
        match sent {
            Ok(result) => result,
            Err(_) => self.unreachable(format!("no answer within {} s", self.options.timeout.as_secs())),
        }
    }

    /// The connection is owned by this conversation, and only a finished one gives it
    /// back; so whatever breaks off closes it.
    async fn send(&self, message: &lettre::Message) -> AttemptResult {
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            // Nothing was said about this mail yet: what is wrong is between the servers.
            Err(e) => return self.unreachable(cause(&e)),
        };
        match connection.send(message.envelope(), &message.formatted()).await {
            Ok(answer) => {
                self.idle().push_back(connection);
                AttemptResult::Delivered { reference: reference(&answer) }
            }
            Err(e) if refuses(&e) => AttemptResult::permanent(self.said(cause(&e))),
            Err(e) => self.unreachable(cause(&e)),
        }
    }

    /// One that is open still, or a new one, ready to send.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        loop {
            let Some(mut open) = self.idle().pop_front() else { break };
            if open.test_connected().await {
                return Ok(open);
            }
        }
        let server = (self.options.host.as_str(), self.options.port);
        let from_the_start = self.tls.clone().filter(|_| self.options.tls == MailTls::Implicit);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, from_the_start, None).await?;
        if let Some(tls) = self.tls.clone().filter(|_| self.options.tls == MailTls::StartTls) {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }

    /// Conversations under way, and as many as there may be.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let size = self.options.pool as usize;
        (size.saturating_sub(self.permits.available_permits()), size)
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<AsyncSmtpConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreachable(&self, cause: String) -> AttemptResult {
        AttemptResult::transient(self.said(cause))
    }

    fn said(&self, cause: String) -> String {
        format!("{}:{}: {cause}", self.options.host, self.options.port)
    }
}

fn tls(options: &MailOptions) -> Result<Option<TlsParameters>, MailError> {
    if options.tls == MailTls::None {
        return Ok(None);
    }
    let mut tls = TlsParameters::builder(options.host.clone());
    if let Some(path) = &options.ca_file {
        let unusable = |cause: String| MailError::CaFile { path: path.clone(), cause };
        let pem = std::fs::read(path).map_err(|e| unusable(e.to_string()))?;
        if !pem.windows(BEGIN.len()).any(|window| window == BEGIN) {
            return Err(unusable("it holds no certificate in PEM".to_owned()));
        }
        let authority = Certificate::from_pem(&pem).map_err(|e| unusable(cause(&e)))?;
        tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    let tls = tls.build().map_err(|e| MailError::Tls { host: options.host.clone(), cause: cause(&e) })?;
    Ok(Some(tls))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Whether the server will never take this mail. That it wants us to sign in (530) is
/// the operator's to mend, and no fault of the mail.
fn refuses(error: &Error) -> bool {
    error.is_permanent() && error.status().is_some_and(|code| u16::from(code) != 530)
}

/// What the server calls the mail, when it says.
fn reference(answer: &Response) -> Option<String> {
    answer.first_line().map(message::one_line).filter(|line| !line.is_empty())
}

/// The innermost reason, which is the one that says something, on one line of
/// bounded length: a server may send anything.
fn cause(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let code = error.status().map(|code| format!("{code} ")).unwrap_or_default();
    let text: String = message::one_line(&innermost.to_string()).chars().take(300).collect();
    format!("{code}{text}")
}
