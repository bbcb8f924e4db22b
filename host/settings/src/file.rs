//! The file: read with the place of every mistake.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::keys::{self, DOOR, SECTIONS};
use crate::{Settings, SettingsError};

/// Checks a file's text by itself, so that a mistake has a line, and returns its table.
///
/// # Errors
/// When it is no TOML, has a key that nobody knows, or a value of a wrong kind.
pub(crate) fn read(path: &Path, text: &str) -> Result<toml::Table, SettingsError> {
    let at = |span: Range<usize>, message: String| SettingsError::Line {
        path: path.to_owned(),
        line: 1 + text[..span.start.min(text.len())].matches('\n').count(),
        message,
    };
    let failed = |error: toml::de::Error| at(error.span().unwrap_or(0..0), error.message().to_owned());
    let table = DeTable::parse(text).map_err(failed)?;
    if let Some((span, message)) = unknown_key(table.get_ref()) {
        return Err(at(span, message));
    }
    toml::from_str::<Settings>(text).map_err(failed)?;
    toml::from_str(text).map_err(failed)
}

/// The first key that no section has, where it stands, and what it might be.
fn unknown_key(file: &DeTable<'_>) -> Option<(Range<usize>, String)> {
    let mut tables: Vec<(String, &'static [&'static str], &DeTable<'_>)> = Vec::new();
    for (key, value) in in_order(file) {
        let name = key.get_ref().as_ref();
        let section = SECTIONS.iter().find(|section| section.name == name);
        match (section, value.get_ref()) {
            (Some(section), DeValue::Table(table)) => tables.push((name.to_owned(), (section.keys)(), table)),
            (None, DeValue::Table(doors)) if name == DOOR => {
                for (door, value) in in_order(doors) {
                    if let DeValue::Table(table) = value.get_ref() {
                        tables.push((format!("{DOOR}.{}", door.get_ref()), keys::door_keys(), table));
                    }
                }
            }
            // A section that is no table is a value of a wrong kind, and is told as such.
            (Some(_), _) => {}
            (None, _) if name == DOOR => {}
            (None, _) => return Some((key.span(), message(name, &everything()))),
        }
    }
    tables.into_iter().find_map(|(section, known, table)| {
        let key = in_order(table).map(|(key, _)| key).find(|key| !known.contains(&key.get_ref().as_ref()))?;
        let known: Vec<_> = known.iter().map(|known| format!("{section}.{known}")).collect();
        Some((key.span(), message(&format!("{section}.{}", key.get_ref()), &known)))
    })
}

/// Names of sections and of all their keys.
fn everything() -> Vec<String> {
    let sections = SECTIONS.iter().map(|section| section.name.to_owned()).chain([DOOR.to_owned()]);
    let keys = SECTIONS
        .iter()
        .flat_map(|section| (section.keys)().iter().map(move |key| format!("{}.{key}", section.name)));
    sections.chain(keys).collect()
}

fn message(key: &str, known: &[String]) -> String {
    match keys::nearest(key, known) {
        Some(nearest) => format!("unknown key `{key}`; the nearest known key is `{nearest}`"),
        None => format!("unknown key `{key}`"),
    }
}

type Entry<'t, 'i> = (&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>);

/// The entries as they stand in the file, so that the first mistake is told first.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> impl Iterator<Item = Entry<'t, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter()
}
