//! What is known of each thing that is watched, and what becomes of it.

use serde::{Deserialize, Serialize};
use tellify_plugin::{Error, Event, Finding, Outcome, Rows, Span, Timestamp, state, timers};

use crate::Config;
use crate::render::{self, End};

/// What is known of a thing.
#[derive(Serialize, Deserialize)]
pub(crate) struct Watched {
    /// When it was seen last, or when it began to be expected; in milliseconds.
    last: i64,
    #[serde(default, skip_serializing_if = "is_false")]
    never_seen: bool,
    /// Its alert fires.
    #[serde(default, skip_serializing_if = "is_false")]
    silent: bool,
}

/// What the rows were made for: when somebody edits that, they have to follow.
#[derive(PartialEq, Serialize, Deserialize)]
struct Settings {
    after: Span,
    expect: Vec<String>,
}

/// So many can all be looked at again in one call.
const WATCHED: Rows<Watched> = Rows::new("w:", 3000);
const SETTINGS: &str = "settings";

/// Follows an edited configuration: begins to expect what is new in it.
pub(crate) fn settle(config: &Config, now: Timestamp, out: &mut Outcome) -> Result<(), Error> {
    let settings = Settings { after: config.after, expect: config.expect.clone() };
    let before: Option<Settings> = state::get(SETTINGS)?;
    if before.as_ref() == Some(&settings) {
        return Ok(());
    }
    for name in &config.expect {
        if WATCHED.get(name)?.is_none() {
            expect(config, now, name, out)?;
        }
    }
    if let Some(before) = before {
        for name in before.expect.iter().filter(|name| !config.expects(name)) {
            expect_no_more(config, now, name, out)?;
        }
        if before.after != config.after {
            for key in WATCHED.keys()? {
                set_timer(config, now, &key)?;
            }
        }
    }
    state::set(SETTINGS, &settings)
}

/// A sign of life.
pub(crate) fn seen(
    config: &Config,
    now: Timestamp,
    key: String,
    event: &Event,
    out: &mut Outcome,
) -> Result<(), Error> {
    let alive = Watched { last: now.0, never_seen: false, silent: false };
    let Some(before) = WATCHED.get(&key)? else {
        return watch(config, &key, &alive, out);
    };
    if !WATCHED.update(&key, &alive, None)? {
        return WATCHED.turn_away(&render::full(config), out);
    }
    if before.silent {
        // The moment that was set is the one of giving it up.
        timers::set(&key, now.plus_ms(config.after.as_ms()))?;
        let found = about(config, now, key, Some(End::Seen), &before);
        config.telling().tell(Finding { event: Some(event), ..found }, out);
    }
    Ok(())
}

/// The moment has come to look whether a thing was seen.
pub(crate) fn look(config: &Config, now: Timestamp, key: String, out: &mut Outcome) -> Result<(), Error> {
    let Some(mut watched) = WATCHED.get(&key)? else { return Ok(()) };
    if due(config, &watched, &key).is_none_or(|due| due > now) {
        return set_timer(config, now, &key);
    }
    if watched.silent {
        WATCHED.remove(&key)?;
        config.telling().tell(about(config, now, key, Some(End::Forgotten), &watched), out);
        return Ok(());
    }
    watched.silent = true;
    WATCHED.update(&key, &watched, None)?;
    set_timer(config, now, &key)?;
    config.telling().tell(about(config, now, key, None, &watched).entitled(config.title.as_ref()), out);
    Ok(())
}

/// Its owner wants no more of an alert: what is not expected is forgotten, and what is
/// has to be seen anew.
pub(crate) fn cleared(config: &Config, now: Timestamp, key: &str) -> Result<(), Error> {
    if !config.expects(key) {
        return WATCHED.remove(key);
    }
    if let Some(watched) = WATCHED.get(key)? {
        WATCHED.update(key, &Watched { last: now.0, silent: false, ..watched }, None)?;
        set_timer(config, now, key)?;
    }
    Ok(())
}

fn expect(config: &Config, now: Timestamp, name: &str, out: &mut Outcome) -> Result<(), Error> {
    watch(config, name, &Watched { last: now.0, never_seen: true, silent: false }, out)
}

fn expect_no_more(config: &Config, now: Timestamp, name: &str, out: &mut Outcome) -> Result<(), Error> {
    let Some(watched) = WATCHED.get(name)? else { return Ok(()) };
    if !watched.never_seen {
        // It goes on like everything else that was seen, and is given up one day.
        return set_timer(config, now, name);
    }
    WATCHED.remove(name)?;
    if watched.silent {
        let found = about(config, now, name.to_owned(), Some(End::Unexpected), &watched);
        config.telling().tell(found, out);
    }
    Ok(())
}

/// Begins to watch a thing.
fn watch(config: &Config, key: &str, watched: &Watched, out: &mut Outcome) -> Result<(), Error> {
    let at = Timestamp(watched.last).plus_ms(config.after.as_ms());
    if !WATCHED.insert(key, watched, None)? {
        return WATCHED.turn_away(&render::full(config), out);
    }
    if !timers::set_if_room(key, at)? {
        // Without a moment to look at it, it would be watched for nothing.
        WATCHED.remove(key)?;
        return WATCHED.turn_away(&render::full(config), out);
    }
    Ok(())
}

/// When there will be something to do about a thing, if nothing is seen of it.
fn due(config: &Config, watched: &Watched, key: &str) -> Option<Timestamp> {
    let last = Timestamp(watched.last);
    match watched.silent {
        false => Some(last.plus_ms(config.after.as_ms())),
        true if config.expects(key) => None,
        true => Some(last.plus_ms(config.forget.as_ms())),
    }
}

fn set_timer(config: &Config, now: Timestamp, key: &str) -> Result<(), Error> {
    match WATCHED.get(key)?.and_then(|watched| due(config, &watched, key)) {
        Some(due) => timers::set(key, due.max(now)),
        None => Ok(()),
    }
}

/// What is told of a silence, or of its end.
fn about<'e>(
    config: &'e Config,
    now: Timestamp,
    key: String,
    end: Option<End>,
    watched: &Watched,
) -> Finding<'e> {
    let silent = Span::from_ms(now.since(Timestamp(watched.last)));
    let last = (!watched.never_seen).then_some(Timestamp(watched.last));
    render::finding(config, key, end, silent, last)
}

fn is_false(value: &bool) -> bool {
    !value
}
