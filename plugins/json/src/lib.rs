//! `json`: any JSON, made into events by a mapping that the door's owner writes.
//!
//! A mapping says for each part of an event where in the payload it stands. One that
//! does not fit a payload tells its sender which path was looked for, and what was
//! there instead; nothing is stored then.

mod config;
mod mapping;
mod path;

use tellify_plugin::{Accepted, Ingest, Problem, Rejection, Request, Timestamp, ingest};

use crate::config::Config;
use crate::mapping::Mapping;

struct Json;

impl Ingest for Json {
    type Config = Config;
    const NAME: &'static str = "json";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "JSON by a mapping";
    const DESCRIPTION: &'static str = "Takes any JSON, and makes events of it by a mapping: for each part of an \
        event a text with {paths} into the payload.";

    fn validate(_: &str, config: &Config) -> Vec<Problem> {
        Mapping::of(config).err().unwrap_or_default()
    }

    fn summary(config: &Config) -> String {
        let each = config.each.as_ref().map_or("each request".to_owned(), |path| format!("each of `{path}`"));
        format!("An event of the type {} for {each}.", config.kind.shown())
    }

    fn accept(config: &Config, _: Timestamp, request: &Request) -> Result<Accepted, Rejection> {
        // It was checked when it was saved; in the daemon's own file it may still be wrong,
        // and a rejection would blame the sender, who cannot mend it.
        let mapping = Mapping::of(config).unwrap_or_else(|problems| {
            let all: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.pointer, p.message)).collect();
            panic!("this door's configuration does not read: {}", all.join("; "))
        });
        let payload = request.json().map_err(|rejection| match rejection {
            Rejection::Malformed(why) => Rejection::Malformed(format!("the payload is no JSON: {why}")),
            other => other,
        })?;
        let events = mapping.events(request, &payload)?;
        if events.is_empty() {
            return Err(Rejection::Ignored("the mapping drops all of this".to_owned()));
        }
        Ok(Accepted::events(events))
    }
}

ingest!(Json);
