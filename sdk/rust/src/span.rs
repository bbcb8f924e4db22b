//! Lengths of time, as people write them in a configuration: `90s`, `5m`, `1h30m`, `14d`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// A length of time in whole milliseconds, from nought to ten years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(i64);

/// A text that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotASpan(String);

/// In falling order, as they are written and read.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Ten years: longer ones are mistakes, and every sum with a moment stays in range.
const MAX_MS: i64 = 3_652 * 86_400_000;

impl Span {
    /// So many milliseconds; fewer than none count as none, too many as ten years.
    pub fn from_ms(ms: i64) -> Span {
        Span(ms.clamp(0, MAX_MS))
    }

    /// In milliseconds.
    pub fn as_ms(self) -> i64 {
        self.0
    }

    /// In whole seconds, rounded up, as the store takes them.
    pub fn as_s(self) -> u32 {
        u32::try_from((self.0 + 999) / 1000).unwrap_or(u32::MAX)
    }

    /// For people, to whom the two largest units say enough: `2h10m` of `2h10m33.2s`.
    pub fn rough(self) -> Span {
        let largest = UNITS.iter().position(|(_, ms)| self.0 >= *ms).unwrap_or(UNITS.len() - 1);
        let (_, finest) = UNITS[(largest + 1).min(UNITS.len() - 1)];
        Span(self.0 - self.0 % finest)
    }
}

/// The shortest text that reads back as the same: `1h30m`, `0s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, ms) in UNITS {
            if rest >= ms {
                write!(f, "{}{unit}", rest / ms)?;
                rest %= ms;
            }
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = NotASpan;

    /// Reads whole numbers with the units `d h m s ms`, each once, the larger first.
    fn from_str(text: &str) -> Result<Span, NotASpan> {
        let wrong = || NotASpan(text.to_owned());
        let mut rest = text.trim();
        let mut units = UNITS.iter();
        let mut total: i64 = 0;
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let (number, after) = split_where(rest, |c| !c.is_ascii_digit());
            let (unit, after) = split_where(after, |c| !c.is_ascii_alphabetic());
            // The iterator goes on where the last unit stood, so order and uniqueness come by themselves.
            let (_, ms) = units.find(|(name, _)| *name == unit).ok_or_else(wrong)?;
            let part = number.parse::<i64>().ok().and_then(|n| n.checked_mul(*ms));
            total = part.and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
            rest = after;
        }
        if total > MAX_MS { Err(wrong()) } else { Ok(Span(total)) }
    }
}

fn split_where(text: &str, at: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

impl TryFrom<String> for Span {
    type Error = NotASpan;

    fn try_from(text: String) -> Result<Span, NotASpan> {
        text.parse()
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for NotASpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no length of time up to ten years: write whole numbers with d, h, m, s or ms, the larger first, such as 90s or 1h30m",
            self.0
        )
    }
}

impl std::error::Error for NotASpan {}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // The pattern says less than the parser, but names the field that is wrong.
        json_schema!({
            "description": "A length of time, such as 90s, 5m, 1h30m or 14d.",
            "type": "string",
            "pattern": "^([0-9]+(d|h|m|s|ms))+$"
        })
    }
}
