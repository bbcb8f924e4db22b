//! What tells a second sending of an event from a second event.
//!
//! These hashes are stored and compared for days, by later versions too: what is fed
//! to them, in which order and under which tags, must not change.

use event::Identity;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::Xxh3;

/// Hash of what was sent, before anything was added to it; the order of keys does
/// not matter.
pub(crate) fn content(sent: &Map<String, Value>) -> u128 {
    let mut hash = Xxh3::new();
    object(&mut hash, sent);
    hash.digest128()
}

/// An event that its source named.
pub(crate) fn named(source: &str, id: &str, content: u128) -> Identity {
    let mut hash = Xxh3::new();
    text(&mut hash, b'i', source);
    text(&mut hash, b'i', id);
    Identity { key: hash.digest128(), content }
}

/// An event without a name: at an explicit time, equal in every field, it is the same.
pub(crate) fn timed(source: &str, content: u128) -> Identity {
    let mut hash = Xxh3::new();
    text(&mut hash, b't', source);
    hash.update(&content.to_le_bytes());
    Identity { key: hash.digest128(), content }
}

fn object(hash: &mut Xxh3, members: &Map<String, Value>) {
    // Sorted here, since the map's own order is a matter of a compile-time feature.
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|(key, _)| *key);
    open(hash, b'{', members.len());
    for (key, member) in members {
        text(hash, b'k', key);
        value(hash, member);
    }
}

fn value(hash: &mut Xxh3, any: &Value) {
    match any {
        Value::Null => hash.update(b"n"),
        Value::Bool(b) => hash.update(if *b { b"+" } else { b"-" }),
        Value::Number(n) => text(hash, b'#', &n.to_string()),
        Value::String(s) => text(hash, b'"', s),
        Value::Array(elements) => {
            open(hash, b'[', elements.len());
            for element in elements {
                value(hash, element);
            }
        }
        Value::Object(members) => object(hash, members),
    }
}

/// The length in front keeps neighbours from running into each other.
fn text(hash: &mut Xxh3, tag: u8, text: &str) {
    open(hash, tag, text.len());
    hash.update(text.as_bytes());
}

fn open(hash: &mut Xxh3, tag: u8, length: usize) {
    hash.update(&[tag]);
    hash.update(&(length as u64).to_le_bytes());
}
