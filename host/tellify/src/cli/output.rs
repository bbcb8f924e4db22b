//! Printing: tables for people, JSON for programs.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use super::failure::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// One thing as an object, a list as an array
    Json,
    /// An object on each line
    Ndjson,
}

pub(super) struct Output {
    format: Format,
}

/// A column: its heading, and the path of its field.
pub(super) type Column = (&'static str, &'static str);

impl Output {
    pub(super) fn new(format: Format) -> Output {
        Output { format }
    }

    pub(super) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Prints a list; `what` names its things when there are none.
    pub(super) fn list(&self, items: &[Value], columns: &[Column], what: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => writeln!(out, "{:#}", Value::from(items.to_vec()))?,
            Format::Ndjson => {
                for item in items {
                    writeln!(out, "{item}")?;
                }
            }
            Format::Table if items.is_empty() => eprintln!("no {what}"),
            Format::Table => writeln!(out, "{}", table(items, columns))?,
        }
        Ok(())
    }

    /// Prints one thing: as a table, a field on each line.
    pub(super) fn one(&self, item: &Value, fields: &[Column]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => writeln!(out, "{item:#}")?,
            Format::Ndjson => writeln!(out, "{item}")?,
            Format::Table => {
                let width = fields.iter().map(|(heading, _)| heading.len()).max().unwrap_or(0);
                for (heading, field) in fields {
                    let text = cell(at(item, field));
                    if !text.is_empty() {
                        writeln!(out, "{heading:width$}  {text}")?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Prints a thing of a stream as soon as it comes, in a line of its own.
    pub(super) fn line(&self, item: &Value, columns: &[Column]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json | Format::Ndjson => writeln!(out, "{item}")?,
            Format::Table => {
                let cells: Vec<String> = columns.iter().map(|(_, field)| cell(at(item, field))).collect();
                writeln!(out, "{}", cells.join("  "))?;
            }
        }
        out.flush()?;
        Ok(())
    }

    /// Says that something was done, to people only.
    pub(super) fn done(&self, text: &str) {
        if self.is_table() {
            eprintln!("{text}");
        }
    }
}

fn table(items: &[Value], columns: &[Column]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if !io::stdout().is_terminal() {
        // Nobody wants a pipe to be cut to somebody's window.
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(columns.iter().map(|(heading, _)| heading.to_uppercase()));
    for item in items {
        table.add_row(columns.iter().map(|(_, field)| cell(at(item, field))));
    }
    table
}

/// The value at a dotted path.
fn at<'v>(item: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(item, |value, step| &value[step])
}

/// A value for people: one line, without what a terminal would obey.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
