//! The file: read with the place of every mistake, and all mistakes at once.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use event::Name;
use toml::de::{DeString, DeTable, DeValue};
use toml::{Spanned, Table, Value};

use crate::error::Warning;
use crate::keys::{self, DOOR, SECTIONS, Section};
use crate::origin::Origins;
use crate::{SettingsError, renamed};

/// What a file says, key by key; what is wrong with it is left out.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) table: Table,
    pub(crate) origins: Origins,
    pub(crate) errors: Vec<SettingsError>,
    /// Sections that something was left out of.
    pub(crate) spoilt: BTreeSet<String>,
    pub(crate) warnings: Vec<Warning>,
}

/// Reads a file's text, with each key under the name that it has today.
pub(crate) fn read(path: &Path, text: &str) -> File {
    let (parsed, unreadable) = DeTable::parse_recoverable(text);
    let mut reader = Reader { path, text, file: File::default() };
    for error in &unreadable {
        reader.wrong(error.span().unwrap_or(0..0), error.message().to_owned());
    }
    // What the parser made up to go on after a mistake would only lead to further ones.
    if unreadable.is_empty() {
        match text.parse::<Table>() {
            Ok(values) => reader.file(parsed.get_ref(), &values),
            Err(error) => reader.wrong(error.span().unwrap_or(0..0), error.message().to_owned()),
        }
    }
    reader.file.errors.sort_by_key(line);
    reader.file
}

struct Reader<'t> {
    path: &'t Path,
    text: &'t str,
    file: File,
}

impl Reader<'_> {
    fn file(&mut self, file: &DeTable<'_>, values: &Table) {
        for (key, value) in in_order(file) {
            let name = key.get_ref().as_ref();
            let errors = self.file.errors.len();
            let section = SECTIONS.iter().find(|section| section.name == name);
            match (section, value.get_ref(), &values[name]) {
                (Some(section), DeValue::Table(keys), Value::Table(values)) => {
                    self.section(section, keys, values);
                }
                (None, DeValue::Table(doors), Value::Table(values)) if name == DOOR => {
                    self.doors(doors, values);
                }
                (Some(_), _, _) => {
                    self.wrong(value.span(), format!("`{name}` is a section, and no value: write [{name}]"));
                }
                (None, _, _) if name == DOOR => {
                    self.wrong(value.span(), "`door` holds doors: write [door.NAME]".to_owned());
                }
                (None, _, _) => self.wrong(key.span(), unknown(name, &everything())),
            }
            if self.file.errors.len() > errors {
                self.file.spoilt.insert(name.to_owned());
            }
        }
    }

    fn section(&mut self, section: &Section, keys: &DeTable<'_>, values: &Table) {
        let known = (section.keys)();
        let mut kept = Table::new();
        for (key, value) in in_order(keys) {
            let name = key.get_ref().as_ref();
            let Some(name_today) = self.name_today(section.name, name, key.span(), keys) else { continue };
            if !known.contains(&name_today) {
                let known: Vec<_> = known.iter().map(|known| format!("{}.{known}", section.name)).collect();
                self.wrong(key.span(), unknown(&format!("{}.{name}", section.name), &known));
                continue;
            }
            match (section.accepts)(name_today, values[name].clone()) {
                Ok(()) => {
                    let full = format!("{}.{name_today}", section.name);
                    self.file.origins.file(full, self.path, self.line(key.span()));
                    kept.insert(name_today.to_owned(), values[name].clone());
                }
                Err(message) => self.wrong(value.span(), message),
            }
        }
        self.file.table.insert(section.name.to_owned(), Value::Table(kept));
    }

    /// What a key is called today; none when it stands beside itself under its new name.
    fn name_today<'k>(
        &mut self,
        section: &str,
        name: &'k str,
        span: Range<usize>,
        beside: &DeTable<'_>,
    ) -> Option<&'k str> {
        let old = format!("{section}.{name}");
        let Some(new) = renamed::today(&old) else { return Some(name) };
        let name_today = new.rsplit('.').next().unwrap_or(new);
        if beside.iter().any(|(key, _)| key.get_ref().as_ref() == name_today) {
            self.wrong(span, renamed::twice(&old, new));
            return None;
        }
        let place = format!("{}:{}: ", self.path.display(), self.line(span));
        self.file.warnings.push(Warning::Renamed { place, old, new: new.to_owned() });
        Some(name_today)
    }

    fn doors(&mut self, doors: &DeTable<'_>, values: &Table) {
        let mut kept = Table::new();
        for (key, value) in in_order(doors) {
            let name = key.get_ref().as_ref();
            let (DeValue::Table(keys), Value::Table(values)) = (value.get_ref(), &values[name]) else {
                self.wrong(value.span(), format!("a door is a table: write [{DOOR}.{name}]"));
                continue;
            };
            if let Err(error) = Name::new(name) {
                self.wrong(key.span(), error.to_string());
                continue;
            }
            let errors = self.file.errors.len();
            self.door(name, keys, values);
            if !values.contains_key("plugin") {
                self.wrong(key.span(), "missing field `plugin`".to_owned());
            }
            if self.file.errors.len() == errors {
                kept.insert(name.to_owned(), Value::Table(values.clone()));
            }
        }
        self.file.table.insert(DOOR.to_owned(), Value::Table(kept));
    }

    fn door(&mut self, door: &str, keys: &DeTable<'_>, values: &Table) {
        let known = keys::door_keys();
        for (key, value) in in_order(keys) {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let known: Vec<_> = known.iter().map(|known| format!("{DOOR}.{door}.{known}")).collect();
                self.wrong(key.span(), unknown(&format!("{DOOR}.{door}.{name}"), &known));
            } else if let Err(message) = keys::door_accepts(name, values[name].clone()) {
                self.wrong(value.span(), message);
            } else {
                let full = format!("{DOOR}.{door}.{name}");
                self.file.origins.file(full, self.path, self.line(key.span()));
            }
        }
    }

    fn wrong(&mut self, span: Range<usize>, message: String) {
        let line = self.line(span);
        self.file.errors.push(SettingsError::Line { path: self.path.to_owned(), line, message });
    }

    fn line(&self, span: Range<usize>) -> usize {
        1 + self.text[..span.start.min(self.text.len())].matches('\n').count()
    }
}

fn line(error: &SettingsError) -> usize {
    match error {
        SettingsError::Line { line, .. } => *line,
        _ => 0,
    }
}

/// Names of sections and of all their keys.
fn everything() -> Vec<String> {
    let sections = SECTIONS.iter().map(|section| section.name.to_owned()).chain([DOOR.to_owned()]);
    let keys = SECTIONS
        .iter()
        .flat_map(|section| (section.keys)().iter().map(move |key| format!("{}.{key}", section.name)));
    sections.chain(keys).collect()
}

fn unknown(key: &str, known: &[String]) -> String {
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
