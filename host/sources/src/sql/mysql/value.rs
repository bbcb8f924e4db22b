//! Values of MySQL in their binary form, as JSON.

use serde_json::Value;

use super::packet::Column;
use crate::error::SourceError;
use crate::sql::stream::{Reader, nonsense};
use crate::sql::value;

/// Types of parameters.
const DOUBLE: u8 = 5;
const NULL: u8 = 6;
const LONG: u8 = 8;
const TEXT: u8 = 253;
const UNSIGNED: u8 = 0x80;

/// A parameter: its type, and its value as that.
pub(super) fn parameter(value: &Value) -> ([u8; 2], Vec<u8>) {
    match value {
        Value::Null => ([NULL, 0], Vec::new()),
        Value::Bool(yes) => ([LONG, 0], i64::from(*yes).to_le_bytes().to_vec()),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => ([LONG, 0], number.to_le_bytes().to_vec()),
            (None, Some(number), _) => ([LONG, UNSIGNED], number.to_le_bytes().to_vec()),
            (None, None, Some(number)) => ([DOUBLE, 0], number.to_le_bytes().to_vec()),
            (None, None, None) => ([TEXT, 0], counted(number.to_string().as_bytes())),
        },
        Value::String(text) => ([TEXT, 0], counted(text.as_bytes())),
        other => ([TEXT, 0], counted(other.to_string().as_bytes())),
    }
}

/// Bytes behind their number.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let mut all = match bytes.len() {
        small @ 0..=250 => vec![small as u8],
        large => [&[0xfe], &(large as u64).to_le_bytes()[..]].concat(),
    };
    all.extend_from_slice(bytes);
    all
}

pub(super) fn row(packet: &[u8], columns: &[Column]) -> Result<Vec<Value>, SourceError> {
    let mut reader = Reader(packet);
    let [0] = reader.array()? else { return Err(nonsense()) };
    // Bits for nulls, the first two of which mean nothing.
    let nulls = reader.take((columns.len() + 9) / 8)?;
    let cell = |(index, column)| match nulls[(index + 2) / 8] >> ((index + 2) % 8) & 1 {
        0 => read(column, &mut reader),
        _ => Ok(Value::Null),
    };
    columns.iter().enumerate().map(cell).collect()
}

fn read(column: &Column, reader: &mut Reader<'_>) -> Result<Value, SourceError> {
    let unsigned = column.is_unsigned();
    Ok(match column.kind() {
        "null" => Value::Null,
        "tinyint" if unsigned => u8::from_le_bytes(reader.array()?).into(),
        "tinyint" => i8::from_le_bytes(reader.array()?).into(),
        "smallint" | "year" if unsigned => u16::from_le_bytes(reader.array()?).into(),
        "smallint" | "year" => i16::from_le_bytes(reader.array()?).into(),
        "int" | "mediumint" if unsigned => u32::from_le_bytes(reader.array()?).into(),
        "int" | "mediumint" => i32::from_le_bytes(reader.array()?).into(),
        "bigint" if unsigned => u64::from_le_bytes(reader.array()?).into(),
        "bigint" => i64::from_le_bytes(reader.array()?).into(),
        "float" => value::single(f32::from_le_bytes(reader.array()?)),
        "double" => value::double(f64::from_le_bytes(reader.array()?)),
        "decimal" => value::decimal(String::from_utf8_lossy(reader.counted()?).into_owned()),
        "date" => moment(reader)?.0.into(),
        "datetime" => joined(moment(reader)?, "").into(),
        // What has a zone is in that of the session.
        "timestamp" => joined(moment(reader)?, "Z").into(),
        "time" => time(reader)?.into(),
        "json" => value::json(reader.counted()?),
        "bit" => bits(reader.counted()?),
        "binary" | "geometry" => value::bytes(reader.counted()?),
        _ => value::text(reader.counted()?),
    })
}

/// A day, and the time on it. Zeros at the end are left out on the way.
fn moment(reader: &mut Reader<'_>) -> Result<(String, String), SourceError> {
    let parts = parts::<11>(reader)?;
    let [a, b, month, day, hour, minute, second, us @ ..] = parts;
    let day = format!("{:04}-{month:02}-{day:02}", u16::from_le_bytes([a, b]));
    Ok((day, clock(hour.into(), minute, second, u32::from_le_bytes(us))))
}

fn joined((day, time): (String, String), zone: &str) -> String {
    format!("{day}T{time}{zone}")
}

/// A span of time, which may be negative, and longer than a day.
fn time(reader: &mut Reader<'_>) -> Result<String, SourceError> {
    let [negative, a, b, c, d, hour, minute, second, us @ ..] = parts::<12>(reader)?;
    let hours = u64::from(u32::from_le_bytes([a, b, c, d])) * 24 + u64::from(hour);
    let minus = if negative == 0 { "" } else { "-" };
    Ok(format!("{minus}{}", clock(hours, minute, second, u32::from_le_bytes(us))))
}

fn parts<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], SourceError> {
    let given = reader.counted()?;
    let mut parts = [0; N];
    parts.get_mut(..given.len()).ok_or_else(nonsense)?.copy_from_slice(given);
    Ok(parts)
}

/// With as many digits behind the second as it needs.
fn clock(hours: u64, minutes: u8, seconds: u8, us: u32) -> String {
    let fraction = match us {
        0 => String::new(),
        us => format!(".{us:06}").trim_end_matches('0').to_owned(),
    };
    format!("{hours:02}:{minutes:02}:{seconds:02}{fraction}")
}

fn bits(bytes: &[u8]) -> Value {
    bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_and_spans_are_as_long_as_they_need() {
        for (bytes, expected) in [
            (&[0][..], "0000-00-00T00:00:00"),
            (&[4, 0xea, 7, 11, 21], "2026-11-21T00:00:00"),
            (&[7, 0xea, 7, 11, 21, 20, 1, 2], "2026-11-21T20:01:02"),
            (&[11, 0xea, 7, 11, 21, 20, 1, 2, 0x20, 0xa1, 7, 0], "2026-11-21T20:01:02.5"),
        ] {
            assert_eq!(joined(moment(&mut Reader(bytes)).expect("the table holds values"), ""), expected);
        }
        for (bytes, expected) in [
            (&[0][..], "00:00:00"),
            (&[8, 1, 2, 0, 0, 0, 3, 4, 5], "-51:04:05"),
            (&[12, 0, 0, 0, 0, 0, 3, 4, 5, 1, 0, 0, 0], "03:04:05.000001"),
        ] {
            assert_eq!(time(&mut Reader(bytes)).expect("the table holds values"), expected);
        }
        assert!(moment(&mut Reader(&[12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])).is_err());
        assert_eq!(bits(&[1, 0]), json!(256));
    }

    #[test]
    fn long_texts_are_counted_in_eight_bytes() {
        assert_eq!(counted(b"ab"), b"\x02ab");
        let long = counted(&[b'x'; 251]);
        assert_eq!(long[..9], [0xfe, 251, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Reader(&long).counted().expect("the table holds values").len(), 251);
    }
}
