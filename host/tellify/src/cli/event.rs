//! `tellify event`.

use std::io::{IsTerminal, Read};
use std::time::Duration;

use clap::Subcommand;
use egress::{Method, Response};
use serde_json::{Map, Value};

use super::Amount;
use super::client::Client;
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Send an event: tellify event send --type deploy --tag web 'shop is now at commit=e8e5e4'
    Send(Send),
    /// List events, newest first: tellify event list 'type:deploy* severity>=warning'
    List {
        /// Filter language, as one argument; nothing lets everything through
        #[arg(allow_hyphen_values = true, default_value = "", hide_default_value = true)]
        filter: String,
        /// Oldest first
        #[arg(long)]
        oldest: bool,
        #[command(flatten)]
        amount: Amount,
    },
    /// Follow events as they come in, until Ctrl-C
    Tail {
        /// Filter language, as one argument; nothing lets everything through
        #[arg(allow_hyphen_values = true, default_value = "", hide_default_value = true)]
        filter: String,
        /// Go on after this sequence number
        #[arg(long, value_name = "SEQ")]
        since: Option<u64>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Send {
    /// What happened, for people; `key=value` in it also becomes data. `-` reads standard input
    text: Vec<String>,
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    #[arg(long)]
    source: Option<String>,
    #[arg(long)]
    subject: Option<String>,
    #[arg(long)]
    id: Option<String>,
    /// When it happened, as RFC 3339 [default: now]
    #[arg(long)]
    time: Option<String>,
    /// debug, info, notice, warning, error or critical
    #[arg(long)]
    severity: Option<String>,
    /// positive or negative
    #[arg(long)]
    effect: Option<String>,
    /// internal or external
    #[arg(long)]
    origin: Option<String>,
    /// May be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// A JSON object
    #[arg(long)]
    data: Option<String>,
    /// Whole events as JSON, instead of all the above
    #[arg(long, conflicts_with_all = ["text", "kind", "data", "lines"])]
    json: Option<String>,
    /// Standard input holds an event on each line
    #[arg(long)]
    lines: bool,
}

const COLUMNS: &[Column] = &[
    ("seq", "seq"),
    ("time", "time"),
    ("type", "type"),
    ("severity", "severity"),
    ("source", "source"),
    ("subject", "subject"),
    ("text", "text"),
    ("data", "data"),
];
const TAKEN: &[Column] = &[("seq", "seq"), ("id", "id"), ("duplicate", "duplicate")];
/// An event takes at most a quarter of a megabyte; as a line of the stream a little more.
const LINE_MAX: usize = 8 << 20;
/// Between two connections of one `tail`.
const RECONNECT: Duration = Duration::from_secs(1);
/// As many fields as an event may have by default.
const FIELDS_MAX: usize = 1024;

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Send(send) => {
            let (content_type, body) = send.body()?;
            let taken = client.json(Method::POST, "/api/v1/events", &[], content_type, body).await?;
            match taken {
                Value::Array(taken) => output.list(&taken, TAKEN, "events were sent"),
                taken => output.one(&taken, TAKEN),
            }
        }
        Verb::List { filter, oldest, amount } => {
            let query = [("q", Some(filter.as_str())), ("order", oldest.then_some("oldest"))];
            output.list(&client.list("/api/v1/events", &query, amount.most()).await?, COLUMNS, "events")
        }
        Verb::Tail { filter, since } => tail(client, output, &filter, since).await,
    }
}

/// Prints events as they come. A connection that breaks off is taken up where it broke,
/// as soon as somebody listens again.
async fn tail(client: &Client, output: &Output, filter: &str, since: Option<u64>) -> Result<(), Failure> {
    let mut after = since.map(|seq| seq.to_string());
    let mut was_open = false;
    loop {
        let query = [("q", Some(filter)), ("after", after.as_deref())];
        match client.request(Method::GET, "/api/v1/events/stream", &query, "", Vec::new()).await {
            Ok(answer) => {
                was_open = true;
                print(answer, output, &mut after).await?;
                output.done("the stream broke off; going on where it broke");
            }
            Err(failure) if was_open && failure.is_unreachable() => {}
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

/// Prints the events of one connection until it breaks off, and keeps the number of the last.
async fn print(answer: Response, output: &Output, after: &mut Option<String>) -> Result<(), Failure> {
    let mut lines = answer.lines(LINE_MAX);
    while let Ok(Some(line)) = lines.next().await {
        if let Some(data) = line.strip_prefix("data:") {
            let event: Value = serde_json::from_str(data).map_err(Failure::failed)?;
            output.line(&event, COLUMNS)?;
        } else if let Some(id) = line.strip_prefix("id:") {
            *after = Some(id.trim().to_owned());
        }
    }
    Ok(())
}

impl Send {
    /// The body to send, and its type.
    fn body(self) -> Result<(&'static str, Vec<u8>), Failure> {
        if let Some(json) = self.json {
            return Ok(("application/json", json.into_bytes()));
        }
        let from_input = self.text == ["-"] || (self.text.is_empty() && self.lines);
        if from_input || (self.is_bare() && !std::io::stdin().is_terminal()) {
            let mut input = String::new();
            std::io::stdin().read_to_string(&mut input)?;
            return self.body_of_input(input);
        }
        if self.is_bare() {
            return Err(Failure::usage("nothing to send: see `tellify event send --help`"));
        }
        let text = self.text.join(" ");
        Ok(("application/json", Value::Object(self.event(&text)?).to_string().into_bytes()))
    }

    /// JSON is sent as it is; other text is one event, or one for each line.
    fn body_of_input(self, input: String) -> Result<(&'static str, Vec<u8>), Failure> {
        if !self.lines && input.trim_start().starts_with(['{', '[']) {
            return Ok(("application/json", input.into_bytes()));
        }
        if !self.lines {
            return Ok((
                "application/json",
                Value::Object(self.event(input.trim_end())?).to_string().into_bytes(),
            ));
        }
        let lines = input.lines().filter(|line| !line.trim().is_empty());
        let events: Vec<Value> =
            lines.map(|line| self.event(line).map(Value::Object)).collect::<Result<_, _>>()?;
        Ok(("application/json", Value::from(events).to_string().into_bytes()))
    }

    /// Nothing says what to send.
    fn is_bare(&self) -> bool {
        self.text.is_empty() && self.kind.is_none() && self.data.is_none() && self.subject.is_none()
    }

    fn event(&self, text: &str) -> Result<Map<String, Value>, Failure> {
        let envelope = [
            ("type", &self.kind),
            ("source", &self.source),
            ("subject", &self.subject),
            ("id", &self.id),
            ("time", &self.time),
            ("severity", &self.severity),
            ("effect", &self.effect),
            ("origin", &self.origin),
        ];
        let given = envelope
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), Value::from(value.clone()?))));
        let mut event: Map<String, Value> = given.collect();
        if !self.tags.is_empty() {
            event.insert("tags".into(), Value::from(self.tags.clone()));
        }
        let mut data = ingest::fields(text, FIELDS_MAX);
        if let Some(own) = &self.data {
            let own: Map<String, Value> = serde_json::from_str(own)
                .map_err(|error| Failure::usage(format!("--data is no JSON object: {error}")))?;
            data.extend(own);
        }
        if !data.is_empty() {
            event.insert("data".into(), Value::Object(data));
        }
        if !text.is_empty() {
            event.insert("text".into(), Value::from(text));
        }
        Ok(event)
    }
}
