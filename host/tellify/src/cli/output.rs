//! Printing: tables for people, JSON for programs.

use std::cell::RefCell;
use std::io::{self, Write};

use clap::ValueEnum;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::cell;
use super::failure::Failure;
use super::look::{Colour, Look};
use super::table::{self, Cell};

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
    colour: Colour,
    /// While something is watched, what would be printed is drawn instead.
    drawn: RefCell<Option<String>>,
}

/// A column: its heading, and the path of its field. The further to the right, the
/// sooner it gives way where a terminal has too little room.
pub(super) type Column = (&'static str, &'static str);

/// Columns that are whole or useless: what one types into the next command, and words
/// that are short anyway.
const WHOLE: &[&str] = &[
    "seq", "id", "name", "state", "severity", "status", "count", "time", "since", "sealed", "at", "due",
    "kind", "version", "owner", "revision",
];

/// Columns that are written for people, whatever stands beside them.
const READ: &[&str] = &["text", "title"];

impl Output {
    pub(super) fn new(format: Format, colour: Colour) -> Output {
        Output { format, colour, drawn: RefCell::new(None) }
    }

    pub(super) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Each thing is printed in a line of its own, as soon as it is known.
    pub(super) fn is_lines(&self) -> bool {
        self.format == Format::Ndjson
    }

    /// Prints a list. `nothing` is for people when there is none: what is missing, and
    /// what to do about it, such as "events yet: send one with `tellify event send`".
    pub(super) fn list(&self, items: &[Value], columns: &[Column], nothing: &str) -> Result<(), Failure> {
        match self.format {
            Format::Json => self.print(&format!("{:#}\n", Value::from(items.to_vec()))),
            Format::Ndjson => self.print(&items.iter().map(|item| format!("{item}\n")).collect::<String>()),
            Format::Table if items.is_empty() => {
                self.say(&format!("no {nothing}"));
                Ok(())
            }
            Format::Table => self.print(&self.table(items, columns)),
        }
    }

    /// Prints one thing: as a table, a field on each line.
    pub(super) fn one(&self, item: &Value, fields: &[Column]) -> Result<(), Failure> {
        match self.format {
            Format::Json => self.print(&format!("{item:#}\n")),
            Format::Ndjson => self.print(&format!("{item}\n")),
            Format::Table => self.print(&self.fields(item, fields)),
        }
    }

    /// Prints a thing of a stream as soon as it comes, in a line of its own.
    pub(super) fn line(&self, item: &Value, columns: &[Column]) -> Result<(), Failure> {
        if !self.is_table() {
            return self.print(&format!("{item}\n"));
        }
        let look = self.look();
        let cells = columns.iter().map(|(_, field)| {
            let value = at(item, field);
            let text = cell::clock(value, &look).unwrap_or_else(|| cell::line(value, &look));
            look.paint(cell::style(field, value), &text)
        });
        // On a screen, what an event does not have takes no place.
        let cells: Vec<String> = cells.filter(|text| look.window.is_none() || !text.is_empty()).collect();
        self.print(&format!("{}\n", cells.join("  ")))
    }

    /// Prints text as it is.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        if let Some(drawn) = self.drawn.borrow_mut().as_mut() {
            drawn.push_str(text);
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Says that something was done, to people only.
    pub(super) fn done(&self, text: &str) {
        if self.is_table() {
            self.say(text);
        }
    }

    /// Collects what is printed from now on, instead of printing it.
    pub(super) fn draw(&self) {
        *self.drawn.borrow_mut() = Some(String::new());
    }

    /// What was collected.
    pub(super) fn drawn(&self) -> String {
        self.drawn.borrow_mut().take().unwrap_or_default()
    }

    pub(super) fn look(&self) -> Look {
        Look::of_stdout(self.colour)
    }

    fn say(&self, text: &str) {
        match self.drawn.borrow_mut().as_mut() {
            Some(drawn) => drawn.push_str(&format!("{text}\n")),
            None => eprintln!("{text}"),
        }
    }

    fn table(&self, items: &[Value], columns: &[Column]) -> String {
        let look = self.look();
        let headings: Vec<String> = columns.iter().map(|(heading, _)| heading.to_uppercase()).collect();
        let first = columns.first().map(|(_, field)| *field);
        let whole: Vec<bool> =
            columns.iter().map(|(_, field)| WHOLE.contains(field) || first == Some(*field)).collect();
        let cell = |item: &Value, field: &str| {
            let value = at(item, field);
            Cell { text: cell::line(value, &look), style: cell::style(field, value) }
        };
        let row = |item: &Value| columns.iter().map(|(_, field)| cell(item, field)).collect();
        let rows: Vec<Vec<Cell>> = items.iter().map(row).collect();
        let read = columns.iter().position(|(_, field)| READ.contains(field));
        table::lines(&headings, &whole, read, &rows, &look).into_iter().map(|line| line + "\n").collect()
    }

    fn fields(&self, item: &Value, fields: &[Column]) -> String {
        let look = self.look();
        let indent = fields.iter().map(|(heading, _)| heading.width()).max().unwrap_or(0) + 2;
        let mut text = String::new();
        for (heading, field) in fields {
            let value = at(item, field);
            let shown = cell::block(value, &look);
            if shown.is_empty() {
                continue;
            }
            let lines = match look.window {
                Some(window) => table::wrapped(&shown, window.width.saturating_sub(indent)),
                None => vec![shown],
            };
            for (index, line) in lines.iter().enumerate() {
                let heading = if index == 0 { *heading } else { "" };
                let space = " ".repeat(indent - heading.width());
                let line = look.paint(cell::style(field, value), line);
                text.push_str(format!("{}{space}{line}", look.paint("1", heading)).trim_end());
                text.push('\n');
            }
        }
        text
    }
}

/// The value at a dotted path.
fn at<'v>(item: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(item, |value, step| &value[step])
}
