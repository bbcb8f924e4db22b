//! Sorted prefixes: which of them a text begins with.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::store::PredicateId;

#[derive(Clone, Default)]
pub(crate) struct Prefixes {
    sorted: BTreeMap<Box<str>, PredicateId>,
}

impl Prefixes {
    pub(crate) fn insert(&mut self, prefix: &str, key: PredicateId) {
        self.sorted.insert(prefix.into(), key);
    }

    pub(crate) fn remove(&mut self, prefix: &str) {
        self.sorted.remove(prefix);
    }

    /// Calls `found` with each prefix of `text`, the longest first.
    ///
    /// All that stands between a prefix of `text` and `text` itself begins with that
    /// prefix. So the last entry up to `text` either is one, or all prefixes lie within
    /// what it has in common with `text`, and the search goes on with that.
    pub(crate) fn of(&self, text: &str, mut found: impl FnMut(PredicateId)) {
        let mut rest = text;
        let upto = |text| (Bound::Unbounded, Bound::Included(text));
        while let Some((last, key)) = self.sorted.range::<str, _>(upto(rest)).next_back() {
            if !rest.starts_with(&**last) {
                rest = common(rest, last);
                continue;
            }
            found(*key);
            let Some(end) = last.char_indices().next_back() else { return };
            rest = &rest[..end.0];
        }
    }
}

fn common<'a>(a: &'a str, b: &str) -> &'a str {
    let length = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    &a[..a.floor_char_boundary(length)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_finds_exactly_its_prefixes() {
        let words = ["", "a", "ab", "abc", "abd", "abcé", "abcè", "b", "é", "ab/", "abcdef"];
        let mut prefixes = Prefixes::default();
        for (key, word) in words.iter().enumerate().filter(|(key, _)| key % 3 != 2) {
            prefixes.insert(word, PredicateId::from(key as u32));
        }
        for text in words.iter().chain(&["abcéx", "abcz", "abcêx", "zzz", "éa", "abc"]) {
            let mut found = Vec::new();
            prefixes.of(text, |key| found.push(u32::from(key) as usize));
            let expected = (0..words.len()).rev().filter(|key| key % 3 != 2 && text.starts_with(words[*key]));
            found.sort_unstable_by(|a, b| b.cmp(a));
            assert_eq!(found, expected.collect::<Vec<_>>(), "{text}");
        }
    }
}
