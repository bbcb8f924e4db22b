//! Lengths of time as people write them: `90s`, `1m`, `1h30m`, `2d`.

use std::fmt;
use std::str::FromStr;

use crate::error::{ScheduleError, shown};

/// A length of time in whole milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

/// In falling order, as they are written and read.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

impl Duration {
    pub const ZERO: Duration = Duration(0);

    /// Ten years: longer waits are mistakes, and every sum with a moment stays in range.
    pub const MAX: Duration = Duration(3_652 * 86_400_000);

    pub const fn from_s(s: u32) -> Duration {
        Duration(s as i64 * 1000)
    }

    pub fn as_ms(self) -> i64 {
        self.0
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// The shortest text that reads back as the same: `1h30m`, `0s`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
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

impl FromStr for Duration {
    type Err = ScheduleError;

    /// Reads whole numbers with the units `d h m s ms`, each once, the larger first.
    fn from_str(text: &str) -> Result<Duration, ScheduleError> {
        let wrong = |why: &str| {
            ScheduleError::new(format!(
                "`{}` is no duration{why}: write whole numbers with d, h, m, s or ms, the larger first, such as 90s or 1h30m",
                shown(text)
            ))
        };
        let mut rest = text.trim();
        let mut units = UNITS.iter();
        let mut total: i64 = 0;
        if rest.is_empty() {
            return Err(wrong(""));
        }
        while !rest.is_empty() {
            let (number, after) = split_where(rest, |c| !c.is_ascii_digit());
            let (unit, after) = split_where(after, |c| !c.is_ascii_alphabetic());
            if number.is_empty() || unit.is_empty() {
                return Err(wrong(""));
            }
            // The iterator goes on where the last unit stood, so order and uniqueness come by themselves.
            let (_, ms) = units.find(|(name, _)| *name == unit).ok_or_else(|| wrong(""))?;
            let part = number.parse::<i64>().ok().and_then(|n| n.checked_mul(*ms));
            total = part.and_then(|part| total.checked_add(part)).ok_or_else(|| wrong(", it is too long"))?;
            rest = after;
        }
        if total > Duration::MAX.0 {
            return Err(wrong(", it is longer than ten years"));
        }
        Ok(Duration(total))
    }
}

fn split_where(text: &str, at: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}
