//! The table: figures beside their limits, and what to think of each.

use std::fmt;
use std::time::Duration;

/// What a ratio should be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Shown, and judged by nobody.
    None,
}

pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
    /// The limit or goal, and which it is.
    pub(crate) beside: String,
    /// Of figure to limit.
    pub(crate) ratio: f64,
    pub(crate) goal: Goal,
    /// Whether the machine was quiet enough to judge.
    pub(crate) trusted: bool,
}

impl Row {
    fn wanted(&self) -> String {
        match self.goal {
            Goal::AtLeast(least) => format!(">= {least:.2}"),
            Goal::AtMost(most) => format!("<= {most:.2}"),
            Goal::None => String::new(),
        }
    }

    fn verdict(&self) -> &'static str {
        let met = match self.goal {
            _ if !self.trusted => return "void",
            Goal::AtLeast(least) => self.ratio >= least,
            Goal::AtMost(most) => self.ratio <= most,
            Goal::None => return "shown",
        };
        if met { "met" } else { "missed" }
    }
}

/// Rows in the order in which they came, and remarks under them.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, ["daemon", "figure", "limit or goal", "ratio", "wanted", "verdict"])?;
        for row in &self.rows {
            let ratio = format!("{:.2}", row.ratio);
            line(f, [&row.what, &row.figure, &row.beside, &ratio, &row.wanted(), row.verdict()])?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n{note}"))
    }
}

fn line(f: &mut fmt::Formatter<'_>, cells: [&str; 6]) -> fmt::Result {
    let [what, figure, beside, ratio, wanted, verdict] = cells;
    writeln!(f, "{what:<42} {figure:>12}  {beside:<22} {ratio:>6}  {wanted:<7}  {verdict}")
}

pub(crate) fn per_s(rate: f64) -> String {
    format!("{rate:.0}/s")
}

pub(crate) fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

pub(crate) fn us(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

pub(crate) fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
