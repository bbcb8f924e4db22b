//! Data made of what somebody else sent.

use serde_json::{Map, Value};

/// Puts what there is under a key; what there is not, and empty lists and objects,
/// take no room.
pub fn put(data: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    let empty = |value: &Value| match value {
        Value::Array(elements) => elements.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    if let Some(value) = value.map(Into::into).filter(|value| !empty(value)) {
        data.insert(key.to_owned(), value);
    }
}

/// What fits of a text into so many characters.
pub fn cut(text: &str, chars_max: usize) -> &str {
    text.char_indices().nth(chars_max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_there_is_takes_room() {
        let mut data = Map::new();
        put(&mut data, "a", Some(0));
        put(&mut data, "b", None::<&str>);
        put(&mut data, "c", Some(json!([])));
        put(&mut data, "d", Some(Map::new()));
        put(&mut data, "e", Some("x"));
        assert_eq!(Value::Object(data), json!({"a": 0, "e": "x"}));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!((cut("äöü", 2), cut("äöü", 3), cut("", 0)), ("äö", "äöü", ""));
    }
}
