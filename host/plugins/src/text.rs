//! Texts from a guest, made fit to stand where one line is expected.
//!
//! What a plugin takes over from an event it could not foresee, so a bad character
//! or an endless line is mended instead of failing the call: whoever sends events
//! must not be able to make somebody else's subscription fail.

use sha2::{Digest, Sha256};

/// Longest line shown to people, in bytes.
pub(crate) const LINE_MAX: usize = 1_000;

/// Longest key: it is an index in the state, and part of identifiers outside.
const KEY_MAX: usize = 512;

/// One line: control characters become spaces, and what is too long is cut.
pub(crate) fn line(text: &str, max: usize) -> String {
    let text: String = text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect();
    cut(text.trim(), max)
}

/// What a guest gives as a reason: lines of plain text that end.
pub(crate) fn message(text: &str) -> String {
    cut(lines(text).trim(), LINE_MAX)
}

/// Several lines of plain text: without control characters but line ends and tabs.
pub(crate) fn lines(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_control(*c)).collect()
}

/// A key, the same for the same text: control characters become U+FFFD, and one
/// that is too long keeps its beginning and a hash of the whole.
pub(crate) fn key(text: &str) -> String {
    let clean: String = text.chars().map(|c| if is_control(c) { '\u{fffd}' } else { c }).collect();
    if clean.len() <= KEY_MAX {
        return clean;
    }
    let hash = Sha256::digest(text);
    let hash: String = hash.iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("{}#{hash}", &clean[..clean.floor_char_boundary(KEY_MAX - 33)])
}

/// Line and paragraph separators end a line as well, for those who read Unicode.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(max - '…'.len_utf8())])
}
