//! Sources: a kind of connection that monitors may ask.

use std::fmt;

use schemars::JsonSchema;
use serde_json::Value;

use crate::Timestamp;
use crate::about::about;

/// A source: answers questions of monitors from behind one configured connection, whose
/// credentials no monitor ever sees.
pub trait Source {
    about!();

    /// What it can be asked.
    fn methods() -> Vec<Method>;

    /// Answers one question. The arguments fit the method's schema.
    fn call(
        config: &Self::Config,
        now: Timestamp,
        method: &str,
        arguments: &Value,
    ) -> Result<Value, QueryError>;
}

/// A question that a source answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// As monitors name it.
    pub name: String,
    /// One line for authors of monitors.
    pub summary: String,
    /// JSON Schema 2020-12.
    pub arguments_schema: Value,
    /// JSON Schema 2020-12.
    pub result_schema: Value,
}

/// Why a question has no answer. Any error of the standard kind becomes
/// [`QueryError::Failed`] through `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// There is no such method.
    UnknownMethod,
    /// It cannot be answered with these arguments, whatever the schema says.
    BadArguments(String),
    /// The source's own configuration can never work.
    BadConfig(String),
    /// What lies behind it did not answer in time.
    Timeout,
    /// All else.
    Failed(String),
}

impl Method {
    /// A method whose schemas are derived from types.
    pub fn new<Arguments: JsonSchema, Answer: JsonSchema>(name: &str, summary: &str) -> Method {
        Method {
            name: name.to_owned(),
            summary: summary.to_owned(),
            arguments_schema: schemars::schema_for!(Arguments).to_value(),
            result_schema: schemars::schema_for!(Answer).to_value(),
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueryError::UnknownMethod => f.write_str("there is no such method"),
            QueryError::BadArguments(why) => write!(f, "the arguments do not fit: {why}"),
            QueryError::BadConfig(why) => write!(f, "the configuration can never work: {why}"),
            QueryError::Timeout => f.write_str("no answer came in time"),
            QueryError::Failed(why) => f.write_str(why),
        }
    }
}

impl<E: std::error::Error> From<E> for QueryError {
    fn from(error: E) -> QueryError {
        QueryError::Failed(error.to_string())
    }
}
