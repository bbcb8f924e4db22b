//! What others say of an address, without the address: a mail server likes to repeat
//! whom it refuses, a service the topic or room that it does not know, and an attempt is
//! recorded in the clear.

use event::{Address, AttemptResult};
use serde_json::Value;

/// Stands in place of what the address is.
const INSTEAD: &str = "[the address]";
/// In bytes: what is shorter stands in a configuration, and everywhere else by chance.
const WORD_MIN: usize = 4;

/// What became of an attempt at an address, fit to be recorded.
pub(crate) fn attempt(result: AttemptResult, address: &Address) -> AttemptResult {
    let words = words(address);
    let clean = |text: String| words.iter().fold(text, |text, word| without(&text, word));
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

/// What the address is made of, the longest first, since one may hold another.
fn words(address: &Address) -> Vec<&str> {
    let mut words: Vec<&str> = address.to.as_deref().into_iter().collect();
    if let Some(config) = &address.config {
        texts(config, &mut words);
    }
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if text.len() >= WORD_MIN => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
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
    use event::{Channel, Form, Name, Timestamp};
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_of_a_configuration_is_repeated() {
        let name = |text: &str| Name::new(text).expect("it is a name");
        let address = Address {
            person: name("alice"),
            name: name("phone"),
            channel: Channel::Plugin(name("ntfy")),
            to: None,
            config: Some(
                json!({"topic": "alice-7f", "more": ["alice-7f-night", {"pin": "123"}], "level": 4}),
            ),
            form: Form::Full,
            keys: Vec::new(),
            created: Timestamp(1),
        };
        let said = AttemptResult::permanent("no topic alice-7F-night, only Alice-7f: 4, 123");
        let expected = "no topic [the address], only [the address]: 4, 123";
        assert_eq!(attempt(said, &address).failure(), Some(expected));
    }

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
