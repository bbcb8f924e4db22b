//! Who stands beside the daemon and is never killed: the sender and the recorder.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use crate::kill::home::Home;

/// Nobody is silent for so long who gets on with anything.
const SILENT_AT_MOST: Duration = Duration::from_secs(120);

pub(crate) struct Crew {
    recorder: Beside,
    sender: Option<Beside>,
    said: Receiver<String>,
    saying: Sender<String>,
    /// Where webhooks go, and the port that takes mail.
    pub(crate) hook: String,
    pub(crate) mail: u16,
    /// Events acknowledged, deliveries taken, deliveries refused so far.
    pub(crate) acked: u64,
    pub(crate) received: u64,
    pub(crate) refused: u64,
    marks: u64,
    done: bool,
}

/// What the sender sends; see its own words.
pub(crate) struct Load {
    pub(crate) seed: u64,
    pub(crate) batch: u64,
    pub(crate) posts: u64,
    pub(crate) repeats: u64,
    pub(crate) conflicts: u64,
    pub(crate) rate: u64,
    pub(crate) pad: u64,
}

impl Crew {
    /// With a recorder that drops one reply in so many (zero: none), and writes to `log`.
    pub(crate) fn new(log: &std::path::Path, seed: u64, drops: u64) -> Crew {
        let (saying, said) = mpsc::channel();
        let log = format!("log={}", log.display());
        let recorder = Beside::start(
            &["record", &log, &format!("seed={seed}"), &format!("drops={drops}")],
            saying.clone(),
        );
        let mut crew = Crew {
            recorder,
            sender: None,
            said,
            saying,
            hook: String::new(),
            mail: 0,
            acked: 0,
            received: 0,
            refused: 0,
            marks: 0,
            done: false,
        };
        crew.wait(|crew| crew.mail != 0);
        crew
    }

    pub(crate) fn load(&mut self, home: &Home, load: &Load) {
        let Load { seed, batch, posts, repeats, conflicts, rate, pad } = load;
        let options = [
            "load".to_owned(),
            format!("log={}", home.path("acks").display()),
            format!("seed={seed}"),
            format!("batch={batch}"),
            format!("posts={posts}"),
            format!("repeats={repeats}"),
            format!("conflicts={conflicts}"),
            format!("rate={rate}"),
            format!("pad={pad}"),
        ];
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        self.sender = Some(Beside::start(&options, self.saying.clone()));
    }

    /// Tells the sender where the daemon is now.
    pub(crate) fn send_to(&mut self, address: Option<SocketAddr>) {
        let order = address.map_or_else(|| "down".to_owned(), |address| address.to_string());
        self.sender.as_mut().unwrap().tell(&order);
    }

    /// Lets the sender bring to an end what it has begun, and go.
    pub(crate) fn stop_sending(&mut self) {
        self.sender.as_mut().unwrap().tell("stop");
        self.wait_for_the_sender();
    }

    /// Waits until the sender has sent all that it was to send.
    pub(crate) fn wait_for_the_sender(&mut self) {
        self.wait(|crew| crew.done);
        self.sender = None;
    }

    /// Whether the sender has sent all that it was to send.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    pub(crate) fn refuse(&mut self, refuse: bool) {
        self.recorder.tell(if refuse { "refuse" } else { "accept" });
    }

    /// Sets a mark behind all that the last life has sent.
    pub(crate) fn mark(&mut self) {
        let wanted = self.marks + 1;
        self.recorder.tell("mark");
        self.wait(|crew| crew.marks == wanted);
    }

    pub(crate) fn wait(&mut self, until: impl Fn(&Crew) -> bool) {
        while !until(self) {
            let said = self.said.recv_timeout(SILENT_AT_MOST);
            self.hear(&said.unwrap_or_else(|error| {
                panic!("nobody says anything any more ({error}) after {} events", self.acked)
            }));
        }
        while let Ok(said) = self.said.try_recv() {
            self.hear(&said);
        }
    }

    fn hear(&mut self, said: &str) {
        let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
        let number = || rest.parse().unwrap();
        match word {
            "acked" => self.acked = number(),
            "received" => self.received = number(),
            "refused" => self.refused = number(),
            "hook" => rest.clone_into(&mut self.hook),
            "mail" => self.mail = rest.parse().unwrap(),
            "marked" => self.marks += 1,
            "done" => self.done = true,
            _ => panic!("what is `{said}`?"),
        }
    }
}

/// A process that is told a word a line, and says a word a line.
struct Beside {
    child: Child,
    orders: ChildStdin,
}

impl Beside {
    fn start(arguments: &[&str], saying: Sender<String>) -> Beside {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fire"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| saying.send(line)));
        let orders = child.stdin.take().unwrap();
        Beside { child, orders }
    }

    fn tell(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // The sender may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
