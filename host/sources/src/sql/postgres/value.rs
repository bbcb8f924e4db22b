//! Values of PostgreSQL, which writes each as text, as JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::sql::value;

/// What is more than text, by the numbers that all servers have for it.
const TYPES: &[(u32, &str, Form)] = &[
    (16, "bool", Form::Bool),
    (17, "bytea", Form::Bytes),
    (18, "char", Form::Text),
    (19, "name", Form::Text),
    (20, "int8", Form::Number),
    (21, "int2", Form::Number),
    (23, "int4", Form::Number),
    (25, "text", Form::Text),
    (26, "oid", Form::Number),
    (114, "json", Form::Json),
    (142, "xml", Form::Text),
    (650, "cidr", Form::Text),
    (700, "float4", Form::Number),
    (701, "float8", Form::Number),
    (790, "money", Form::Text),
    (869, "inet", Form::Text),
    (1042, "bpchar", Form::Text),
    (1043, "varchar", Form::Text),
    (1082, "date", Form::Text),
    (1083, "time", Form::Text),
    (1114, "timestamp", Form::Moment),
    (1184, "timestamptz", Form::Moment),
    (1186, "interval", Form::Text),
    (1266, "timetz", Form::Text),
    (1700, "numeric", Form::Number),
    (2950, "uuid", Form::Text),
    (3802, "jsonb", Form::Json),
    (1000, "bool[]", Form::Array(&Form::Bool)),
    (1001, "bytea[]", Form::Array(&Form::Bytes)),
    (1005, "int2[]", Form::Array(&Form::Number)),
    (1007, "int4[]", Form::Array(&Form::Number)),
    (1009, "text[]", Form::Array(&Form::Text)),
    (1014, "bpchar[]", Form::Array(&Form::Text)),
    (1015, "varchar[]", Form::Array(&Form::Text)),
    (1016, "int8[]", Form::Array(&Form::Number)),
    (1021, "float4[]", Form::Array(&Form::Number)),
    (1022, "float8[]", Form::Array(&Form::Number)),
    (1115, "timestamp[]", Form::Array(&Form::Moment)),
    (1182, "date[]", Form::Array(&Form::Text)),
    (1185, "timestamptz[]", Form::Array(&Form::Moment)),
    (1231, "numeric[]", Form::Array(&Form::Number)),
    (199, "json[]", Form::Array(&Form::Json)),
    (2951, "uuid[]", Form::Array(&Form::Text)),
    (3807, "jsonb[]", Form::Array(&Form::Json)),
];

/// What becomes of a text.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Bool,
    Number,
    Bytes,
    Json,
    Moment,
    Array(&'static Form),
}

/// The name of a type; those of extensions, and of people's own, have none here.
pub(super) fn name(kind: u32) -> &'static str {
    known(kind).map_or("other", |(_, name, _)| name)
}

pub(super) fn read(kind: u32, raw: &[u8]) -> Value {
    form(known(kind).map_or(Form::Text, |(_, _, form)| *form), raw)
}

fn known(kind: u32) -> Option<&'static (u32, &'static str, Form)> {
    TYPES.iter().find(|(number, ..)| *number == kind)
}

fn form(form: Form, raw: &[u8]) -> Value {
    let text = || String::from_utf8_lossy(raw).into_owned();
    match form {
        Form::Text => value::text(raw),
        Form::Bool => (raw == b"t").into(),
        Form::Number => value::decimal(text()),
        Form::Bytes => bytes(raw).map_or_else(|| value::text(raw), |bytes| STANDARD.encode(bytes).into()),
        Form::Json => value::json(raw),
        Form::Moment => moment(&text()).into(),
        Form::Array(member) => array(*member, raw).unwrap_or_else(|| value::text(raw)),
    }
}

/// `\x` and hexadecimal digits.
fn bytes(raw: &[u8]) -> Option<Vec<u8>> {
    let digits = std::str::from_utf8(raw.strip_prefix(b"\\x")?).ok()?;
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}

/// `2026-11-21 20:00:00.5+00` as RFC 3339 has it; what is no usual moment, such as
/// `infinity`, or a year before our era, stays as it is.
fn moment(text: &str) -> String {
    match text.split_once(' ') {
        Some((day, time)) if !time.contains(' ') => {
            let time = time.strip_suffix("+00").map_or_else(|| time.to_owned(), |time| format!("{time}Z"));
            format!("{day}T{time}")
        }
        _ => text.to_owned(),
    }
}

/// `{1,NULL,"a \"b\""}`, arrays in arrays, and in front sometimes where indexes begin.
/// None when it is not whole.
fn array(member: Form, raw: &[u8]) -> Option<Value> {
    let begin = raw.iter().position(|byte| *byte == b'{')?;
    let mut rest = &raw[begin..];
    let array = nested(member, &mut rest)?;
    rest.is_empty().then_some(array)
}

fn nested(member: Form, rest: &mut &[u8]) -> Option<Value> {
    *rest = rest.strip_prefix(b"{")?;
    let mut items = Vec::new();
    if let Some(behind) = rest.strip_prefix(b"}") {
        *rest = behind;
        return Some(Value::Array(items));
    }
    loop {
        items.push(match rest.first()? {
            b'{' => nested(member, rest)?,
            b'"' => form(member, &quoted(rest)?),
            _ => {
                let end = rest.iter().position(|byte| b",}".contains(byte))?;
                let (item, behind) = rest.split_at(end);
                *rest = behind;
                if item == b"NULL" { Value::Null } else { form(member, item) }
            }
        });
        let (end, behind) = rest.split_first()?;
        *rest = behind;
        match end {
            b',' => {}
            b'}' => return Some(Value::Array(items)),
            _ => return None,
        }
    }
}

/// Up to the closing quote; a backslash stands before what is meant as it is.
fn quoted(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let mut item = Vec::new();
    let mut bytes = rest.iter().enumerate().skip(1);
    loop {
        match bytes.next()? {
            (at, b'"') => {
                *rest = &rest[at + 1..];
                return Some(item);
            }
            (_, b'\\') => item.push(*bytes.next()?.1),
            (_, byte) => item.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_become_what_they_stand_for() {
        for (kind, text, expected) in [
            ("bool", "t", json!(true)),
            ("bool", "f", json!(false)),
            ("int8", "-9007199254740993", json!(-9_007_199_254_740_993_i64)),
            ("numeric", "12.50", json!(12.5)),
            ("numeric", "12345678901234567890.5", json!("12345678901234567890.5")),
            ("float8", "Infinity", json!("Infinity")),
            ("float8", "1e-07", json!(1e-7)),
            ("bytea", "\\x00ff10", json!("AP8Q")),
            ("json", "{\"a\":[1]}", json!({"a": [1]})),
            ("timestamptz", "2026-11-21 20:00:00.5+00", json!("2026-11-21T20:00:00.5Z")),
            ("timestamptz", "0044-03-15 10:00:00+00 BC", json!("0044-03-15 10:00:00+00 BC")),
            ("timestamp", "2026-11-21 20:00:00", json!("2026-11-21T20:00:00")),
            ("timestamp", "-infinity", json!("-infinity")),
            ("interval", "P1DT2H", json!("P1DT2H")),
            ("int4[]", "{}", json!([])),
            ("int4[]", "{1,NULL,-3}", json!([1, null, -3])),
            ("int4[]", "[0:1]={1,2}", json!([1, 2])),
            ("int4[]", "{{1,2},{3,4}}", json!([[1, 2], [3, 4]])),
            (
                "text[]",
                r#"{a,"b c","NULL","say \"hi\"","x\\y",""}"#,
                json!(["a", "b c", "NULL", "say \"hi\"", "x\\y", ""]),
            ),
            ("text[]", "{a", json!("{a")),
        ] {
            let (number, ..) = TYPES.iter().find(|(_, name, _)| *name == kind).expect("the type is known");
            assert_eq!(read(*number, text.as_bytes()), expected, "{text}");
        }
        assert_eq!(read(999_999, b"[1,5)"), json!("[1,5)"));
        assert_eq!(read(25, b"\xff"), json!("\u{fffd}"));
        assert_eq!([name(1700), name(999_999)], ["numeric", "other"]);
    }
}
