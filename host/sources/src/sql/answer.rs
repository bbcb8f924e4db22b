//! Rows on their way to JSON, counted as they come.

use serde_json::{Value, json};

use crate::error::SourceError;
use crate::sources::Limits;

/// What a statement gave.
pub(super) struct Answer {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    bytes: usize,
    limits: Limits,
}

pub(super) struct Column {
    pub(super) name: String,
    /// As the database calls it.
    pub(super) kind: String,
}

impl Answer {
    /// # Errors
    /// When there are no columns: the statement gives no rows, and so it does something
    /// else.
    pub(super) fn new(columns: Vec<Column>, limits: Limits) -> Result<Answer, SourceError> {
        if columns.is_empty() {
            return Err(no_rows());
        }
        Ok(Answer { columns, rows: Vec::new(), bytes: 0, limits })
    }

    /// # Errors
    /// When this is one row too many, or too large.
    pub(super) fn push(&mut self, row: Vec<Value>) -> Result<(), SourceError> {
        if self.rows.len() == self.limits.rows {
            return Err(SourceError::Failed(format!(
                "the query gives more than {} rows: ask for less, with LIMIT or an aggregate, or raise \
                 `sources.rows` in the server's configuration",
                self.limits.rows
            )));
        }
        self.bytes += row.iter().map(weight).sum::<usize>();
        if self.bytes > self.limits.bytes {
            return Err(self.limits.exceeded());
        }
        self.rows.push(row);
        Ok(())
    }

    /// The first value, as JSON text.
    pub(super) fn first(&self) -> Option<String> {
        self.rows.first()?.first().map(Value::to_string)
    }

    pub(super) fn json(self) -> Value {
        let columns: Vec<Value> = self
            .columns
            .into_iter()
            .map(|Column { name, kind }| json!({"name": name, "type": kind}))
            .collect();
        json!({"columns": columns, "rows": self.rows})
    }
}

pub(super) fn no_rows() -> SourceError {
    SourceError::Denied(
        "a source is only read: the statement has to give rows, as SELECT, WITH, SHOW and EXPLAIN do"
            .to_owned(),
    )
}

/// About what a value takes as JSON.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 12,
        Value::String(text) => text.len() + 3,
        Value::Array(items) => 2 + items.iter().map(weight).sum::<usize>(),
        Value::Object(fields) => {
            2 + fields.iter().map(|(name, value)| name.len() + 4 + weight(value)).sum::<usize>()
        }
    }
}
