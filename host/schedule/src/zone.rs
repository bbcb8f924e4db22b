//! Time zones of the IANA database, and nothing else.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::error::{ScheduleError, shown};

/// Longer than clocks are ever set back: a whole day, where a place changes sides of the date line.
const LONGEST_FOLD: SignedDuration = SignedDuration::from_hours(48);

/// A time zone with its rules for daylight saving, such as `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    tz: TimeZone,
}

impl Zone {
    /// Reads a name of the IANA database, in any case.
    ///
    /// # Errors
    /// For an offset, which knows nothing of daylight saving, and for an unknown name.
    pub fn new(name: &str) -> Result<Zone, ScheduleError> {
        let tz = TimeZone::get(name).ok().filter(|tz| tz.iana_name().is_some());
        let Some(tz) = tz else {
            let shown = shown(name);
            return Err(ScheduleError::new(if looks_like_offset(name) {
                format!(
                    "`{shown}` is an offset, and an offset knows no daylight saving: name a place, such as Europe/Berlin"
                )
            } else {
                format!("`{shown}` is no time zone of the IANA database, such as Europe/Berlin or UTC")
            }));
        };
        let name = tz.iana_name().unwrap_or(name).to_owned();
        Ok(Zone { name, tz })
    }

    pub fn utc() -> Zone {
        Zone { name: "UTC".to_owned(), tz: TimeZone::UTC }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a clock on the wall shows at this moment.
    pub fn local(&self, t: Timestamp) -> DateTime {
        self.tz.to_datetime(t)
    }

    /// The moment as people there write it: `2026-11-20 06:00 CET`.
    pub fn show(&self, t: Timestamp) -> String {
        t.to_zoned(self.tz.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    /// The moments at which the wall clock shows this: none in a gap, two in a fold.
    pub(crate) fn moments(&self, wall: DateTime) -> impl Iterator<Item = Timestamp> {
        let (first, second) = match self.tz.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => (Some(offset), None),
            AmbiguousOffset::Gap { .. } => (None, None),
            AmbiguousOffset::Fold { before, after } => (Some(before), Some(after)),
        };
        first.into_iter().chain(second).filter_map(move |offset| offset.to_timestamp(wall).ok())
    }

    /// The moments after `t` at which the clocks are changed.
    pub(crate) fn changes_after(&self, t: Timestamp) -> impl Iterator<Item = Timestamp> {
        self.tz.following(t).map(|change| change.timestamp())
    }

    /// The stretch without a change of the clocks that holds this moment.
    pub(crate) fn stretch(&self, t: Timestamp) -> Stretch {
        // What came before is asked forwards: where a zone's last change on record lies behind
        // the yearly rule that follows it, jiff's `preceding` passes it over.
        let lately = t.checked_sub(LONGEST_FOLD).unwrap_or(Timestamp::MIN);
        let start = self.changes_after(lately).take_while(|change| *change <= t).last();
        let before = start.map(|start| {
            let last = start.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(start);
            (start.as_second(), i64::from(self.tz.to_offset(last).seconds()))
        });
        Stretch {
            offset: i64::from(self.tz.to_offset(t).seconds()),
            earlier_walls_end: before.map(|(start, offset)| start + offset),
            end: self.changes_after(t).next().map(|change| change.as_second()),
        }
    }
}

/// A stretch of time with one offset. All values are in seconds.
pub(crate) struct Stretch {
    /// Wall clock minus UTC.
    pub(crate) offset: i64,
    /// What the wall clock would have shown at its start, had it not been changed:
    /// below it, in a fold, everything was shown once already. None when the clocks were
    /// not changed lately.
    pub(crate) earlier_walls_end: Option<i64>,
    /// The next change, in Unix time; none: the offset stays.
    pub(crate) end: Option<i64>,
}

fn looks_like_offset(name: &str) -> bool {
    let upper = name.trim().to_ascii_uppercase();
    let rest = ["UTC", "GMT", "Z", ""].iter().find_map(|prefix| upper.strip_prefix(prefix)).unwrap_or("");
    upper == "Z"
        || rest.starts_with(['+', '-', '\u{2212}'])
            && rest.chars().skip(1).all(|c| c.is_ascii_digit() || c == ':')
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for Zone {
    type Err = ScheduleError;

    fn from_str(name: &str) -> Result<Zone, ScheduleError> {
        Zone::new(name)
    }
}
