//! Bytes in JSON: as base64, a third longer than they are.
//!
//! The first release wrote them as an array of numbers, four times as long. No text is
//! an array, so both are read.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserializer, Serializer};

/// Writes `Option<Vec<u8>>`; none becomes null.
pub(crate) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, out: S) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => out.serialize_some(&STANDARD.encode(bytes)),
        None => out.serialize_none(),
    }
}

/// Reads either form.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Vec<u8>>, D::Error> {
    input.deserialize_any(Bytes)
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Option<Vec<u8>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64, or an array of bytes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        STANDARD.decode(text).map(Some).map_err(|e| E::custom(format!("no base64: {e}")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Self::Value, A::Error> {
        let mut bytes = Vec::with_capacity(numbers.size_hint().unwrap_or(0));
        while let Some(byte) = numbers.next_element()? {
            bytes.push(byte);
        }
        Ok(Some(bytes))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use crate::StateWrite;

    #[test]
    fn both_forms_are_read_and_the_short_one_is_written() {
        for (stored, value) in [
            (r#"{"key":"k","value":[0,159,255]}"#, Some(vec![0, 159, 255])),
            (r#"{"key":"k","value":"AJ//"}"#, Some(vec![0, 159, 255])),
            (r#"{"key":"k","value":[]}"#, Some(vec![])),
            (r#"{"key":"k","value":""}"#, Some(vec![])),
            (r#"{"key":"k","value":null}"#, None),
        ] {
            let write: StateWrite = serde_json::from_str(stored).expect(stored);
            assert_eq!(write.value, value, "{stored}");
            let written = serde_json::to_string(&write).expect("it is plain data");
            assert!(!written.contains('['), "{written}");
            assert_eq!(serde_json::from_str::<StateWrite>(&written).expect(&written), write);
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for stored in [
            r#"{"key":"k","value":"no base64!"}"#,
            r#"{"key":"k","value":[256]}"#,
            r#"{"key":"k","value":{}}"#,
            r#"{"key":"k","value":7}"#,
        ] {
            assert!(serde_json::from_str::<StateWrite>(stored).is_err(), "{stored}");
        }
    }
}
