//! Variables that override the file: `TELLIFY_` + section + `_` + key, in capitals.

use std::collections::BTreeMap;
use std::fmt;

use toml::{Table, Value};

use crate::SettingsError;
use crate::keys::{self, SECTIONS, Section};

const PREFIX: &str = "TELLIFY_";

/// These belong to the command line.
const CLIENT: &[&str] = &["TELLIFY_URL", "TELLIFY_DATA", "TELLIFY_TOKEN", "TELLIFY_BIN"];

/// Something odd that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    UnknownVariable { name: String, nearest: String },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::UnknownVariable { name, nearest } => {
                write!(f, "the variable {name} overrides no key; the nearest one that does is {nearest}")
            }
        }
    }
}

/// Puts what variables say over what the file says; in the order of their names, so
/// that of several mistakes the same one is always told.
///
/// # Errors
/// When a value does not fit its key.
pub(crate) fn overlay(
    file: &mut Table,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<Warning>, SettingsError> {
    let mut warnings = Vec::new();
    for (name, text) in variables {
        if !name.starts_with(PREFIX) || CLIENT.contains(&name.as_str()) {
            continue;
        }
        let Some((section, key)) = all().find(|(section, key)| variable(section, key) == *name) else {
            let known: Vec<_> = all().map(|(section, key)| variable(section, key)).collect();
            let nearest = keys::nearest(name, &known).unwrap_or_default().to_owned();
            warnings.push(Warning::UnknownVariable { name: name.clone(), nearest });
            continue;
        };
        let value = fitting(section, key, text)
            .map_err(|message| SettingsError::Variable { variable: name.clone(), message })?;
        let table = file.entry(section.name).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(table) = table {
            table.insert(key.to_owned(), value);
        }
    }
    Ok(warnings)
}

fn all() -> impl Iterator<Item = (&'static Section, &'static str)> {
    SECTIONS.iter().flat_map(|section| (section.keys)().iter().map(move |key| (section, *key)))
}

fn variable(section: &Section, key: &str) -> String {
    format!("{PREFIX}{}_{key}", section.name).to_uppercase()
}

/// A variable is a text; where the key wants something else, the text is read as TOML.
fn fitting(section: &Section, key: &str, text: &str) -> Result<Value, String> {
    let value = Value::String(text.to_owned());
    let Err(problem) = (section.accepts)(key, value.clone()) else { return Ok(value) };
    let read: Table = toml::from_str(&format!("value = {text}")).map_err(|_| problem.clone())?;
    let value = read.get("value").cloned().ok_or(problem)?;
    (section.accepts)(key, value.clone())?;
    Ok(value)
}
