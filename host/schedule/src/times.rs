//! Points in time that come again: daily local times and cron expressions, mixed.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::error::{ScheduleError, shown};
use crate::{Cron, Zone};

/// Several schedules taken together, such as `06:00` and `30 12 * * 1-5`.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    parts: Vec<Part>,
}

/// A daily time is a cron job that its writer did not want to write as one.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    text: String,
    cron: Cron,
}

impl Times {
    /// Reads each text as a daily local time (`06:00`) or as a cron expression.
    ///
    /// # Errors
    /// When the list is empty, or one of them is neither.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Times, ScheduleError> {
        if texts.is_empty() {
            return Err(ScheduleError::new("no time is given: write one, such as 06:00"));
        }
        let parts = texts.iter().map(|text| text.as_ref().parse()).collect::<Result<_, _>>()?;
        Ok(Times { parts })
    }

    /// The first of these points that is later than `t`; none: there is no more before 2101.
    pub fn next_after(&self, zone: &Zone, t: Timestamp) -> Option<Timestamp> {
        self.parts.iter().filter_map(|part| part.cron.next_after(zone, t)).min()
    }
}

impl FromStr for Part {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Part, ScheduleError> {
        let text = text.trim();
        let cron = match text.split_once(':') {
            Some((hour, minute)) => daily(hour, minute).ok_or_else(|| {
                ScheduleError::new(format!(
                    "`{}` is no time of day: write it from 00:00 to 23:59, such as 06:00",
                    shown(text)
                ))
            })?,
            None => Cron::parse(text)?,
        };
        Ok(Part { text: text.to_owned(), cron })
    }
}

fn daily(hour: &str, minute: &str) -> Option<Cron> {
    let well_formed = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    if !(well_formed(hour) && well_formed(minute)) {
        return None;
    }
    Cron::parse(&format!("{minute} {hour} * * *")).ok()
}

/// As they were written, with commas between them.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.parts.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{}", part.text)?;
        }
        Ok(())
    }
}
