//! What databases of all kinds have in common: numbers, bytes, text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

/// A number as decimal text: a JSON number where that is exactly what was meant, the text
/// where it is longer than a double holds, or no number at all (`NaN`).
pub(super) fn decimal(text: String) -> Value {
    /// So many digits go through a double and back unchanged.
    const DIGITS: usize = 15;
    let digits = text.trim_start_matches(['-', '+', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    let number = text.parse::<f64>().ok().filter(|_| digits <= DIGITS).and_then(Number::from_f64);
    number.map_or_else(|| Value::String(text), Value::Number)
}

/// A double; `NaN`, `Infinity` and `-Infinity` are text, since JSON has no such numbers.
pub(super) fn double(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => "NaN".into(),
        None if number > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// The same of a single, which has no more digits than it was written with.
pub(super) fn single(number: f32) -> Value {
    if number.is_finite() { decimal(number.to_string()) } else { double(f64::from(number)) }
}

/// Bytes that are no text.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    STANDARD.encode(bytes).into()
}

/// Text; what is no UTF-8 in it is replaced by U+FFFD.
pub(super) fn text(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// JSON in a column; a text when it is none.
pub(super) fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| text(bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn decimals_are_numbers_as_long_as_nothing_is_lost() {
        for (text, expected) in [
            ("0", json!(0)),
            ("-12", json!(-12)),
            ("9223372036854775807", json!(9223372036854775807_i64)),
            ("9223372036854775808", json!("9223372036854775808")),
            ("0.5", json!(0.5)),
            ("-0.000123", json!(-0.000123)),
            ("1.50", json!(1.5)),
            ("123456789.123456", json!(123456789.123456)),
            ("123456789.1234567", json!("123456789.1234567")),
            ("NaN", json!("NaN")),
        ] {
            assert_eq!(decimal(text.to_owned()), expected, "{text}");
        }
        assert_eq!(single(0.1), json!(0.1));
        assert_eq!([double(f64::NAN), single(f32::NEG_INFINITY)], [json!("NaN"), json!("-Infinity")]);
    }
}
