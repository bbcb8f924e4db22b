//! What others say of an address, without the address: a mail server likes to repeat
//! whom it refuses, and an attempt is recorded in the clear.

use event::{Address, AttemptResult};

/// Stands in place of what the address is.
const INSTEAD: &str = "[the address]";

/// What became of an attempt at an address, fit to be recorded.
pub(crate) fn attempt(result: AttemptResult, address: &Address) -> AttemptResult {
    let clean = |text: String| match &address.to {
        Some(to) => without(&text, to),
        None => text,
    };
    match result {
        AttemptResult::Delivered { reference } => {
            AttemptResult::Delivered { reference: reference.map(clean) }
        }
        AttemptResult::Transient { reason, not_before } => {
            AttemptResult::Transient { reason: clean(reason), not_before }
        }
        AttemptResult::Permanent { reason } => AttemptResult::Permanent { reason: clean(reason) },
        AttemptResult::Gone { reason } => AttemptResult::Gone { reason: clean(reason) },
    }
}

/// The text without this word, in whatever case it stands there.
fn without(text: &str, word: &str) -> String {
    if word.is_empty() {
        return text.to_owned();
    }
    // Letters beyond ASCII keep their case and their length, so places stay the same.
    let (low, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let (mut clean, mut from) = (String::with_capacity(text.len()), 0);
    for (at, found) in low.match_indices(&word) {
        clean.push_str(&text[from..at]);
        clean.push_str(INSTEAD);
        from = at + found.len();
    }
    clean.push_str(&text[from..]);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_repeats_is_taken_out_and_the_rest_stays() {
        let cases = [
            ("550 <Alice@Example.org>: unknown", "550 <[the address]>: unknown"),
            ("alice@example.org, alice@example.org", "[the address], [the address]"),
            ("ÄÖ alice@example.org ß", "ÄÖ [the address] ß"),
            ("451 try later", "451 try later"),
        ];
        for (said, expected) in cases {
            assert_eq!(without(said, "alice@example.org"), expected);
        }
        assert_eq!(without("a", ""), "a");
    }
}
