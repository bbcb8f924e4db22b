//! `count`: how many events, or how many distinct values of a field, within a window of
//! time, for each value of a key.
//!
//! Time is the moment at which an event came in. A group's alert fires at the event that
//! brings its count past a limit, and is resolved by a wake-up when the window has
//! emptied again.

mod render;
mod seen;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tellify_plugin::limits::{self, Bound, Limit};
use tellify_plugin::{
    Conditions, Emit, Error, Event, Fields, Finding, Gang, Handler, Outcome, Problem, Requirement, Rows,
    Severity, Span, Telling, Template, Timestamp, Trigger, Turn, bounded, handler, timers,
};

use crate::seen::{Seen, VALUES_MAX};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Count the distinct values of this field. None: count events.
    distinct: Option<String>,
    /// The field, or fields, whose values are counted apart. None: all together.
    key: Option<Fields>,
    /// The window: what came in longer ago does not count.
    within: Span,
    /// The limits; of those that hold, the worst gives the severity.
    #[schemars(length(min = 1, max = 16))]
    limits: Vec<Limit>,
    /// How far under a limit the count must fall, before the limit holds no longer.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    hysteresis: f64,
    /// What else must hold of an event to be counted: field by field, any one of these values.
    #[serde(default, rename = "where")]
    only: Conditions,
    /// A title with {field} placeholders; {key}, {count}, {limit}, {within} and {values} are our own.
    title: Option<Template>,
    /// Whether people are told.
    #[serde(default = "yes")]
    alert: bool,
    /// An event to emit when a count goes past a limit, or is back.
    emit: Option<Emit>,
}

/// What is remembered of a group.
#[derive(Default, Serialize, Deserialize)]
struct Group {
    seen: Seen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    past: Option<Past>,
}

/// That a group's count is past a limit.
#[derive(Serialize, Deserialize)]
struct Past {
    /// The limits that hold; by their numbers, since a configuration may be edited.
    bounds: Vec<Bound>,
    severity: Severity,
    /// A moment lies ahead at which it is looked at again.
    is_timed: bool,
}

/// A group takes ten kilobytes at most and mostly far less, of the mebibyte that there is.
const GROUPS: Rows<Group> = Rows::new("g:", 1000);

/// The key of the one group, where events are counted all together.
const ALL: &str = "all";

/// Longer windows would say little, and their events stay for long.
const WITHIN_MAX_MS: i64 = 31 * 86_400_000;

/// Some fewer than are kept, so that such a limit can be reached and left.
const DISTINCT_MAX: f64 = VALUES_MAX as f64 - 6.0;

struct Count;

impl Handler for Count {
    type Config = Config;
    const NAME: &'static str = "count";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "How many within a while";
    const DESCRIPTION: &'static str = "Fires when so many events, or distinct values of a field, have come \
        within a window of time, for each value of another field, and resolves when the window has emptied.";
    const GANG: Option<Gang<Config>> = Some(render::GANG);

    fn validate(_: &str, config: &Config) -> Vec<Problem> {
        let mut problems = limits::problems(&config.limits);
        problems.extend(config.limits.iter().enumerate().filter_map(|(i, limit)| {
            let what = misfit(config, limit.bound()?)?;
            Some(Problem::at(format!("/limits/{i}"), what))
        }));
        if !(config.hysteresis >= 0.0 && config.hysteresis.is_finite()) {
            problems.push(Problem::at("/hysteresis", "must be nought or more"));
        }
        if !(1000..=WITHIN_MAX_MS).contains(&config.within.as_ms()) {
            problems.push(Problem::at("/within", "a window lasts from one second to 31 days"));
        }
        if config.distinct.as_ref().is_some_and(String::is_empty) {
            problems.push(Problem::at("/distinct", "must name the field whose values are counted"));
        }
        problems.extend(config.telling().problems());
        problems
    }

    fn title(config: &Config) -> String {
        format!("{} {} within {}", render::counted(config), render::limits(config), config.within)
    }

    fn summary(config: &Config) -> String {
        let each = config.key.as_ref().map_or_else(String::new, |key| format!(" for each {key}"));
        let only = match config.only.is_empty() {
            true => String::new(),
            false => format!(" where {}", config.only),
        };
        let (counted, emits) = (render::counted(config), config.telling().words());
        let (limits, within) = (render::limits(config), config.within);
        format!("Fires{each} when the {counted}{only} are {limits} within {within}{emits}.")
    }

    fn required_fields(config: &Config) -> Vec<Requirement> {
        let key = config.key.iter().flat_map(Fields::requirements);
        let distinct = config.distinct.iter().map(Requirement::present);
        config.only.requirements().chain(key).chain(distinct).collect()
    }

    fn handle(config: &Config, now: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        match trigger {
            Trigger::Event(event) => count(config, now, event, out)?,
            Trigger::Wake(_) => {
                for key in timers::take_due(now)? {
                    look_again(config, now, key, out)?;
                }
            }
            Trigger::Cleared(key) => GROUPS.remove(key)?,
        }
        timers::arm(out)
    }
}

handler!(Count);

impl Config {
    fn telling(&self) -> Telling<'_> {
        Telling { alert: self.alert, emit: self.emit.as_ref() }
    }
}

/// Why a limit cannot be one of a count.
fn misfit(config: &Config, bound: Bound) -> Option<String> {
    if !bound.is_upper() {
        return Some(
            "a count has limits upwards, `above` or `at_least`; for too few, use `absence`".to_owned(),
        );
    }
    if bound.holds(0.0, 0.0) {
        return Some("this limit would hold without any event".to_owned());
    }
    if bound.holds(0.0, config.hysteresis) {
        return Some("with this hysteresis the limit would hold for ever".to_owned());
    }
    let too_many = config.distinct.is_some() && bound.number() > DISTINCT_MAX;
    too_many.then(|| format!("at most {DISTINCT_MAX} distinct values can be told apart"))
}

/// Counts an event in its group.
fn count(config: &Config, now: Timestamp, event: &Event, out: &mut Outcome) -> Result<(), Error> {
    let key = match &config.key {
        Some(fields) => fields.key(event),
        None => Some(ALL.to_owned()),
    };
    let Some(key) = key.filter(|_| config.only.hold(event)) else { return Ok(()) };
    let known = GROUPS.get(&key)?;
    let is_new = known.is_none();
    let (mut group, within) = (known.unwrap_or_default(), config.within.as_ms());
    group.seen.forget(now.0, within);
    match &config.distinct {
        None => group.seen.add_event(now.0, within),
        Some(field) => {
            let Some(value) = event.string(field) else { return Ok(()) };
            group.seen.add_value(bounded(value), now.0);
        }
    }
    let finding = judge(config, now, &key, &mut group, Some(event))?;
    // Only while a limit holds is there a moment at which the group must not be gone.
    let ttl_s = group.past.is_none().then(|| config.within.as_s());
    let is_kept = match is_new {
        true => GROUPS.insert(&key, &group, ttl_s)?,
        false => GROUPS.update(&key, &group, ttl_s)?,
    };
    if !is_kept {
        return GROUPS.turn_away(&render::full(config), out);
    }
    finding.into_iter().for_each(|finding| config.telling().tell(finding, out));
    Ok(())
}

/// A moment has come at which a group may have emptied.
fn look_again(config: &Config, now: Timestamp, key: String, out: &mut Outcome) -> Result<(), Error> {
    let Some(mut group) = GROUPS.get(&key)? else { return Ok(()) };
    let severity = group.past.as_mut().map(|past| {
        past.is_timed = false;
        past.severity
    });
    group.seen.forget(now.0, config.within.as_ms());
    let finding = judge(config, now, &key, &mut group, None)?;
    if group.seen.count() == 0 {
        GROUPS.remove(&key)?;
    } else {
        // It has not grown, so there is room for it.
        let ttl_s = group.past.is_none().then(|| config.within.as_s());
        GROUPS.update(&key, &group, ttl_s)?;
    }
    // That its window is emptier is news only when that eases or ends it.
    let news = finding.filter(|finding| finding.turn.is_over() || Some(finding.severity) != severity);
    news.into_iter().for_each(|finding| config.telling().tell(finding, out));
    Ok(())
}

/// What has become of a group, whose next moment is set.
fn judge<'e>(
    config: &'e Config,
    now: Timestamp,
    key: &str,
    group: &mut Group,
    event: Option<&'e Event>,
) -> Result<Option<Finding<'e>>, Error> {
    let before = group.past.take();
    let held = before.as_ref().map_or(&[][..], |past| &past.bounds);
    let holding = limits::holding(&config.limits, config.hysteresis, held, group.seen.count() as f64);
    let worst = limits::worst(&holding);
    let severity = |past: &Past| past.severity;
    let Some(turn) = Turn::between(before.as_ref().map(severity), worst.map(|worst| worst.severity)) else {
        return Ok(None);
    };
    let bounds: Vec<Bound> = holding.iter().filter_map(|limit| limit.bound()).collect();
    let left = before.as_ref().and_then(|past| past.bounds.last().copied());
    let bound = worst.and_then(Limit::bound).or(left);
    let severity =
        worst.map(|worst| worst.severity).or(before.as_ref().map(severity)).unwrap_or(Severity::Notice);
    if worst.is_some() {
        let was_timed = before.is_some_and(|past| past.is_timed);
        let is_timed = was_timed || set_timer(config, now, key, &group.seen, &bounds)?;
        group.past = Some(Past { bounds, severity, is_timed });
    }
    Ok(Some(render::finding(config, key, turn, severity, bound, &group.seen, event)))
}

/// Asks to look again when enough will have left the window for other limits to hold.
/// What is seen until then only makes that moment too early.
fn set_timer(
    config: &Config,
    now: Timestamp,
    key: &str,
    seen: &Seen,
    bounds: &[Bound],
) -> Result<bool, Error> {
    let holds_still = |count: u64| {
        limits::holding(&config.limits, config.hysteresis, bounds, count as f64).len() == bounds.len()
    };
    let leaving = seen.falling().find(|(_, left)| !holds_still(*left)).map_or(now.0, |(at, _)| at);
    timers::set_if_room(key, Timestamp(leaving).plus_ms(config.within.as_ms()))
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests;
