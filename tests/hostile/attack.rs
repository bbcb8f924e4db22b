//! The attacks, as data.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use plugins::{StateRead, StateUnreadable};
use serde_json::{Value, json};
use testkit::{TextGuest, guest};
use wit_component::StringEncoding;

use crate::hostile::crowd::crowd;

/// One plugin that means harm.
pub(crate) struct Attack {
    pub(crate) name: String,
    /// The end of a sentence that begins with "It".
    pub(crate) tries: String,
    pub(crate) ends: Ends,
    pub(crate) component: Arc<[u8]>,
    pub(crate) config: Value,
}

/// How the host must put an end to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It never becomes a plugin.
    Refused,
    Timeout,
    Limit,
    Trap,
    /// Its answer is not taken.
    BadOutput,
    /// It hears of it, and ends by itself.
    Failed,
    /// Nothing comes of it.
    Nothing,
}

impl Ends {
    fn of(word: &str) -> Ends {
        match word {
            "refused" => Ends::Refused,
            "timeout" => Ends::Timeout,
            "limit" => Ends::Limit,
            "trap" => Ends::Trap,
            "bad output" => Ends::BadOutput,
            "failed" => Ends::Failed,
            "nothing" => Ends::Nothing,
            other => panic!("`{other}` is no way to end"),
        }
    }
}

/// What the guest `hostile` does when its configuration says so. Each misdeed comes after
/// a write that must not survive it.
const MISDEEDS: [(&str, &str, Ends); 33] = [
    ("spin", "loops, in Rust", Ends::Timeout),
    ("hog", "allocates without end", Ends::Limit),
    ("recurse", "recurses, in Rust", Ends::Trap),
    ("trap", "breaks off", Ends::Trap),
    ("panic", "panics", Ends::Trap),
    ("log-flood", "logs half a megabyte", Ends::Nothing),
    ("call-flood", "calls the host without end", Ends::Limit),
    ("huge-string", "logs a line of 8 MiB", Ends::Limit),
    ("huge-value", "keeps a value that is too long", Ends::Failed),
    ("huge-key", "keeps a value under a key that is too long", Ends::Failed),
    ("fill-state", "keeps as much as it can", Ends::Failed),
    ("spray-keys", "keeps empty values under ten thousand keys", Ends::Limit),
    ("count-text", "counts what is no number", Ends::Failed),
    ("count-infinity", "counts to infinity", Ends::Failed),
    ("many-alerts", "raises 1,001 alerts", Ends::Limit),
    ("many-events", "emits 1,001 events", Ends::Limit),
    ("large-output", "answers 1.4 MB", Ends::Limit),
    ("flood-output", "answers 8 MiB", Ends::Limit),
    ("deep-json", "answers JSON that is nested forty deep", Ends::BadOutput),
    ("deeper-json", "answers JSON that is nested a hundred thousand deep", Ends::BadOutput),
    ("no-json", "answers what is no JSON", Ends::BadOutput),
    ("endless-number", "answers a number that is none", Ends::BadOutput),
    ("long-key", "raises an alert under a key of 1,200 bytes with line ends", Ends::Nothing),
    ("forge", "emits an event of the daemon's own types", Ends::BadOutput),
    ("no-type", "emits an event without a type", Ends::BadOutput),
    ("broken-type", "emits an event whose type has line ends", Ends::BadOutput),
    ("far-time", "emits an event from the far future", Ends::BadOutput),
    ("nan-time", "emits an event at no time", Ends::BadOutput),
    ("many-tags", "emits an event with too many tags", Ends::Limit),
    ("large-event", "emits an event that is too large", Ends::Limit),
    ("nan-wake", "wants to be woken at no time", Ends::BadOutput),
    ("late-wake", "wants to be woken after the end of time", Ends::BadOutput),
    ("retry", "asks for another try, again and again", Ends::Failed),
];

/// Components that bring many instances of a module: name, what it tries, the module, how many.
const CROWDS: [(&str, &str, &str, u32); 4] = [
    ("many-instances", "brings five hundred core instances", "(module)", 500),
    ("many-memories", "brings twenty memories", "(module (memory 1))", 20),
    ("many-tables", "brings fifty tables", "(module (table 1 funcref))", 50),
    ("memories-together", "brings three memories of 40 MiB each", "(module (memory 640))", 3),
];

/// As far as the attacks use it.
const WASI: &str = "
package wasi:io@0.2.3 { interface streams { resource output-stream; } }
package wasi:cli@0.2.3 {
  interface stderr { use wasi:io/streams@0.2.3.{output-stream}; get-stderr: func() -> output-stream; }
  interface exit { exit: func(status: result); }
}
package wasi:filesystem@0.2.3 {
  interface types { resource descriptor; }
  interface preopens { use types.{descriptor}; get-directories: func() -> list<tuple<descriptor, string>>; }
}
package wasi:random@0.2.3 { interface random { get-random-bytes: func(len: u64) -> list<u8>; } }
package wasi:sockets@0.2.3 {
  interface network { resource network; }
  interface instance-network { use network.{network}; instance-network: func() -> network; }
}";
const WASI_IMPORTS: &str = "
import wasi:cli/stderr@0.2.3;
import wasi:cli/exit@0.2.3;
import wasi:filesystem/preopens@0.2.3;
import wasi:random/random@0.2.3;
import wasi:sockets/instance-network@0.2.3;";

/// All of them, by name.
pub(crate) fn all() -> Vec<Attack> {
    let texts = texts().into_iter().map(|text| Attack {
        component: text.guest().component().into(),
        tries: text.tries,
        ends: text.ends,
        config: json!({}),
        name: text.name,
    });
    let crowds = CROWDS.into_iter().map(|(name, tries, module, count)| Attack {
        name: name.to_owned(),
        tries: tries.to_owned(),
        ends: Ends::Refused,
        component: crowd(name, module, count).into(),
        config: json!({}),
    });
    let hostile = guest("hostile");
    let told = MISDEEDS.into_iter().map(|(name, tries, ends)| Attack {
        name: format!("hostile {name}"),
        tries: tries.to_owned(),
        ends,
        component: hostile.clone(),
        config: json!(name),
    });
    let mut all: Vec<Attack> = texts.chain(crowds).chain(told).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// An attack in text.
pub(crate) struct Text {
    pub(crate) name: String,
    tries: String,
    ends: Ends,
    /// How it writes its strings.
    strings: StringEncoding,
    fields: String,
}

/// All that are written in text.
pub(crate) fn texts() -> Vec<Text> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile/attacks");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut texts: Vec<Text> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            Text::read(name, fs::read_to_string(path).unwrap())
        })
        .collect();
    texts.sort_by(|a, b| a.name.cmp(&b.name));
    texts
}

impl Text {
    /// The first two lines say what it tries and how it ends; a third may say how it writes
    /// its strings.
    fn read(name: String, fields: String) -> Text {
        let mut lines = fields.lines();
        let tries = lines.next().and_then(|line| line.strip_prefix(";; It ")?.strip_suffix('.'));
        let ends = lines.next().and_then(|line| line.strip_prefix(";; ends: "));
        let (tries, ends) = tries.zip(ends).unwrap_or_else(|| panic!("{name} does not say what it is"));
        let strings = match lines.next().and_then(|line| line.strip_prefix(";; strings: ")) {
            None => StringEncoding::UTF8,
            Some("utf16") => StringEncoding::UTF16,
            Some("latin1") => StringEncoding::CompactUTF16,
            Some(other) => panic!("{name}: strings are not written in `{other}`"),
        };
        Text { tries: tries.to_owned(), ends: Ends::of(ends), strings, name, fields }
    }

    pub(crate) fn guest(&self) -> TextGuest {
        TextGuest { encoding: self.strings, ..text_guest(&self.name, &self.fields) }
    }

    /// Whether a plugin of this kind could try the same: no other keeps state but a monitor,
    /// and what cleans up after a handler's answer is a handler.
    pub(crate) fn fits(&self, world: &str) -> bool {
        let keeps_state = self.fields.contains("tellify:plugin/state@");
        (world == "monitor" || !keeps_state) && !self.fields.contains("tellify:plugin/handling@")
    }
}

/// A handler in text, which may import some of WASI.
pub(crate) fn text_guest(name: &str, fields: &str) -> TextGuest {
    let more = fields.contains("\"wasi:").then(|| (WASI.to_owned(), WASI_IMPORTS.to_owned()));
    TextGuest { more, ..TextGuest::new(name, fields) }
}

/// Nothing is kept.
pub(crate) struct Nothing;

impl StateRead for Nothing {
    fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StateUnreadable> {
        Ok(None)
    }

    fn keys(&self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<String>, StateUnreadable> {
        Ok(Vec::new())
    }

    fn bytes_used(&self) -> Result<u64, StateUnreadable> {
        Ok(0)
    }
}
