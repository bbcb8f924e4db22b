//! The one tokeniser: what a word is, for evaluation, matcher and index alike.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use event::Event;
use serde_json::Value;

/// The words of a text, in order: runs of letters, digits and combining accents, folded
/// so that case does not count. A name such as `gc_t` or `web3.example.org` is several
/// words in a row.
pub fn words(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split(|c| !is_word_char(c)).filter(|word| !word.is_empty()).map(fold)
}

fn is_word_char(c: char) -> bool {
    // Without the accents, folding could tear a word in two: `ΐ` folds to a letter and two accents.
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

/// By way of upper case, so that `ß` and `SS`, or the two small sigmas, become the same;
/// lower case first for the one letter (`ẞ`) whose upper case is not that of its lower.
fn fold(word: &str) -> Cow<'_, str> {
    if !word.is_ascii() {
        Cow::Owned(word.to_lowercase().to_uppercase().chars().flat_map(char::to_lowercase).collect())
    } else if word.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        Cow::Borrowed(word)
    }
}

/// The words of one event, split at the first question and then kept, so that any
/// number of filters can ask at the price of a hash each.
pub struct EventWords<'e> {
    event: &'e Event,
    index: OnceCell<Index<'e>>,
}

#[derive(Default)]
struct Index<'e> {
    ids: HashMap<Cow<'e, str>, u32>,
    /// All texts as word ids, [`GAP`] between them: no phrase reaches from one text into the next.
    sequence: Vec<u32>,
}

const GAP: u32 = u32::MAX;

impl<'e> EventWords<'e> {
    pub fn new(event: &'e Event) -> EventWords<'e> {
        EventWords { event, index: OnceCell::new() }
    }

    /// Each different word once, in no order.
    pub fn distinct(&self) -> impl Iterator<Item = &str> {
        self.index().ids.keys().map(Cow::as_ref)
    }

    /// Whether these folded words stand in one text of the event, one directly behind
    /// the other.
    pub fn contains<'w>(&self, mut phrase: impl Iterator<Item = &'w str>) -> bool {
        let index = self.index();
        let ids: Option<Vec<u32>> = phrase.try_fold(Vec::new(), |mut ids, word| {
            ids.push(*index.ids.get(word)?);
            Some(ids)
        });
        match ids.as_deref() {
            None | Some([]) => false,
            Some([_]) => true,
            Some(ids) => index.sequence.windows(ids.len()).any(|window| window == ids),
        }
    }

    fn index(&self) -> &Index<'e> {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            let e = self.event;
            index.add(&e.text);
            index.add(&e.kind);
            index.add(&e.source);
            index.add(e.subject.as_deref().unwrap_or_default());
            e.tags.iter().for_each(|tag| index.add(tag));
            index.add_strings(&e.data);
            index
        })
    }
}

impl<'e> Index<'e> {
    fn add(&mut self, text: &'e str) {
        for word in words(text) {
            let next = self.ids.len() as u32;
            self.sequence.push(*self.ids.entry(word).or_insert(next));
        }
        self.sequence.push(GAP);
    }

    fn add_strings(&mut self, value: &'e Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(elements) => elements.iter().for_each(|v| self.add_strings(v)),
            Value::Object(map) => map.values().for_each(|v| self.add_strings(v)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_word_is_a_word_and_folds_to_itself() {
        for c in ('\0'..=char::MAX).filter(|&c| is_word_char(c)) {
            let folded = fold(c.encode_utf8(&mut [0; 4])).into_owned();
            let again: Vec<_> = words(&folded).collect();
            assert_eq!(again, [folded.as_str()], "{c:?} U+{:04x}", c as u32);
        }
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_without_case() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (" -- !", &[]),
            ("Out of MEMORY: gc_t", &["out", "of", "memory", "gc", "t"]),
            ("web3.example.org", &["web3", "example", "org"]),
            ("Straße STRASSE", &["strasse", "strasse"]),
            ("ΟΔΟΣ οδος οδοσ", &["οδοσ", "οδοσ", "οδοσ"]),
            ("磁盘 already-full", &["磁盘", "already", "full"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text).collect::<Vec<_>>(), *expected, "{text:?}");
        }
    }
}
