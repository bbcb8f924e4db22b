//! Variables that override the file: `TELLIFY_` + section + `_` + key, in capitals.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::error::Warning;
use crate::file::File;
use crate::keys::{self, SECTIONS, Section};
use crate::{SettingsError, renamed};

const PREFIX: &str = "TELLIFY_";

/// These belong to the command line.
const CLIENT: &[&str] = &["TELLIFY_URL", "TELLIFY_DATA", "TELLIFY_TOKEN", "TELLIFY_BIN"];

/// Puts what variables say over what the file says; in the order of their names, so
/// that mistakes are always told in the same one.
pub(crate) fn overlay(file: &mut File, variables: &BTreeMap<String, String>) {
    for (name, text) in variables {
        if !name.starts_with(PREFIX) || CLIENT.contains(&name.as_str()) {
            continue;
        }
        let Some(name_today) = name_today(file, name, variables) else { continue };
        let Some((section, key)) = all().find(|(section, key)| variable(section.name, key) == name_today)
        else {
            let known: Vec<_> = all().map(|(section, key)| variable(section.name, key)).collect();
            let nearest = keys::nearest(name, &known).unwrap_or_default().to_owned();
            file.warnings.push(Warning::UnknownVariable { name: name.clone(), nearest });
            continue;
        };
        match fitting(section, key, text) {
            Ok(value) => {
                let table = file.table.entry(section.name).or_insert_with(|| Value::Table(Table::new()));
                if let Value::Table(table) = table {
                    table.insert(key.to_owned(), value);
                }
                file.origins.variable(format!("{}.{key}", section.name), name);
            }
            Err(message) => {
                file.errors.push(SettingsError::Variable { variable: name.clone(), message });
                file.spoilt.insert(section.name.to_owned());
            }
        }
    }
}

/// What a variable is called today; none when it is also given under its new name.
fn name_today(file: &mut File, name: &str, variables: &BTreeMap<String, String>) -> Option<String> {
    let of_key = |key: &str| key.split_once('.').map(|(section, key)| variable(section, key));
    let found = renamed::before().find(|(old, _)| of_key(old).as_deref() == Some(name));
    let Some(new) = found.and_then(|(_, new)| of_key(new)) else { return Some(name.to_owned()) };
    if variables.contains_key(&new) {
        let message = renamed::twice(name, &new);
        file.errors.push(SettingsError::Variable { variable: name.to_owned(), message });
        return None;
    }
    file.warnings.push(Warning::Renamed { place: String::new(), old: name.to_owned(), new: new.clone() });
    Some(new)
}

fn all() -> impl Iterator<Item = (&'static Section, &'static str)> {
    SECTIONS.iter().flat_map(|section| (section.keys)().iter().map(move |key| (section, *key)))
}

fn variable(section: &str, key: &str) -> String {
    format!("{PREFIX}{section}_{key}").to_uppercase()
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
