//! A handler that does what each event tells it to, good or bad, in the field `do`.
//!
//! What it raises is numbered over its subscription's life, so that a title tells what
//! was handled before it, and that nothing was handled twice.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::{
    Error, Event, Handler, NewEvent, Outcome, Severity, Timestamp, Trigger, handler, json, state,
};

#[derive(Deserialize, JsonSchema)]
struct Config {
    /// It does no more harm: what it is told to fail at, it notes.
    #[serde(default)]
    mended: bool,
}

struct Wayward;

impl Handler for Wayward {
    type Config = Config;
    const NAME: &'static str = "wayward";
    const VERSION: &'static str = "1.0.0";
    const TITLE: &'static str = "Wayward";
    const DESCRIPTION: &'static str = "Does what each event tells it to.";

    fn handle(config: &Config, now: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        match trigger {
            Trigger::Event(event) => obey(config, event, now, out),
            Trigger::Wake(_) if !config.mended && state::get::<bool>("fail")?.is_some() => Err(misdeed("fail", 0)),
            Trigger::Wake(_) if state::get::<bool>("echo")?.is_some() => {
                state::delete("echo")?;
                out.emit(NewEvent::new("wayward.echo").data(json!({"do": "emit-later"})));
                Ok(())
            }
            Trigger::Wake(_) => note("woke", &format!("woke at {}", now.0), out),
            Trigger::Cleared(_) => Ok(()),
        }
    }
}

handler!(Wayward);

fn obey(config: &Config, event: &Event, now: Timestamp, out: &mut Outcome) -> Result<(), Error> {
    let key = event.string("key").unwrap_or_default();
    let ms = event.number("ms").unwrap_or_default();
    match event.string("do").unwrap_or_default().as_str() {
        "note" => note(&key, &key, out)?,
        "alert" => {
            let number = state::increment("raised", 1.0)?;
            out.firing(&key, Severity::Warning, format!("{number}: {key}"));
        }
        "wake" => out.wake_at(now.plus_ms(ms as i64)),
        "emit" => out.emit(NewEvent::new("wayward.echo").data(json!({"do": "emit", "key": key}))),
        "emit-later" => {
            state::set("echo", &true)?;
            out.wake_at(now.plus_s(1));
        }
        "fail-later" => {
            state::set("fail", &true)?;
            out.wake_at(now.plus_s(1));
        }
        // What it was to do in time after the event came in is long past by now.
        "fail-wake" if config.mended => out.wake_at(event.received.plus_ms(ms as i64)),
        "keep" => state::set_for(&key, &"x".repeat(30 << 10), 1)?,
        _ if config.mended => note(&key, &key, out)?,
        deed => return Err(misdeed(deed, ms as u32)),
    }
    Ok(())
}

fn note(key: &str, what: &str, out: &mut Outcome) -> Result<(), Error> {
    let number = state::increment("raised", 1.0)?;
    out.note(key, Severity::Notice, format!("{number}: {what}"));
    Ok(())
}

/// Comes after a write that must not survive it.
fn misdeed(deed: &str, ms: u32) -> Error {
    if let Err(error) = state::increment("raised", 100.0) {
        return error;
    }
    match deed {
        "trap" => panic!("as it was told"),
        "fail" => Error::failed("as it was told"),
        "retry" => Error::Retry { after_ms: Some(ms), reason: "as it was told".into() },
        // What it does is nothing, so that it is not left out.
        "spin" => loop {
            std::hint::black_box(ms);
        },
        "bad-config" => Error::BadConfig("as it was told".into()),
        other => Error::failed(format!("cannot do `{other}`")),
    }
}
