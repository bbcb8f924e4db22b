//! A mail server on loopback that does as the test says, and keeps what it took.
//!
//! It speaks real SMTP over real sockets, with TLS from the start or by STARTTLS and
//! with AUTH when asked to. Each step can be scripted to answer otherwise, to hang
//! up, or to wait at a gate; nothing in it waits for time.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::TestTls;
use crate::open::Open;

/// How the server speaks.
#[derive(Clone, Default)]
pub struct SmtpOptions {
    pub tls: SmtpTls,
    /// Name and password, without which it takes no mail.
    pub login: Option<(String, String)>,
}

#[derive(Clone, Default)]
pub enum SmtpTls {
    #[default]
    None,
    StartTls(TestTls),
    Implicit(TestTls),
}

/// Where in a conversation a script steps in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Greeting,
    Ehlo,
    /// How a client asks whether a connection is open still.
    Noop,
    Auth,
    MailFrom,
    RcptTo,
    Data,
    /// After the final dot. What the script refuses here is not kept; what it answers
    /// with silence is, as when a server takes a mail and dies before it says so.
    Message,
}

/// What happens at a step instead of what would have.
pub enum Act {
    /// Answers this line.
    Reply(String),
    /// Closes the connection without a word.
    HangUp,
    /// Waits until the gate is open, then goes on.
    WaitAt(Gate),
}

/// Closed until it is opened, once and for all.
#[derive(Clone)]
pub struct Gate(Arc<watch::Sender<bool>>);

/// A mail that the server took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body as sent, dots unstuffed.
    pub data: Vec<u8>,
    /// Which connection brought it, from 1.
    pub connection: usize,
    pub encrypted: bool,
    /// Who had signed in.
    pub user: Option<String>,
}

/// Runs until it is dropped.
pub struct SmtpServer {
    shared: Arc<Shared>,
    port: u16,
    accepting: JoinHandle<()>,
}

struct Shared {
    options: SmtpOptions,
    script: Mutex<HashMap<Step, VecDeque<Act>>>,
    habit: Mutex<Option<(Step, Habit)>>,
    letters: watch::Sender<Vec<Letter>>,
    receiver: Option<Receiver>,
    connections: watch::Sender<usize>,
    open: Open,
}

/// Makes what is done every time.
type Habit = Box<dyn Fn() -> Act + Send>;

/// Sees each letter, and says what happens instead of a yes.
type Receiver = Box<dyn Fn(&Letter) -> Option<Act> + Send + Sync>;

impl Gate {
    pub fn closed() -> Gate {
        Gate(Arc::new(watch::Sender::new(false)))
    }

    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(crate) async fn pass(&self) {
        // The sender lives as long as this gate, so waiting can only end well.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

impl SmtpServer {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub async fn start(options: SmtpOptions) -> io::Result<SmtpServer> {
        SmtpServer::serve(options, None).await
    }

    /// The same, but no letter is kept here: `receiver` sees each, before there is an
    /// answer, and says what happens instead of a yes.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub async fn start_with(
        options: SmtpOptions,
        receiver: impl Fn(&Letter) -> Option<Act> + Send + Sync + 'static,
    ) -> io::Result<SmtpServer> {
        SmtpServer::serve(options, Some(Box::new(receiver))).await
    }

    async fn serve(options: SmtpOptions, receiver: Option<Receiver>) -> io::Result<SmtpServer> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            options,
            script: Mutex::default(),
            habit: Mutex::default(),
            letters: watch::Sender::new(Vec::new()),
            receiver,
            connections: watch::Sender::new(0),
            open: Open::new(),
        });
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(SmtpServer { shared, port, accepting })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends once every connection is closed that had been opened before.
    ///
    /// # Errors
    /// When there is no way to look.
    pub async fn quiet(&self) -> io::Result<()> {
        self.shared.open.quiet(self.port).await
    }

    /// The next time that a conversation comes to `step`, this happens there. Acts of
    /// one step are used up in order, each once.
    pub fn script(&self, step: Step, act: Act) {
        self.shared.script().entry(step).or_default().push_back(act);
    }

    /// Every time that a conversation comes to `step` and nothing is scripted there, this
    /// happens, until [`SmtpServer::never`].
    pub fn always(&self, step: Step, act: impl Fn() -> Act + Send + 'static) {
        *self.shared.habit() = Some((step, Box::new(act)));
    }

    /// Does again what servers do.
    pub fn never(&self) {
        *self.shared.habit() = None;
    }

    /// What was taken so far.
    pub fn letters(&self) -> Vec<Letter> {
        self.shared.letters.borrow().clone()
    }

    /// Ends once `count` letters were taken, and gives them all.
    pub async fn received(&self, count: usize) -> Vec<Letter> {
        let mut letters = self.shared.letters.subscribe();
        match letters.wait_for(|letters| letters.len() >= count).await {
            Ok(letters) => letters.clone(),
            Err(_) => unreachable!("the server holds the sender"),
        }
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        *self.shared.connections.borrow()
    }

    /// Ends once `count` connections were opened.
    pub async fn connected(&self, count: usize) {
        // The sender lives as long as this server, so waiting can only end well.
        let _ = self.shared.connections.subscribe().wait_for(|opened| *opened >= count).await;
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn habit(&self) -> MutexGuard<'_, Option<(Step, Habit)>> {
        self.habit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens at a step instead of what would have.
    fn next(&self, step: Step) -> Option<Act> {
        let scripted = self.script().get_mut(&step).and_then(VecDeque::pop_front);
        scripted.or_else(|| {
            let habit = self.habit();
            habit.as_ref().filter(|(at, _)| *at == step).map(|(_, act)| act())
        })
    }

    fn script(&self) -> MutexGuard<'_, HashMap<Step, VecDeque<Act>>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sessions belong to this task, and end with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    while let Ok((socket, peer)) = listener.accept().await {
        shared.connections.send_modify(|count| *count += 1);
        let (connected, connection) = (shared.open.enter(peer), *shared.connections.borrow());
        let serving = serve(socket, connection, shared.clone());
        sessions.spawn(async move {
            // An error is a connection that ended early, which clients and scripts may do.
            let _ = serving.await;
            drop(connected);
        });
    }
}

async fn serve(socket: TcpStream, connection: usize, shared: Arc<Shared>) -> io::Result<()> {
    let (stream, encrypted): (Box<dyn Stream>, bool) = match &shared.options.tls {
        SmtpTls::Implicit(tls) => (Box::new(tls.acceptor.accept(socket).await?), true),
        SmtpTls::None | SmtpTls::StartTls(_) => (Box::new(socket), false),
    };
    let stream = BufStream::new(stream);
    Session { shared, stream, connection, encrypted, user: None, from: None, to: Vec::new() }.run().await
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

struct Session {
    shared: Arc<Shared>,
    stream: BufStream<Box<dyn Stream>>,
    connection: usize,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    async fn run(mut self) -> io::Result<()> {
        self.step(Step::Greeting, "220 testkit ESMTP").await?;
        loop {
            let line = self.line().await?;
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" => {
                    let greeting = self.extensions();
                    self.step(Step::Ehlo, &greeting).await?;
                }
                "STARTTLS" => self = self.encrypt().await?,
                "AUTH" => self.auth(rest).await?,
                "MAIL" if self.shared.options.login.is_some() && self.user.is_none() => {
                    self.reply("530 5.7.0 sign in first").await?;
                }
                "MAIL" => {
                    if self.step(Step::MailFrom, "250 2.1.0 ok").await? {
                        self.from = Some(path(rest));
                        self.to.clear();
                    }
                }
                "RCPT" => {
                    if self.step(Step::RcptTo, "250 2.1.5 ok").await? {
                        self.to.push(path(rest));
                    }
                }
                "DATA" if self.to.is_empty() => self.reply("503 5.5.1 to whom?").await?,
                "DATA" => {
                    if self.step(Step::Data, "354 go on, and end with a dot").await? {
                        self.message().await?;
                    }
                }
                "NOOP" => {
                    self.step(Step::Noop, "250 2.0.0 ok").await?;
                }
                "RSET" => self.reply("250 2.0.0 ok").await?,
                "QUIT" => return self.reply("221 2.0.0 bye").await,
                _ => self.reply("500 5.5.2 no such command").await?,
            }
        }
    }

    /// Does what the script says here, or else replies `line`. Answers whether the
    /// client was told to go on.
    async fn step(&mut self, step: Step, line: &str) -> io::Result<bool> {
        loop {
            match self.shared.next(step) {
                Some(Act::WaitAt(gate)) => gate.pass().await,
                act => return self.act(act, line).await,
            }
        }
    }

    /// Does this, or else replies `line`.
    async fn act(&mut self, act: Option<Act>, line: &str) -> io::Result<bool> {
        let line = match act {
            None => line.to_owned(),
            Some(Act::Reply(line)) => line,
            Some(Act::HangUp) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Act::WaitAt(gate)) => {
                gate.pass().await;
                line.to_owned()
            }
        };
        self.reply(&line).await?;
        Ok(line.starts_with(['2', '3']))
    }

    fn extensions(&self) -> String {
        let mut lines = vec!["250-testkit", "250-8BITMIME"];
        if matches!(self.shared.options.tls, SmtpTls::StartTls(_)) && !self.encrypted {
            lines.push("250-STARTTLS");
        }
        if self.shared.options.login.is_some() {
            lines.push("250-AUTH PLAIN LOGIN");
        }
        lines.push("250 ENHANCEDSTATUSCODES");
        lines.join("\r\n")
    }

    async fn encrypt(mut self) -> io::Result<Session> {
        let SmtpTls::StartTls(tls) = &self.shared.options.tls else {
            self.reply("502 5.5.1 no TLS here").await?;
            return Ok(self);
        };
        let acceptor = tls.acceptor.clone();
        self.reply("220 2.0.0 go ahead").await?;
        let secure = acceptor.accept(self.stream.into_inner()).await?;
        Ok(Session { stream: BufStream::new(Box::new(secure)), encrypted: true, ..self })
    }

    async fn auth(&mut self, request: &str) -> io::Result<()> {
        let Some((name, password)) = self.shared.options.login.clone() else {
            return self.reply("502 5.5.1 no AUTH here").await;
        };
        let (mechanism, initial) = request.split_once(' ').unwrap_or((request, ""));
        let right = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let given = match initial {
                    "" => self.ask("334 ").await?,
                    given => given.to_owned(),
                };
                given == STANDARD.encode(format!("\0{name}\0{password}"))
            }
            "LOGIN" => {
                let user = self.ask("334 VXNlcm5hbWU6").await?;
                let secret = self.ask("334 UGFzc3dvcmQ6").await?;
                user == STANDARD.encode(&name) && secret == STANDARD.encode(&password)
            }
            _ => return self.reply("504 5.5.4 PLAIN or LOGIN").await,
        };
        if !right {
            return self.reply("535 5.7.8 wrong name or password").await;
        }
        if self.step(Step::Auth, "235 2.7.0 welcome").await? {
            self.user = Some(name);
        }
        Ok(())
    }

    async fn message(&mut self) -> io::Result<()> {
        let mut data = Vec::new();
        loop {
            let start = data.len();
            if self.stream.read_until(b'\n', &mut data).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if &data[start..] == b".\r\n" {
                data.truncate(start);
                break;
            }
            if data[start..].starts_with(b".") {
                data.remove(start);
            }
        }
        let letter = Letter {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            data,
            connection: self.connection,
            encrypted: self.encrypted,
            user: self.user.clone(),
        };
        if let Some(receiver) = &self.shared.receiver {
            let act = receiver(&letter);
            return self.act(act, "250 2.0.0 taken").await.map(drop);
        }
        let answered = self.step(Step::Message, "250 2.0.0 taken").await;
        if !matches!(answered, Ok(false)) {
            self.shared.letters.send_modify(|letters| letters.push(letter));
        }
        answered.map(|_| ())
    }

    async fn ask(&mut self, line: &str) -> io::Result<String> {
        self.reply(line).await?;
        self.line().await
    }

    async fn reply(&mut self, line: &str) -> io::Result<()> {
        self.stream.write_all(line.as_bytes()).await?;
        self.stream.write_all(b"\r\n").await?;
        self.stream.flush().await
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        }
    }
}

/// The mailbox in `FROM:<a@b> BODY=8BITMIME`.
fn path(argument: &str) -> String {
    let inside = argument.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or(argument, |(path, _)| path).to_owned()
}
