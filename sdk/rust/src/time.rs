//! Moments, as the interface counts them.

use std::fmt;
use std::str::FromStr;

/// Whole milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A text that is no time, as [`Timestamp::from_str`] reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATime;

impl Timestamp {
    /// This moment and so many milliseconds more.
    pub fn plus_ms(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }

    /// This moment and so many seconds more.
    pub fn plus_s(self, s: i64) -> Timestamp {
        self.plus_ms(s.saturating_mul(1000))
    }

    /// Milliseconds from `earlier` to this moment; negative when it is the later one.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// RFC 3339 in UTC with milliseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, ms) = (self.0.div_euclid(DAY_MS), self.0.rem_euclid(DAY_MS));
        let (year, month, day) = date_of(days);
        let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{:03}Z", ms % 1000)
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;

    /// Reads RFC 3339 with `Z` or an offset and any number of decimals; what is finer
    /// than a millisecond is cut off.
    fn from_str(text: &str) -> Result<Timestamp, NotATime> {
        let bytes = text.as_bytes();
        let punctuation = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if !punctuation.iter().all(|&(at, c)| bytes.get(at) == Some(&c)) {
            return Err(NotATime);
        }
        if !matches!(bytes[10], b'T' | b't' | b' ') {
            return Err(NotATime);
        }
        let field = |from, to, low, high| digits(text, from, to).filter(|n| (low..=high).contains(n));
        let date = (field(0, 4, 0, 9999), field(5, 7, 1, 12), field(8, 10, 1, 31));
        let clock = (field(11, 13, 0, 23), field(14, 16, 0, 59), field(17, 19, 0, 60));
        let ((Some(year), Some(month), Some(day)), (Some(h), Some(m), Some(s))) = (date, clock) else {
            return Err(NotATime);
        };
        let days = days_of(year, month, day);
        // The 31st of a shorter month would come back as a day of the next.
        if date_of(days) != (year, month, day) {
            return Err(NotATime);
        }
        let (ms, zone) = decimals(text.get(19..).ok_or(NotATime)?)?;
        let offset_min = offset(zone)?;
        Ok(Timestamp(days * DAY_MS + ((h * 60 + m - offset_min) * 60 + s) * 1000 + ms))
    }
}

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an RFC 3339 time with an offset, such as 2026-11-20T10:00:00Z")
    }
}

impl std::error::Error for NotATime {}

const DAY_MS: i64 = 86_400_000;

fn digits(text: &str, from: usize, to: usize) -> Option<i64> {
    let part = text.get(from..to)?;
    part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
}

/// Splits `.123456Z` into milliseconds and the zone behind them.
fn decimals(rest: &str) -> Result<(i64, &str), NotATime> {
    let Some(fraction) = rest.strip_prefix('.') else {
        return Ok((0, rest));
    };
    let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let ms = fraction[..length].bytes().chain(*b"00").take(3).fold(0, |ms, b| ms * 10 + i64::from(b - b'0'));
    if length == 0 { Err(NotATime) } else { Ok((ms, &fraction[length..])) }
}

/// Minutes east of UTC.
fn offset(zone: &str) -> Result<i64, NotATime> {
    let sign = match zone.as_bytes() {
        [b'Z' | b'z'] => return Ok(0),
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return Err(NotATime),
    };
    match (digits(zone, 1, 3), digits(zone, 4, 6)) {
        (Some(h @ 0..=23), Some(m @ 0..=59)) => Ok(sign * (h * 60 + m)),
        _ => Err(NotATime),
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from
/// March, so that the leap day is the last of its year.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - EPOCH
}

/// The date that is so many days from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
