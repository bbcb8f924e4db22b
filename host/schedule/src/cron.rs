//! Cron expressions as Vixie's cron reads them.
//!
//! The `cron` crate is the matcher, and it is used for nothing else: it wants six
//! fields, numbers Sundays as 1, joins day of month and day of week by AND, and skips or
//! doubles jobs where the clocks change. So every field is read and spelt out here, and
//! the crate is asked about wall-clock times in UTC, where it meets no change at all.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use jiff::Timestamp;

use crate::Zone;
use crate::error::{ScheduleError, shown};

/// Five fields (`minute hour day month weekday`), or six with seconds before them.
#[derive(Clone, Debug)]
pub struct Cron {
    text: String,
    /// Two, to be taken together, when both kinds of day are restricted; else one.
    schedules: Vec<cron::Schedule>,
    /// The minute or the hour begins with `*`: it follows the wall clock as a range does,
    /// where a fixed job runs once for each of its wall-clock times.
    wildcard: bool,
}

impl Cron {
    /// # Errors
    /// With a sentence that names the field, or says that no such day exists.
    pub fn parse(text: &str) -> Result<Cron, ScheduleError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let (second, rest) = match fields.len() {
            5 => ("0", &fields[..]),
            6 => (fields[0], &fields[1..]),
            _ => {
                return Err(ScheduleError::new(format!(
                    "`{}` is neither a time of day such as 06:00 nor a cron expression: that has five fields, minute hour day month weekday, or six with seconds before them",
                    shown(text)
                )));
            }
        };
        let [second, minute, hour, month] =
            [(&SECOND, second), (&MINUTE, rest[0]), (&HOUR, rest[1]), (&MONTH, rest[3])]
                .map(|(field, text)| field.spell_out(text));
        let (second, minute, hour, month) = (second?, minute?, hour?, month?);
        let (day, weekday) = (DAY.spell_out(rest[2])?, WEEKDAY.spell_out(rest[4])?);
        let days = if is_open(rest[2]) || is_open(rest[4]) {
            vec![(day.as_str(), weekday.as_str())]
        } else {
            vec![(day.as_str(), "*"), ("*", weekday.as_str())]
        };
        let schedules = days
            .into_iter()
            .map(|(day, weekday)| format!("{second} {minute} {hour} {day} {month} {weekday}").parse())
            .collect::<Result<Vec<cron::Schedule>, _>>()
            .map_err(|e| ScheduleError::new(format!("`{}` is no cron expression: {e}", shown(text))))?;
        let cron = Cron {
            text: fields.join(" "),
            schedules,
            wildcard: rest[0].starts_with('*') || rest[1].starts_with('*'),
        };
        if cron.next_wall(0).is_none() {
            return Err(ScheduleError::new(format!("`{}` never comes: there is no such day", shown(text))));
        }
        Ok(cron)
    }

    /// The first run that is later than `t`; none: there is no more before 2101.
    pub fn next_after(&self, zone: &Zone, t: Timestamp) -> Option<Timestamp> {
        let mut stretch = zone.stretch(t);
        let mut after = t.as_second() - i64::from(t.subsec_nanosecond() < 0) + stretch.offset;
        loop {
            if let Some(earlier) = stretch.earlier_walls_end.filter(|_| !self.wildcard) {
                after = after.max(earlier - 1);
            }
            let wall = self.next_wall(after)?;
            let Some(end) = stretch.end.filter(|end| wall >= end + stretch.offset) else {
                return Timestamp::from_second(wall - stretch.offset).ok();
            };
            let change = Timestamp::from_second(end).ok()?;
            stretch = zone.stretch(change);
            if wall < end + stretch.offset && !self.wildcard {
                return Some(change);
            }
            after = end + stretch.offset - 1;
        }
    }

    /// The first wall-clock time after this one that matches, both in seconds.
    fn next_wall(&self, after: i64) -> Option<i64> {
        let after: DateTime<Utc> = DateTime::from_timestamp(after, 0)?;
        self.schedules.iter().filter_map(|s| s.after(&after).next()).map(|wall| wall.timestamp()).min()
    }
}

impl FromStr for Cron {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Cron, ScheduleError> {
        Cron::parse(text)
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text says all that an expression is.
impl PartialEq for Cron {
    fn eq(&self, other: &Cron) -> bool {
        self.text == other.text
    }
}

/// Vixie's rule: a field that begins with `*` does not restrict the day, even with a step.
fn is_open(field: &str) -> bool {
    field.starts_with(['*', '?'])
}

/// What one field of an expression may hold.
struct Field {
    name: &'static str,
    min: u32,
    /// The last value of a round: a range past it goes on at `min`.
    max: u32,
    /// The largest number that may be written.
    written_max: u32,
    /// Words for the values from `min` on.
    words: &'static [&'static str],
    /// What the `cron` crate adds to our numbers.
    shift: u32,
}

const SECOND: Field = Field { name: "second", min: 0, max: 59, written_max: 59, words: &[], shift: 0 };
const MINUTE: Field = Field { name: "minute", min: 0, max: 59, written_max: 59, words: &[], shift: 0 };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, written_max: 23, words: &[], shift: 0 };
const DAY: Field = Field { name: "day of the month", min: 1, max: 31, written_max: 31, words: &[], shift: 0 };
const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    written_max: 12,
    words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    shift: 0,
};
/// Sunday is 0 and 7 here, and 1 in the `cron` crate.
const WEEKDAY: Field = Field {
    name: "day of the week",
    min: 0,
    max: 6,
    written_max: 7,
    words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    shift: 1,
};

impl Field {
    /// All values of the field, one by one, as the `cron` crate counts them.
    fn spell_out(&self, text: &str) -> Result<String, ScheduleError> {
        let mut values = BTreeSet::new();
        for item in text.split(',') {
            values.extend(self.item(item)?);
        }
        if values.len() as u32 == self.max - self.min + 1 {
            return Ok("*".to_owned());
        }
        Ok(values.iter().map(|v| (v + self.shift).to_string()).collect::<Vec<_>>().join(","))
    }

    /// `*`, `5`, `5-9`, each perhaps with a step: `*/10`, `5/10`, `22-2/2`.
    fn item(&self, item: &str) -> Result<Vec<u32>, ScheduleError> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (item, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || (range == "?" && (self.name.starts_with("day"))) => (self.min, self.max),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None if step.is_some() => (self.value(range)?, self.max),
            None => (self.value(range)?, self.value(range)?),
        };
        // Only a weekday can be written past its round: as an end, 7 is the Sunday after
        // Saturday; as a beginning, it is the one before Monday.
        let round_length = self.max - self.min + 1;
        let (from, to) = match (from > self.max, to > self.max) {
            (true, true) => (from - round_length, to - round_length),
            (true, false) => (from - round_length, to),
            _ => (from, to),
        };
        let round: Vec<u32> = if range.contains('-') && from > to {
            (from..=self.max).chain(self.min..=to).collect()
        } else {
            (from..=to).collect()
        };
        Ok(round
            .into_iter()
            .step_by(step.unwrap_or(1))
            .map(|v| (v - self.min) % round_length + self.min)
            .collect())
    }

    fn step(&self, text: &str) -> Result<usize, ScheduleError> {
        let round_length = (self.max - self.min + 1) as usize;
        text.parse().ok().filter(|step| (1..=round_length).contains(step)).ok_or_else(|| {
            let (name, text) = (self.name, shown(text));
            ScheduleError::new(format!("{name}: the step `{text}` is not from 1 to {round_length}"))
        })
    }

    fn value(&self, text: &str) -> Result<u32, ScheduleError> {
        let word = self.words.iter().position(|w| w.eq_ignore_ascii_case(text));
        let number = || text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        let value: Option<u32> = word.map(|at| at as u32 + self.min).or_else(number);
        value.filter(|v| (self.min..=self.written_max).contains(v)).ok_or_else(|| {
            let words = match self.words {
                [first, .., last] => format!(", nor one of {first} to {last}"),
                _ => String::new(),
            };
            ScheduleError::new(format!(
                "{}: `{}` is no number from {} to {}{words}",
                self.name,
                shown(text),
                self.min,
                self.written_max
            ))
        })
    }
}
