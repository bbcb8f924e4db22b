//! Which keys there are, and which of them was probably meant.

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};

use crate::door::Door;
use crate::egress::Egress;
use crate::mail::Mail;
use crate::sections::{Data, Journal, Log, People, Plugins, Server, Sources};
use crate::watch::Watch;

/// A section of the file, except for the doors, which have a name each.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) keys: fn() -> &'static [&'static str],
    /// Whether the section could hold this value under this key, else why not.
    pub(crate) accepts: fn(&str, toml::Value) -> Result<(), String>,
}

pub(crate) const SECTIONS: &[Section] = &[
    section::<Server>("server"),
    section::<Data>("data"),
    section::<event::EventLimits>("events"),
    section::<Journal>("journal"),
    section::<Plugins>("plugins"),
    section::<Mail>("mail"),
    section::<Egress>("egress"),
    section::<Sources>("sources"),
    section::<People>("people"),
    section::<Watch>("watch"),
    section::<Log>("log"),
];

/// The section of the doors.
pub(crate) const DOOR: &str = "door";

const fn section<T: DeserializeOwned>(name: &'static str) -> Section {
    Section { name, keys: fields::<T>, accepts: accepts::<T> }
}

pub(crate) fn door_keys() -> &'static [&'static str] {
    fields::<Door>()
}

/// Whether a door could hold this value under this key, else why not.
pub(crate) fn door_accepts(key: &str, value: toml::Value) -> Result<(), String> {
    // A door needs a plugin, which is not what is asked here.
    let table = [("plugin".to_owned(), toml::Value::from("any")), (key.to_owned(), value)];
    let table: toml::Table = table.into_iter().collect();
    table.try_into::<Door>().map(drop).map_err(|error| error.message().to_owned())
}

fn accepts<T: DeserializeOwned>(key: &str, value: toml::Value) -> Result<(), String> {
    let table = toml::Table::from_iter([(key.to_owned(), value)]);
    table.try_into::<T>().map(drop).map_err(|error| error.message().to_owned())
}

/// The fields of a structure, as its own `Deserialize` names them: asked rather than
/// listed a second time.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut found: &'static [&'static str] = &[];
    // It ends in an error by intent: there is nothing to read.
    let _ = T::deserialize(Asked(&mut found));
    found
}

struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("no structure"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(de::Error::custom("only asked"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The candidate that takes the fewest changes of a letter; the first of several.
pub fn nearest<'c>(word: &str, candidates: &'c [String]) -> Option<&'c str> {
    let candidates = candidates.iter().map(String::as_str);
    candidates.into_iter().min_by_key(|candidate| {
        // A key that stands in the wrong section is nearer than any other.
        let last = candidate.rsplit('.').next().unwrap_or_default();
        distance(word, candidate).min(distance(word, last))
    })
}

/// Whether a word may well be another one, mistyped.
pub fn is_near(word: &str, other: &str) -> bool {
    // Two letters that changed places are two changes.
    let most = match word.chars().count() {
        0..=3 => 1,
        letters => (letters / 3).max(2),
    };
    distance(word, other) <= most
}

/// How many letters must be put in, left out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
