//! Every zone, wherever its clocks are changed: each occurrence once.
//!
//! The oracle knows nothing of cron or of stretches. It writes down what the wall clock
//! shows at every minute around a change, and reads the rule of the crate's first page
//! off that list: a point that no minute shows comes at the first moment behind the gap,
//! one that two minutes show comes with the first of them, and a range comes whenever it
//! is shown.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeSet, HashMap};
use std::thread;

use jiff::Timestamp;
use jiff::tz::{TimeZone, db};
use schedule::{Cron, Zone};

const FIRST: &str = "2020-01-01T00:00:00Z";
const LAST: &str = "2041-01-01T00:00:00Z";
/// So far the walls are written down before and after a change, in minutes: past the
/// longest gap (a whole day, skipped at the date line, is longer, and in no year here).
const AROUND: i64 = 240;

/// What a wall clock shows at one minute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Wall {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
}

impl Wall {
    /// Monday is 1.
    fn weekday(self) -> i8 {
        jiff::civil::date(self.year, self.month, self.day).weekday().to_monday_one_offset()
    }
}

/// An expression, and the same in Rust.
struct Schedule {
    cron: &'static str,
    is_range: bool,
    shows: fn(Wall) -> bool,
}

const fn point(cron: &'static str, shows: fn(Wall) -> bool) -> Schedule {
    Schedule { cron, is_range: false, shows }
}

const fn range(cron: &'static str, shows: fn(Wall) -> bool) -> Schedule {
    Schedule { cron, is_range: true, shows }
}

const SCHEDULES: [Schedule; 20] = [
    point("0 0 * * *", |w| w.hour == 0 && w.minute == 0),
    point("30 0 * * *", |w| w.hour == 0 && w.minute == 30),
    point("0 1 * * *", |w| w.hour == 1 && w.minute == 0),
    point("59 1 * * *", |w| w.hour == 1 && w.minute == 59),
    point("0 2 * * *", |w| w.hour == 2 && w.minute == 0),
    point("15 2 * * *", |w| w.hour == 2 && w.minute == 15),
    point("30 2 * * *", |w| w.hour == 2 && w.minute == 30),
    point("0 3 * * *", |w| w.hour == 3 && w.minute == 0),
    point("30 23 * * *", |w| w.hour == 23 && w.minute == 30),
    point("0,30 0-4 * * *", |w| w.hour <= 4 && w.minute % 30 == 0),
    point("45 22-2 * * *", |w| (w.hour >= 22 || w.hour <= 2) && w.minute == 45),
    point("0 2 * * 0", |w| w.hour == 2 && w.minute == 0 && w.weekday() == 7),
    point("30 1 * 3,10,11 *", |w| matches!(w.month, 3 | 10 | 11) && w.hour == 1 && w.minute == 30),
    point("0 0 1 * *", |w| w.hour == 0 && w.minute == 0 && w.day == 1),
    point("0 2 1-7 * 0", |w| w.hour == 2 && w.minute == 0 && (w.day <= 7 || w.weekday() == 7)),
    range("*/20 * * * *", |w| w.minute % 20 == 0),
    range("*/10 0-3 * * *", |w| w.hour <= 3 && w.minute % 10 == 0),
    range("0 * * * *", |w| w.minute == 0),
    range("*/30 2 * * *", |w| w.hour == 2 && w.minute % 30 == 0),
    range("15 */2 * * 1-6", |w| w.hour % 2 == 0 && w.minute == 15 && w.weekday() != 7),
];

/// The minutes around one change, and what each of them shows.
struct Around {
    change: Timestamp,
    minutes: Vec<(Timestamp, Wall)>,
    /// When each wall is shown first.
    first: HashMap<Wall, Timestamp>,
    /// The walls that a clock would show which is never changed: none is left out.
    walls: Vec<Wall>,
}

impl Around {
    fn new(tz: &TimeZone, change: Timestamp) -> Around {
        let minute = |n: i64| Timestamp::from_second(change.as_second() + 60 * n).unwrap();
        let minutes: Vec<_> = (-AROUND..AROUND).map(minute).map(|t| (t, wall(tz.to_datetime(t)))).collect();
        let mut first = HashMap::new();
        for (t, wall) in &minutes {
            first.entry(*wall).or_insert(*t);
        }
        let (begin, end) = (tz.to_datetime(minutes[0].0), tz.to_datetime(minutes[minutes.len() - 1].0));
        let walls = begin.series(jiff::Span::new().minutes(1)).take_while(|wall| *wall <= end).map(wall_of);
        let walls = walls.collect();
        Around { change, minutes, first, walls }
    }

    /// When a schedule must run here.
    fn runs(&self, schedule: &Schedule) -> BTreeSet<Timestamp> {
        if schedule.is_range {
            let shown = self.minutes.iter().filter(|(_, wall)| (schedule.shows)(*wall));
            return shown.map(|(t, _)| *t).collect();
        }
        let points = self.walls.iter().filter(|wall| (schedule.shows)(**wall));
        points.map(|wall| self.first.get(wall).copied().unwrap_or(self.change)).collect()
    }
}

fn wall(shown: jiff::civil::DateTime) -> Wall {
    assert_eq!((shown.second(), shown.subsec_nanosecond()), (0, 0), "offsets are whole minutes since 1972");
    wall_of(shown)
}

fn wall_of(shown: jiff::civil::DateTime) -> Wall {
    Wall {
        year: shown.year(),
        month: shown.month(),
        day: shown.day(),
        hour: shown.hour(),
        minute: shown.minute(),
    }
}

/// What the crate says, one after the other, over the same stretch.
fn said(cron: &Cron, zone: &Zone, around: &Around) -> BTreeSet<Timestamp> {
    let (begin, end) = (around.minutes[0].0, around.minutes[around.minutes.len() - 1].0);
    let mut runs = BTreeSet::new();
    let mut t = Timestamp::from_second(begin.as_second() - 1).unwrap();
    while let Some(next) = cron.next_after(zone, t).filter(|next| *next <= end) {
        assert!(next > t, "{cron} in {zone} does not get on at {t}");
        runs.insert(next);
        t = next;
    }
    runs
}

/// How much was looked at.
#[derive(Default)]
struct Seen {
    zones: usize,
    changes: usize,
    runs: usize,
}

/// Holds one zone against the oracle, and says what differs.
fn differences(name: &str, crons: &[Cron], seen: &mut Seen) -> Vec<String> {
    let (zone, tz) = (Zone::new(name).unwrap(), TimeZone::get(name).unwrap());
    let (first, last): (Timestamp, Timestamp) = (FIRST.parse().unwrap(), LAST.parse().unwrap());
    let mut wrong = Vec::new();
    seen.zones += 1;
    for change in tz.following(first).map(|t| t.timestamp()).take_while(|t| *t < last) {
        let around = Around::new(&tz, change);
        seen.changes += 1;
        for (schedule, cron) in SCHEDULES.iter().zip(crons) {
            let (expected, found) = (around.runs(schedule), said(cron, &zone, &around));
            seen.runs += found.len();
            if expected != found {
                let only = |a: &BTreeSet<Timestamp>, b: &BTreeSet<_>| {
                    a.difference(b).map(Timestamp::to_string).collect::<Vec<_>>()
                };
                let (missing, extra) = (only(&expected, &found), only(&found, &expected));
                wrong.push(format!("{name}, {change}, `{cron}`: missing {missing:?}, extra {extra:?}"));
            }
        }
    }
    wrong
}

#[test]
fn every_zone_runs_each_occurrence_once_at_each_change_of_its_clocks() {
    let crons: Vec<Cron> = SCHEDULES.iter().map(|schedule| Cron::parse(schedule.cron).unwrap()).collect();
    let names: Vec<String> =
        db().available().map(|name| name.to_string()).filter(|name| Zone::new(name).is_ok()).collect();
    let (mut seen, mut wrong) = (Seen::default(), Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let chunks = names.chunks(names.len().div_ceil(threads));
        let workers = chunks.map(|chunk| {
            let crons = &crons;
            scope.spawn(move || {
                let mut seen = Seen::default();
                let wrong: Vec<_> =
                    chunk.iter().flat_map(|name| differences(name, crons, &mut seen)).collect();
                (seen, wrong)
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            let (part, differs) = worker.join().unwrap();
            seen = Seen {
                zones: seen.zones + part.zones,
                changes: seen.changes + part.changes,
                runs: seen.runs + part.runs,
            };
            wrong.extend(differs);
        }
    });
    println!(
        "zones {}, changes {}, schedules {}, runs {}",
        seen.zones,
        seen.changes,
        SCHEDULES.len(),
        seen.runs
    );
    assert!(seen.zones > 400 && seen.changes > 4000, "the database of zones is not whole");
    assert!(wrong.is_empty(), "{} differ, the first: {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
}

/// The control: a schedule that is read as the other kind must be noticed.
#[test]
fn the_oracle_sees_a_run_that_is_lost_and_one_that_comes_twice() {
    let (zone, tz) = (Zone::new("Europe/Berlin").unwrap(), TimeZone::get("Europe/Berlin").unwrap());
    let changes: Vec<_> = tz.following(FIRST.parse().unwrap()).take(2).map(|t| t.timestamp()).collect();
    let [spring, autumn] = [changes[0], changes[1]].map(|change| Around::new(&tz, change));
    let (fixed, wild) = ("30 2 * * *", "*/30 2 * * *");
    let shows: fn(Wall) -> bool = |w| w.hour == 2 && w.minute == 30;
    let as_point = Schedule { cron: fixed, is_range: false, shows };
    let as_range = Schedule { cron: fixed, is_range: true, shows };
    let runs = said(&Cron::parse(fixed).unwrap(), &zone, &spring);
    assert_eq!((runs.len(), spring.runs(&as_point).len(), spring.runs(&as_range).len()), (1, 1, 0));
    let runs = said(&Cron::parse(fixed).unwrap(), &zone, &autumn);
    assert_eq!((runs.len(), autumn.runs(&as_point).len(), autumn.runs(&as_range).len()), (1, 1, 2));
    assert_eq!(said(&Cron::parse(wild).unwrap(), &zone, &autumn).len(), 4);
}
