//! Events on their way in, one after the other, however many there are: read in a thread
//! of their own, handed on in batches of a bounded size.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Deserializer;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::compose::Envelope;
use crate::cli::failure::Failure;

/// One request: half of what a daemon takes by default, so that a daemon with lower
/// limits still may, and little enough to be sent in time over a slow line.
const BATCH_EVENTS: usize = 5_000;
const BATCH_BYTES: usize = 1 << 20;
/// A feed that lives sends what it has when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(200);

/// An event as it is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// A JSON object.
    pub(super) json: String,
    pub(super) has_id: bool,
    pub(super) has_time: bool,
    /// It is one of a list, so that the answer is a list as well.
    listed: bool,
    /// There is no reason to wait for the next one: it may come tomorrow.
    live: bool,
}

impl Item {
    /// What was composed here.
    pub(super) fn composed(envelope: &Envelope, text: &str) -> Item {
        let event = envelope.event(text);
        let (has_id, has_time) = (event.contains_key("id"), event.contains_key("time"));
        Item {
            json: serde_json::Value::Object(event).to_string(),
            has_id,
            has_time,
            listed: false,
            live: false,
        }
    }

    /// What was written elsewhere; nothing of it is changed.
    fn written(json: &RawValue, listed: bool, live: bool) -> Result<Item, String> {
        let members: Members = serde_json::from_str(json.get()).map_err(|_| "an event is a JSON object")?;
        Ok(Item {
            json: json.get().to_owned(),
            has_id: members.id.is_some(),
            has_time: members.time.is_some(),
            listed,
            live,
        })
    }

    /// Puts a member in front of the others.
    pub(super) fn with(&mut self, key: &str, value: &str) {
        let rest = self.json.trim_start().strip_prefix('{').unwrap_or_default().trim_start();
        let comma = if rest.starts_with('}') { "" } else { "," };
        self.json = format!("{{\"{key}\":\"{value}\"{comma}{rest}");
    }
}

/// Only whether they are there matters.
#[derive(Deserialize)]
struct Members {
    id: Option<IgnoredAny>,
    time: Option<IgnoredAny>,
}

/// The events of one request, and whether they are a list.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) items: Vec<Item>,
    pub(super) listed: bool,
}

pub(super) struct Feed {
    items: mpsc::Receiver<Result<Item, Failure>>,
    /// What did not fit into the last batch.
    held: Option<Item>,
    /// Bytes that were read, and that there are, where somebody knows.
    read: Arc<AtomicU64>,
    pub(super) bytes: Option<u64>,
}

impl Feed {
    pub(super) fn of_one(item: Item) -> Feed {
        let (_, items) = mpsc::channel(1);
        Feed { items, held: Some(item), read: Arc::default(), bytes: None }
    }

    /// JSON of a file: an object, an array of them, or one after the other.
    pub(super) fn of_file(name: &str) -> Result<Feed, Failure> {
        let unreadable = |error: io::Error| Failure::usage(format!("--json {name}: {error}"));
        let file = File::open(name).map_err(unreadable)?;
        let bytes = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
        let name = name.to_owned();
        Ok(Feed { bytes, ..Feed::start(file, move |input, sink| json(input, &name, bytes.is_none(), sink)) })
    }

    /// The same of a text.
    pub(super) fn of_text(name: &'static str, text: String) -> Feed {
        Feed::start(io::Cursor::new(text), move |input, sink| json(input, name, false, sink))
    }

    /// The same of standard input, after what was read of it already.
    pub(super) fn of_input(begun: Vec<u8>) -> Feed {
        let input = io::Cursor::new(begun).chain(io::stdin());
        Feed::start(input, move |input, sink| json(input, "standard input", true, sink))
    }

    /// An event for each line of standard input that says anything.
    pub(super) fn of_lines(envelope: Envelope, begun: Vec<u8>) -> Feed {
        let input = io::Cursor::new(begun).chain(io::stdin());
        Feed::start(input, move |input, sink| lines(input, &envelope, sink))
    }

    fn start<R: Read + Send + 'static>(
        input: R,
        read: impl FnOnce(Counted<R>, Sink) -> Result<(), Failure> + Send + 'static,
    ) -> Feed {
        let (sender, items) = mpsc::channel(1024);
        let count = Arc::new(AtomicU64::new(0));
        let counted = BufReader::with_capacity(64 << 10, Counting { input, count: count.clone() });
        thread::spawn(move || {
            let sink = Sink(sender);
            if let Err(failure) = read(counted, sink.clone()) {
                // Whoever stopped listening wants no reasons.
                let _ = sink.0.blocking_send(Err(failure));
            }
        });
        Feed { items, held: None, read: count, bytes: None }
    }

    /// How many bytes were read so far.
    pub(super) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The next events that go together; none when there are no more.
    ///
    /// # Errors
    /// When the next ones cannot be read: those before them in the batch are not given out.
    pub(super) async fn batch(&mut self) -> Result<Option<Batch>, Failure> {
        let mut batch = Batch::default();
        let mut bytes = 0;
        loop {
            let item = match self.held.take() {
                Some(item) => item,
                None => match self.next(batch.items.last()).await? {
                    Some(item) => item,
                    None => break,
                },
            };
            bytes += item.json.len() + 1;
            if !batch.items.is_empty() && (bytes > BATCH_BYTES || batch.items.len() == BATCH_EVENTS) {
                self.held = Some(item);
                break;
            }
            batch.listed |= item.listed;
            batch.items.push(item);
        }
        Ok(Some(batch).filter(|batch| !batch.items.is_empty()))
    }

    /// The next one, if it comes soon enough for the batch that ends in `last`.
    async fn next(&mut self, last: Option<&Item>) -> Result<Option<Item>, Failure> {
        if last.is_some_and(|last| last.live) {
            return match tokio::time::timeout(QUIET, self.items.recv()).await {
                Ok(item) => item.transpose(),
                Err(_) => Ok(None),
            };
        }
        self.items.recv().await.transpose()
    }
}

type Counted<R> = BufReader<Counting<R>>;

struct Counting<R> {
    input: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[derive(Clone)]
struct Sink(mpsc::Sender<Result<Item, Failure>>);

impl Sink {
    /// False when nobody wants more.
    fn take(&self, item: Item) -> bool {
        self.0.blocking_send(Ok(item)).is_ok()
    }
}

fn lines(input: impl BufRead, envelope: &Envelope, sink: Sink) -> Result<(), Failure> {
    for line in input.lines() {
        let line = line.map_err(|error| Failure::usage(format!("standard input: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        let item = Item { listed: true, live: true, ..Item::composed(envelope, line.trim_end()) };
        if !sink.take(item) {
            break;
        }
    }
    Ok(())
}

/// Reads JSON; `live` says that objects may come one by one, with long pauses.
fn json(mut input: impl BufRead, name: &str, live: bool, sink: Sink) -> Result<(), Failure> {
    let wrong = |error: &dyn fmt::Display| Failure::usage(format!("{name}: {error}"));
    let first = begin(&mut input).map_err(|error| wrong(&error))?;
    if first == Some(b'[') {
        let mut input = Deserializer::from_reader(input);
        let read = input.deserialize_seq(Elements { sink }).and_then(|()| input.end());
        return read.map_err(|error| wrong(&error));
    }
    let mut number = 0;
    for json in Deserializer::from_reader(input).into_iter::<Box<RawValue>>() {
        let json = json.map_err(|error| wrong(&error))?;
        number += 1;
        let item = Item::written(&json, number > 1, live)
            .map_err(|error| wrong(&format!("value {number}: {error}")))?;
        if !sink.take(item) {
            break;
        }
    }
    Ok(())
}

/// The first byte that is no white space, which stays in the input.
fn begin(input: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let buffer = input.fill_buf()?;
        let Some(first) = buffer.first().copied() else { return Ok(None) };
        let skipped = match buffer {
            [0xef, 0xbb, 0xbf, ..] => 3,
            _ if first.is_ascii_whitespace() => 1,
            _ => return Ok(Some(first)),
        };
        input.consume(skipped);
    }
}

/// Hands on the elements of an array as they are read.
struct Elements {
    sink: Sink,
}

impl<'de> Visitor<'de> for Elements {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(json) = elements.next_element::<Box<RawValue>>()? {
            let item = Item::written(&json, true, false)
                .map_err(|error| de::Error::custom(format!("element {index}: {error}")))?;
            index += 1;
            if !self.sink.take(item) {
                return Err(de::Error::custom("nobody wants more"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn batches(text: &str) -> Result<Vec<(usize, bool)>, String> {
        let mut feed = Feed::of_text("test", text.to_owned());
        let mut batches = Vec::new();
        while let Some(batch) = feed.batch().await.map_err(|failure| failure.to_string())? {
            batches.push((batch.items.len(), batch.listed));
        }
        Ok(batches)
    }

    #[tokio::test]
    async fn json_comes_as_one_as_an_array_or_one_after_the_other() {
        let many = format!("[{}]", vec![r#"{"a":1}"#; BATCH_EVENTS + 1].join(","));
        let large = format!("[{0},{0},{0}]", format!(r#"{{"a":"{}"}}"#, "x".repeat(BATCH_BYTES / 2)));
        let table = [
            (r#"{"a":1}"#, vec![(1, false)]),
            ("\u{feff} {\"a\":1}\n", vec![(1, false)]),
            ("[{\"a\":1}]", vec![(1, true)]),
            (" [ {} , {} ] ", vec![(2, true)]),
            ("{}\n{}\n{}", vec![(3, true)]),
            ("[]", vec![]),
            ("", vec![]),
            (&many, vec![(BATCH_EVENTS, true), (1, true)]),
            (&large, vec![(1, true), (1, true), (1, true)]),
        ];
        for (text, expected) in table {
            assert_eq!(batches(text).await, Ok(expected), "for {}", &text[..text.len().min(40)]);
        }
    }

    #[tokio::test]
    async fn what_is_no_event_is_told_with_its_place_and_nothing_before_it_is_given_out() {
        let table = [
            ("[{},3]", "test: element 1: an event is a JSON object at line 1 column 6"),
            ("{} 3", "test: value 2: an event is a JSON object"),
            ("[{}", "test: EOF while parsing a list at line 1 column 3"),
            ("[{}] {}", "test: trailing characters at line 1 column 6"),
            ("{\n\"a\":\n}", "test: expected value at line 3 column 1"),
        ];
        for (text, expected) in table {
            assert_eq!(batches(text).await, Err(expected.to_owned()), "for {text}");
        }
    }

    #[test]
    fn a_member_is_put_in_front_and_the_rest_is_untouched() {
        let json = |text: &str| RawValue::from_string(text.to_owned()).expect("JSON");
        for (text, expected) in [
            ("{}", r#"{"id":"7"}"#),
            ("{ }", r#"{"id":"7"}"#),
            (r#"{"a": 1e400, "a":2}"#, r#"{"id":"7","a": 1e400, "a":2}"#),
        ] {
            let mut item = Item::written(&json(text), false, false).expect("an object");
            item.with("id", "7");
            assert_eq!(item.json, expected);
        }
        let item = Item::written(&json(r#"{"id":"x","time":null}"#), false, false).expect("an object");
        assert!(item.has_id && !item.has_time);
    }
}
