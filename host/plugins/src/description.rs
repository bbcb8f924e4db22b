//! What a plugin says of itself, checked.

use event::Name;
use serde_json::Value;

use crate::bindings::{descriptor as wit, types};
use crate::output::{Check, bad, json, limit};
use crate::schema::Schema;
use crate::{CallError, Limits, text};

#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    pub name: Name,
    pub version: String,
    pub title: String,
    pub description: String,
    /// JSON Schema 2020-12 of a configuration.
    pub config_schema: Value,
    /// Form hints, keyed by JSON pointer.
    pub ui_hints: Value,
}

/// One thing wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// RFC 6901 JSON pointer; empty for the whole.
    pub pointer: String,
    pub message: String,
}

/// A description with what is computed from it.
pub(crate) struct Described {
    pub(crate) description: Description,
    pub(crate) schema: Schema,
}

/// A person mends a few at a time.
pub(crate) const PROBLEMS_MAX: usize = 100;
const VERSION_MAX: usize = 64;

impl Described {
    pub(crate) fn check(said: wit::Description, limits: &Limits) -> Result<Described, CallError> {
        let texts =
            [&said.name, &said.version, &said.title, &said.description, &said.config_schema, &said.ui_hints];
        let bytes: usize = texts.iter().map(|t| t.len()).sum();
        if bytes > limits.description_bytes {
            return Err(limit(format!("{} bytes of description", limits.description_bytes)).into());
        }
        let name = Name::new(&said.name).map_err(|e| bad(e.to_string()))?;
        if said.version.is_empty() {
            return Err(bad("its version is empty".into()).into());
        }
        let config_schema = json(&said.config_schema, limits).map_err(|misfit| misfit.of("its schema"))?;
        let schema = Schema::compile(&config_schema).map_err(|why| bad(format!("its schema {why}")))?;
        let ui_hints = json(&said.ui_hints, limits).map_err(|misfit| misfit.of("its form hints"))?;
        if !ui_hints.is_object() {
            return Err(bad("its form hints are no object".into()).into());
        }
        let description = Description {
            name,
            version: text::line(&said.version, VERSION_MAX),
            title: text::line(&said.title, text::LINE_MAX),
            description: text::lines(&said.description),
            config_schema,
            ui_hints,
        };
        Ok(Described { description, schema })
    }
}

/// What the guest itself found wrong.
pub(crate) fn problems(found: Vec<types::Problem>, limits: &Limits) -> Result<Vec<Problem>, CallError> {
    let mut check = Check::new(limits, event::Timestamp::default());
    for problem in &found {
        check.spend(&[&problem.pointer, &problem.message])?;
    }
    let clean = |p: types::Problem| Problem {
        pointer: text::line(&p.pointer, text::LINE_MAX),
        message: text::line(&p.message, text::LINE_MAX),
    };
    Ok(found.into_iter().take(PROBLEMS_MAX).map(clean).collect())
}
