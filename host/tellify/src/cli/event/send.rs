//! `tellify event send` and `tellify event flush`.

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::compose::Envelope;
use super::courier::{Carried, Courier, Flushed};
use super::draft::Draft;
use super::feed::{Feed, Item};
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::output::{Column, Output};
use crate::cli::spool::{self, Spool};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Send {
    /// What happened, for people; `key=value` in it also becomes data. `-` reads standard input
    text: Vec<String>,
    #[command(flatten)]
    envelope: Envelope,
    /// Write it in $VISUAL or $EDITOR; so it is when nothing else is given at a terminal
    #[arg(short, long, conflicts_with_all = ["json", "lines"])]
    edit: bool,
    /// Go on with a draft that was kept; it is removed when its event was sent
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "lines", "text", "edit"])]
    draft: Option<PathBuf>,
    /// Whole events, as an object, an array or one after the other; `-` reads standard input
    #[arg(long, value_name = "FILE|-|JSON", conflicts_with_all = ["text", "lines"])]
    json: Option<String>,
    /// Standard input holds an event on each line
    #[arg(long)]
    lines: bool,
    /// Fail when the daemon is away, instead of keeping the events for later
    #[arg(long)]
    no_spool: bool,
}

pub(super) const EXAMPLES: &str = "\
When the daemon is away, events are kept in $XDG_STATE_HOME/tellify/spool (usually
~/.local/state/tellify/spool), a word on standard error says so, and the exit code is 0.
They are sent before the next ones, with `tellify event send` or `tellify event flush`.
With --no-spool, the exit code is 5 and nothing is kept.

Examples:
  tellify event send --type deploy --tag web 'shop is now at commit=e8e5e4'
  tellify event send --type disk.usage --subject /home --data percent=93.5 --severity warning
  dmesg | tail -20 | tellify event send --type kernel -
  tail -F app.log | tellify event send --lines --type log --source app
  tellify event send --json events.ndjson
  tellify event send --edit";

pub(super) const FLUSH_HELP: &str = "\
Events wait in a folder for each daemon and token. A file that cannot be read or that the
daemon refuses is set aside under another name, and holds nothing else up.

Examples:
  tellify event flush
  TELLIFY_TOKEN=… tellify event flush --any-token";

const TAKEN: &[Column] = &[("seq", "seq"), ("id", "id"), ("duplicate", "duplicate")];
const KEPT: &[Column] = &[("seq", "seq"), ("id", "id"), ("kept", "kept")];
/// More are counted, and not listed.
const LISTED: usize = 20;
/// A daemon that is silent for so long is away, as far as a sender cares.
const SILENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(send: Send, client: Client, output: &Output) -> Result<(), Failure> {
    let client = client.within(SILENCE)?;
    let spool = if send.no_spool { None } else { spool_of(&client) };
    let (feed, draft) = send.feed()?;
    let mut courier = Courier::new(client, spool);
    let sent = deliver(feed, &mut courier, output).await;
    match (&sent, &draft) {
        (Ok(()), Some(draft)) => draft.done(),
        (Err(_), Some(draft)) => return sent.map_err(|failure| draft.with_place(failure)),
        (_, None) => {}
    }
    sent
}

async fn deliver(mut feed: Feed, courier: &mut Courier, output: &Output) -> Result<(), Failure> {
    let (flushed, ended) = courier.flush().await;
    tell_flushed(&flushed);
    if let Err(failure) = ended {
        eprintln!("tellify: what was kept before could not be sent: {failure}");
    }
    let bar = progress(feed.bytes);
    let mut told = Told::default();
    loop {
        let batch = match feed.batch().await {
            Ok(Some(batch)) => batch,
            Ok(None) => break,
            Err(failure) => return Err(told.so_far(failure)),
        };
        bar.set_position(feed.read());
        told.listed |= batch.listed || told.events > 0;
        let carried = courier.carry(batch, told.events).await.map_err(|failure| told.so_far(failure))?;
        told.take(carried, courier, output)?;
    }
    bar.finish_and_clear();
    told.finish(output)
}

pub(super) async fn flush(any_token: bool, client: Client, output: &Output) -> Result<(), Failure> {
    let client = client.within(SILENCE)?;
    let spool = spool_of(&client).ok_or_else(|| {
        Failure::failed("there is no spool: neither XDG_STATE_HOME nor HOME says where it would be")
    })?;
    if any_token {
        spool.adopt().map_err(Failure::failed)?;
    }
    let mut courier = Courier::new(client, Some(spool));
    let (flushed, ended) = courier.flush().await;
    tell_flushed(&flushed);
    let spool = courier.spool().ok_or_else(|| Failure::failed("there is no spool"))?;
    let (waiting, elsewhere) = (spool.files().len(), spool.elsewhere());
    let aside: Vec<Value> =
        flushed.aside.iter().map(|(file, why)| json!({"file": file, "why": why})).collect();
    let told = json!({
        "sent": flushed.sent, "duplicates": flushed.duplicates, "aside": aside, "waiting": waiting,
        "elsewhere": elsewhere,
    });
    if output.is_table() {
        if flushed == Flushed::default() && waiting == 0 {
            output.done("nothing waits to be sent");
        }
        if elsewhere > 0 {
            let wait = if elsewhere == 1 { "request waits" } else { "requests wait" };
            output.done(&format!(
                "{elsewhere} {wait} for other daemons or tokens: set --url, or see --any-token"
            ));
        }
    } else {
        output.one(&told, &[])?;
    }
    ended?;
    match flushed.aside.len() {
        0 => Ok(()),
        aside => Err(Failure::failed(format!("{aside} files could not be sent, and were set aside"))),
    }
}

fn spool_of(client: &Client) -> Option<Spool> {
    spool::usual_root().map(|root| Spool::of(root, client.url(), client.token()))
}

fn tell_flushed(flushed: &Flushed) {
    if flushed.sent > 0 {
        let events = if flushed.sent == 1 { "event that was" } else { "events that were" };
        eprintln!("tellify: sent {} {events} kept while the daemon was away", flushed.sent);
    }
    for (file, why) in &flushed.aside {
        eprintln!("tellify: a file of the spool was set aside as {}: {why}", file.display());
    }
}

/// A bar for who waits at a terminal for a large file.
fn progress(bytes: Option<u64>) -> ProgressBar {
    const LARGE: u64 = 1 << 20;
    let Some(bytes) = bytes.filter(|bytes| *bytes > LARGE && io::stderr().is_terminal()) else {
        return ProgressBar::hidden();
    };
    let style = ProgressStyle::with_template("sending {bar:40} {bytes} of {total_bytes}, {eta} left");
    let bar = ProgressBar::new(bytes);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// What was said, and is to be said, about the events that were sent.
#[derive(Default)]
struct Told {
    answers: Vec<Value>,
    events: usize,
    duplicates: usize,
    kept: usize,
    listed: bool,
}

impl Told {
    fn take(&mut self, carried: Carried, courier: &Courier, output: &Output) -> Result<(), Failure> {
        let answers = match carried {
            Carried::Taken(answers) => answers,
            Carried::Kept { events, reason } => {
                self.kept += events.len();
                if let (Some(reason), Some(spool)) = (reason, courier.spool()) {
                    let root = spool.root().display();
                    eprintln!("tellify: {reason}");
                    eprintln!(
                        "  Kept in {root}, and sent before the next events, or with `tellify event flush`."
                    );
                }
                events
            }
        };
        self.events += answers.len();
        self.duplicates += answers.iter().filter(|answer| answer["duplicate"] == true).count();
        if output.is_lines() {
            return answers.iter().try_for_each(|answer| output.one(answer, &[]));
        }
        // A table of very many is read by nobody.
        if !output.is_table() || self.events <= LISTED {
            self.answers.extend(answers);
        }
        Ok(())
    }

    fn finish(&self, output: &Output) -> Result<(), Failure> {
        if self.events == 0 {
            output.done("there are no events in what was given, so none were sent");
        }
        if self.kept > 1 {
            output.done(&format!("{} events are kept on this machine", self.kept));
        }
        if output.is_lines() {
            return Ok(());
        }
        if output.is_table() && self.events > LISTED {
            let sent = self.events - self.kept;
            output.done(&format!("{sent} events were sent, {} of them duplicates", self.duplicates));
            return Ok(());
        }
        let columns = if self.kept > 0 { KEPT } else { TAKEN };
        match self.answers.as_slice() {
            [answer] if !self.listed => output.one(answer, columns),
            answers if self.events > 0 || !output.is_table() => output.list(answers, columns, "events"),
            _ => Ok(()),
        }
    }

    /// Adds to a failure what was done before it.
    fn so_far(&self, failure: Failure) -> Failure {
        match self.events {
            0 => failure,
            events => {
                failure.advised(&format!("The first {events} events were sent; those behind them were not."))
            }
        }
    }
}

impl Send {
    /// The events to send, and the draft that they come from.
    fn feed(self) -> Result<(Feed, Option<Draft>), Failure> {
        if let Some(json) = &self.json {
            self.nothing_else("--json")?;
            return match json.trim_start() {
                "-" => Ok((Feed::of_input(Vec::new()), None)),
                text if text.starts_with(['{', '[']) => Ok((Feed::of_text("--json", json.clone()), None)),
                _ => Ok((Feed::of_file(json)?, None)),
            };
        }
        if self.lines {
            if !self.text.is_empty() && self.text != ["-"] {
                return Err(Failure::usage("--lines reads standard input, and no text beside it"));
            }
            if self.envelope.id.is_some() {
                return Err(Failure::usage("--lines makes many events, which cannot all have one --id"));
            }
            return Ok((Feed::of_lines(self.envelope, Vec::new()), None));
        }
        let text = if self.text == ["-"] { String::new() } else { self.text.join(" ") };
        let is_bare = text.is_empty() && self.envelope.says_nothing();
        let piped = !io::stdin().is_terminal();
        if self.draft.is_some() || self.edit || (is_bare && !piped && self.text != ["-"]) {
            return self.edited(&text);
        }
        if self.text == ["-"] || (is_bare && piped) {
            return self.input().map(|feed| (feed, None));
        }
        Ok((Feed::of_one(Item::composed(&self.envelope, &text)), None))
    }

    fn edited(self, text: &str) -> Result<(Feed, Option<Draft>), Failure> {
        let draft = match self.draft {
            Some(path) => Draft::kept(path),
            None => Draft::new(&self.envelope, text)?,
        };
        let (envelope, text) = draft.edited()?;
        Ok((Feed::of_one(Item::composed(&envelope, &text)), Some(draft)))
    }

    /// What is piped: JSON as it is, and other text as the text of one event.
    fn input(self) -> Result<Feed, Failure> {
        let mut begun = Vec::new();
        let mut byte = [0];
        while io::stdin().read(&mut byte)? == 1 {
            begun.push(byte[0]);
            if !byte[0].is_ascii_whitespace() {
                break;
            }
        }
        if matches!(begun.last(), Some(b'{' | b'[')) {
            self.nothing_else("JSON on standard input")?;
            return Ok(Feed::of_input(begun));
        }
        io::stdin().read_to_end(&mut begun)?;
        let text = String::from_utf8(begun)
            .map_err(|error| Failure::usage(format!("standard input is no UTF-8: {error}")))?;
        if text.trim().is_empty() && self.envelope.says_nothing() {
            return Err(Failure::usage(
                "nothing to send: give a text, --type, --data or --json; see `tellify event send --help`",
            ));
        }
        Ok(Feed::of_one(Item::composed(&self.envelope, text.trim_end())))
    }

    /// JSON is sent as it is: what is given beside it would be lost.
    fn nothing_else(&self, what: &str) -> Result<(), Failure> {
        if self.envelope == Envelope::default() {
            return Ok(());
        }
        Err(Failure::usage(format!("{what} is sent as it is: put type, tags and all else into it")))
    }
}
