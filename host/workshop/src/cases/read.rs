//! The files of a case. Whatever does not read is named with its line and column.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use event::{AlertState, Event, Severity, Timestamp};
use plugins::{IngestRequest, Message, MessageItem};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::outside::Recorded;

/// Why a case cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{place}: {why}", path.display())]
pub struct CaseError {
    path: PathBuf,
    place: Place,
    why: String,
}

/// Where in a file; line and column from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Whole,
    Line(usize),
    Column(usize, usize),
}

/// A case, read.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) folder: PathBuf,
    pub(super) config: Value,
    pub(super) state: BTreeMap<String, Value>,
    pub(super) outside: Recorded,
    pub(super) calls: Vec<Call>,
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Where it stands in `calls.jsonl`.
    pub(super) line: usize,
    /// None: the event's or wake-up's time, or that of the call before.
    pub(super) now: Option<Timestamp>,
    pub(super) what: What,
}

/// What is called, and with what.
#[derive(Clone, Debug)]
pub(super) enum What {
    Event(Box<Event>),
    Wake(Timestamp),
    Cleared(String),
    Request(IngestRequest),
    Check,
    Deliver(Message),
    Query { method: String, arguments: Value },
}

/// A line of `calls.jsonl`: one of these, with or without `now`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    now: Option<Moment>,
    /// With `time` in RFC 3339; what it leaves out has a default.
    event: Option<Map<String, Value>>,
    wake: Option<Moment>,
    cleared: Option<String>,
    request: Option<RequestForm>,
    check: Option<Nothing>,
    deliver: Option<MessageForm>,
    query: Option<QueryForm>,
}

#[derive(Clone, Copy)]
struct Moment(Timestamp);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RequestForm {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
    /// A file beside, instead of `body`.
    body_file: Option<PathBuf>,
    remote: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryForm {
    method: String,
    #[serde(default)]
    arguments: Value,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MessageForm {
    id: String,
    recipient: String,
    severity: Severity,
    subject: String,
    text: String,
    ascii: String,
    html: Option<String>,
    items: Vec<ItemForm>,
    links: BTreeMap<String, String>,
    previous: Option<String>,
    attempt: u32,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ItemForm {
    id: String,
    key: String,
    state: AlertState,
    severity: Severity,
    title: String,
    data: Value,
    count: u32,
    first: Option<Moment>,
    last: Option<Moment>,
    link: String,
}

impl Case {
    /// Reads a case's folder, all but what is expected.
    ///
    /// # Errors
    /// With the file, line and column that do not read.
    pub(super) fn read(folder: &Path) -> Result<Case, CaseError> {
        let config = folder.join("config.json");
        let missing = || CaseError { path: config.clone(), place: Place::Whole, why: MISSING.to_owned() };
        Ok(Case {
            folder: folder.to_owned(),
            config: json(&config)?.ok_or_else(missing)?,
            state: json(&folder.join("state.json"))?.unwrap_or_default(),
            outside: json(&folder.join("outside.json"))?.unwrap_or_default(),
            calls: calls(folder)?,
        })
    }

    /// Something is wrong with a call.
    pub(super) fn wrong(&self, call: &Call, why: impl fmt::Display) -> CaseError {
        CaseError { path: self.folder.join(CALLS), place: Place::Line(call.line), why: why.to_string() }
    }
}

const MISSING: &str = "it is missing: a case begins with a configuration, if only `{}`";
const CALLS: &str = "calls.jsonl";

impl CaseError {
    pub(super) fn unreadable(path: &Path, why: &io::Error) -> CaseError {
        CaseError { path: path.to_owned(), place: Place::Whole, why: why.to_string() }
    }

    fn misfit(path: &Path, lines_before: usize, error: &serde_json::Error) -> CaseError {
        // A value that was taken apart before has no place any more.
        let place = match error.line() {
            0 => Place::Line(lines_before + 1),
            line => Place::Column(lines_before + line, error.column()),
        };
        let said = error.to_string();
        let why = said.rsplit_once(" at line ").map_or(said.as_str(), |(why, _)| why).to_owned();
        CaseError { path: path.to_owned(), place, why }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Line(line) => write!(f, ":{line}"),
            Place::Column(line, column) => write!(f, ":{line}:{column}"),
        }
    }
}

/// Reads a file of JSON; none when there is none.
pub(super) fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, CaseError> {
    let Some(text) = text(path)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| CaseError::misfit(path, 0, &error))
}

fn text(path: &Path) -> Result<Option<String>, CaseError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CaseError::unreadable(path, &error)),
    }
}

fn calls(folder: &Path) -> Result<Vec<Call>, CaseError> {
    let path = folder.join(CALLS);
    let text = text(&path)?.unwrap_or_default();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let numbered = lines.enumerate().map(|(n, (i, line))| {
        let read = serde_json::from_str::<Line>(line).map_err(|e| CaseError::misfit(&path, i, &e))?;
        let now = read.now.map(|moment| moment.0);
        let what = read.what(folder, n).map_err(|e| CaseError::misfit(&path, i, &e))?;
        Ok(Call { line: i + 1, now, what })
    });
    numbered.collect()
}

impl Line {
    /// What is called by this line, which is the call of this number, from 0.
    fn what(self, folder: &Path, n: usize) -> serde_json::Result<What> {
        let check = self.check.map(|Nothing {}| Ok(What::Check));
        let forms = [
            self.event.map(|event| event_of(event, n).map(|event| What::Event(Box::new(event)))),
            self.wake.map(|moment| Ok(What::Wake(moment.0))),
            self.cleared.map(|key| Ok(What::Cleared(key))),
            self.request.map(|form| form.request(folder).map(What::Request)),
            check,
            self.deliver.map(|form| Ok(What::Deliver(form.message()))),
            self.query.map(|QueryForm { method, arguments }| Ok(What::Query { method, arguments })),
        ];
        let mut given = forms.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(what), None) => what,
            _ => Err(serde_json::Error::custom(
                "a call is exactly one of `event`, `wake`, `cleared`, `request`, `check`, `deliver` and `query`",
            )),
        }
    }
}

/// An event from the form in which cases write it.
fn event_of(mut map: Map<String, Value>, n: usize) -> serde_json::Result<Event> {
    let time = match map.get("time") {
        None => Timestamp(n as i64 * 60_000),
        Some(time) => Moment::deserialize(time)?.0,
    };
    map.insert("time".into(), time.0.into());
    for (key, default) in [("id", format!("e{}", n + 1)), ("source", "test".into()), ("type", "event".into())]
    {
        map.entry(key).or_insert(default.into());
    }
    serde_json::from_value(map.into())
}

impl RequestForm {
    fn request(self, folder: &Path) -> serde_json::Result<IngestRequest> {
        let body = match self.body_file {
            None => self.body.into_bytes(),
            Some(file) => std::fs::read(folder.join(&file))
                .map_err(|error| serde_json::Error::custom(format!("{}: {error}", file.display())))?,
        };
        Ok(IngestRequest {
            method: self.method,
            path: self.path,
            query: self.query,
            headers: self.headers.into_iter().collect(),
            body,
            remote: self.remote,
        })
    }
}

impl Default for RequestForm {
    fn default() -> RequestForm {
        let [path, query, body] = std::array::from_fn(|_| String::new());
        let (method, remote) = ("POST".to_owned(), "127.0.0.1".to_owned());
        RequestForm { method, path, query, headers: BTreeMap::new(), body, body_file: None, remote }
    }
}

impl MessageForm {
    fn message(self) -> Message {
        Message {
            id: self.id,
            recipient: self.recipient,
            severity: self.severity,
            subject: self.subject,
            text: self.text,
            ascii: self.ascii,
            html: self.html,
            items: self.items.into_iter().map(ItemForm::item).collect(),
            links: self.links.into_iter().collect(),
            previous: self.previous,
            attempt: self.attempt,
        }
    }
}

impl Default for MessageForm {
    fn default() -> MessageForm {
        let empty = String::new;
        MessageForm {
            id: "m1".to_owned(),
            recipient: "alice".to_owned(),
            severity: Severity::Warning,
            subject: empty(),
            text: empty(),
            ascii: empty(),
            html: None,
            items: Vec::new(),
            links: BTreeMap::new(),
            previous: None,
            attempt: 1,
        }
    }
}

impl ItemForm {
    fn item(self) -> MessageItem {
        let moment = |moment: Option<Moment>| moment.map(|moment| moment.0).unwrap_or_default();
        MessageItem {
            id: self.id,
            key: self.key,
            state: self.state,
            severity: self.severity,
            title: self.title,
            data: self.data,
            count: self.count,
            first: moment(self.first),
            last: moment(self.last.or(self.first)),
            link: self.link,
        }
    }
}

impl Default for ItemForm {
    fn default() -> ItemForm {
        let empty = String::new;
        ItemForm {
            id: "a1".to_owned(),
            key: "a".to_owned(),
            state: AlertState::Firing,
            severity: Severity::Warning,
            title: empty(),
            data: Value::Object(Map::new()),
            count: 1,
            first: None,
            last: None,
            link: empty(),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Moment).map_err(D::Error::custom)
    }
}
