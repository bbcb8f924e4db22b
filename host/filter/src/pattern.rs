//! Texts with wildcards.

/// A text in which each `*` stands for any characters, also none; it holds at least one
/// `*` and something else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern(String);

impl Pattern {
    pub(crate) fn new(text: &str) -> Pattern {
        Pattern(text.to_owned())
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn matches(&self, text: &str) -> bool {
        Pattern::matches_text(&self.0, text)
    }

    /// As [`Pattern::matches`], for a pattern that is kept as its text. Linear in the
    /// lengths: the leftmost place of a piece is always as good as a later one.
    pub fn matches_text(pattern: &str, text: &str) -> bool {
        let mut pieces = pattern.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(last) = pieces.next_back() else { return text == pattern };
        let Some(rest) = text.strip_prefix(first) else { return false };
        let Some(mut rest) = rest.strip_suffix(last) else { return false };
        pieces.all(|piece| match rest.find(piece) {
            Some(at) => {
                rest = &rest[at + piece.len()..];
                true
            }
            None => false,
        })
    }
}
