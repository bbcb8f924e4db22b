//! Weekly windows on the wall clock: `Mo-Fr 06:00-19:00`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};

use crate::Zone;
use crate::error::{ScheduleError, shown};

/// Half-open ranges of the week. One that crosses midnight belongs to the day on which
/// it starts: `Fr 22:00-06:00` ends on Saturday morning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    text: String,
    spans: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    days: Days,
    /// In minutes after midnight.
    start: u16,
    /// The same, past 1440 when it lies on the next day.
    end: u16,
}

/// A set of weekdays: bit 0 is Monday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Days(u8);

const DAY_MINUTES: u16 = 24 * 60;
const EVERY_DAY: Days = Days(0b111_1111);
const DAY_NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Window {
    /// Ranges in one window: more than a person writes, and few enough to look at each of them.
    const SPANS_MAX: usize = 64;

    /// Reads ranges separated by commas or semicolons, each `days`, `from-to` or both.
    /// Days without times are whole days; times without days take those before them in
    /// the same part, else every day. A semicolon begins a new part.
    ///
    /// # Errors
    /// With a sentence that names the piece that is not understood.
    pub fn parse(text: &str) -> Result<Window, ScheduleError> {
        let mut spans = Vec::new();
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            read_part(part, &mut spans)?;
        }
        if spans.is_empty() {
            return Err(ScheduleError::new("a window is empty: write one, such as Mo-Fr 06:00-19:00"));
        }
        if spans.len() > Self::SPANS_MAX {
            let message = format!("a window has more than {} ranges: make several of it", Self::SPANS_MAX);
            return Err(ScheduleError::new(message));
        }
        Ok(Window { text: text.split_whitespace().collect::<Vec<_>>().join(" "), spans })
    }

    pub fn contains(&self, zone: &Zone, t: Timestamp) -> bool {
        let local = zone.local(t);
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let today = weekday(local.date());
        let yesterday = (today + 6) % 7;
        self.spans
            .iter()
            .any(|span| span.covers(today, minute) || span.covers(yesterday, minute + DAY_MINUTES))
    }

    /// The first moment after `t` at which the window opens (when it is closed at `t`) or
    /// closes (when it is open); none: it never does.
    pub fn next_change(&self, zone: &Zone, t: Timestamp) -> Option<Timestamp> {
        let open = self.contains(zone, t);
        // A week holds every boundary; a second one is needed only when the first one's is
        // in an hour that is skipped.
        [8, 16].into_iter().find_map(|days| {
            let mut moments = self.boundaries(zone, t, days);
            moments.sort_unstable();
            moments.into_iter().find(|moment| *moment > t && self.contains(zone, *moment) != open)
        })
    }

    /// All moments at which something may change, from the day before `t` on: the ends of
    /// the ranges, and the changes of the clocks, which may carry the time past an end.
    fn boundaries(&self, zone: &Zone, t: Timestamp, days: i32) -> Vec<Timestamp> {
        let mut moments = Vec::new();
        let today = zone.local(t).date();
        for date in (-1..=days).filter_map(|n| today.checked_add(n.days()).ok()) {
            for span in self.spans.iter().filter(|span| span.days.has(weekday(date))) {
                for wall in [span.start, span.end].into_iter().filter_map(|minute| wall(date, minute)) {
                    moments.extend(zone.moments(wall));
                }
            }
        }
        let last = moments.iter().max().copied().unwrap_or(t);
        moments.extend(zone.changes_after(t).take_while(|change| *change <= last));
        moments
    }
}

impl FromStr for Window {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Window, ScheduleError> {
        Window::parse(text)
    }
}

/// As it was written.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Span {
    fn covers(&self, day: usize, minute: u16) -> bool {
        self.days.has(day) && (self.start..self.end).contains(&minute)
    }
}

impl Days {
    fn has(self, day: usize) -> bool {
        self.0 & (1 << day) != 0
    }

    fn and(self, other: Days) -> Days {
        Days(self.0 | other.0)
    }
}

/// Monday is 0.
fn weekday(date: Date) -> usize {
    date.weekday().to_monday_zero_offset() as usize
}

fn wall(date: Date, minute: u16) -> Option<DateTime> {
    date.at(0, 0, 0, 0).checked_add(i64::from(minute).minutes()).ok()
}

fn read_part(part: &str, spans: &mut Vec<Span>) -> Result<(), ScheduleError> {
    let mut days = Days::default();
    // Days that wait for a time: with none behind them they are whole days.
    let mut waiting = false;
    for piece in part.split(|c: char| c == ',' || c.is_whitespace()).filter(|piece| !piece.is_empty()) {
        if piece.contains(':') {
            let (start, end) = read_times(piece)?;
            let days = if days == Days::default() { EVERY_DAY } else { days };
            spans.push(Span { days, start, end });
            waiting = false;
        } else {
            let named = read_days(piece)?;
            days = if waiting { days.and(named) } else { named };
            waiting = true;
        }
    }
    if waiting {
        spans.push(Span { days, start: 0, end: DAY_MINUTES });
    }
    Ok(())
}

fn read_days(piece: &str) -> Result<Days, ScheduleError> {
    if piece.trim_start_matches('!').eq_ignore_ascii_case("holiday") {
        return Err(ScheduleError::new(
            "`holiday` needs a calendar, and calendars are not supported yet: leave it out of the window",
        ));
    }
    let day = |text: &str| {
        let lower = text.to_ascii_lowercase();
        let known = |name: &str| lower.len() >= 2 && name.starts_with(&lower);
        DAY_NAMES.iter().position(|name| known(name)).ok_or_else(|| {
            ScheduleError::new(format!(
                "`{}` in a window is neither a day (Mo Tu We Th Fr Sa Su) nor a time such as 06:00-19:00",
                shown(piece)
            ))
        })
    };
    let (from, to) = match piece.split_once('-') {
        Some((from, to)) => (day(from)?, day(to)?),
        None => (day(piece)?, day(piece)?),
    };
    let length = (to + 7 - from) % 7;
    Ok((0..=length).fold(Days::default(), |days, n| days.and(Days(1 << ((from + n) % 7)))))
}

fn read_times(piece: &str) -> Result<(u16, u16), ScheduleError> {
    let wrong = |why: &str| ScheduleError::new(format!("`{}` in a window {why}", shown(piece)));
    let (start, end) = piece.split_once('-').ok_or_else(|| wrong("is no range: write it as 06:00-19:00"))?;
    let minute = |text: &str| read_minute(text).ok_or_else(|| wrong("holds no time from 00:00 to 24:00"));
    let (start, end) = (minute(start)?, minute(end)?);
    if start == end {
        return Err(wrong("ends where it starts: the whole day is 00:00-24:00"));
    }
    if start == DAY_MINUTES {
        return Err(wrong("starts at 24:00: that is 00:00 of the next day"));
    }
    Ok((start, if end < start { end + DAY_MINUTES } else { end }))
}

/// Minutes after midnight.
fn read_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let (hour, minute) = (number(hour)?, number(minute).filter(|m| *m < 60)?);
    let total = hour.checked_mul(60)?.checked_add(minute)?;
    (text.len() <= 5 && total <= DAY_MINUTES).then_some(total)
}
