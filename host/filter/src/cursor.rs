//! A place in a filter's text: reading on from it, and saying what is wrong there.

use crate::lexis::ends_bare;
use crate::{Comparison, FilterError, LENGTH_MAX};

pub(crate) struct Cursor<'t> {
    text: &'t str,
    /// The next byte to read.
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { text, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Skips bytes that were seen to be whole characters.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(crate) fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub(crate) fn take_until(&mut self, ends: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Whether this word stands here, alone: `OR` does not begin `ORACLE`, nor `OR:1`.
    pub(crate) fn at_keyword(&self, word: &str) -> bool {
        self.rest()
            .strip_prefix(word)
            .is_some_and(|behind| behind.is_empty() || behind.starts_with(ends_bare))
    }

    /// Takes the word if it stands here.
    pub(crate) fn keyword(&mut self, word: &str) -> bool {
        let found = self.at_keyword(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes the operator that stands here; none for `:`.
    pub(crate) fn operator(&mut self) -> Option<Comparison> {
        let known = [
            (">=", Some(Comparison::AtLeast)),
            ("<=", Some(Comparison::AtMost)),
            (">", Some(Comparison::Greater)),
            ("<", Some(Comparison::Less)),
            ("=", Some(Comparison::Equal)),
            (":", None),
        ];
        let (sign, comparison) = known.into_iter().find(|(sign, _)| self.rest().starts_with(sign))?;
        self.at += sign.len();
        comparison
    }

    /// Takes a text in quotes; the opening one stands here.
    pub(crate) fn quoted(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            text.push_str(self.take_until(|c| matches!(c, '"' | '\\')));
            let rest = self.rest();
            if rest.starts_with('"') {
                self.at += 1;
                return Ok(text);
            } else if rest.starts_with("\\\"") || rest.starts_with("\\\\") {
                text.push_str(&rest[1..2]);
                self.at += 2;
            } else if rest.is_empty() {
                return Err(self.error(start, "a text that stands open to the end", "a closing `\"`"));
            } else {
                return Err(self.expected("`\\\"` or `\\\\`, the only uses of `\\` in quotes"));
            }
        }
    }

    /// What should have stood here.
    pub(crate) fn expected(&self, what: &str) -> FilterError {
        self.expected_at(self.at, what)
    }

    /// What should have stood at `offset`; what does is shown up to its end.
    pub(crate) fn expected_at(&self, offset: usize, what: &str) -> FilterError {
        const SHOWN_MAX: usize = 40;
        let rest = &self.text[offset..];
        let Some(first) = rest.chars().next() else {
            return self.error(offset, "the end", what);
        };
        if first.is_whitespace() {
            return self.error(offset, "a space", what);
        }
        // At least one character, even if it is one that ends a word.
        let length = rest[first.len_utf8()..].find(ends_bare).map_or(rest.len(), |at| at + first.len_utf8());
        let alone = if ends_bare(first) { first.len_utf8() } else { length };
        let found: String = rest[..alone].chars().filter(|c| !c.is_control()).take(SHOWN_MAX).collect();
        self.error(offset, &format!("`{found}`"), what)
    }

    pub(crate) fn too_long(&self, offset: usize, bytes: usize) -> FilterError {
        self.error(
            offset,
            &format!("{bytes} bytes"),
            &format!("at most {LENGTH_MAX} bytes in canonical form"),
        )
    }

    fn error(&self, offset: usize, found: &str, expected: &str) -> FilterError {
        let column = self.text[..offset].chars().count() + 1;
        FilterError { offset, column, found: found.to_owned(), expected: expected.to_owned() }
    }
}
