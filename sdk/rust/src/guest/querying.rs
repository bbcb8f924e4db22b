//! The exports of the world `source`.

use super::bindings::described::exports::tellify::plugin::descriptor;
use super::bindings::described::tellify::plugin::types;
use super::bindings::querying::exports::tellify::plugin::querying;
use super::{convert, parsed, read, report_panics};
use crate::{QueryError, Source};

component!(
    /// A source as a component.
    SourceComponent of Source
);

impl<S: Source> querying::Guest for SourceComponent<S> {
    fn methods() -> Vec<querying::Method> {
        report_panics();
        let method = |method: crate::Method| querying::Method {
            name: method.name,
            summary: method.summary,
            arguments_schema: method.arguments_schema.to_string(),
            result_schema: method.result_schema.to_string(),
        };
        S::methods().into_iter().map(method).collect()
    }

    fn call(
        c: types::Config,
        now: f64,
        method: String,
        arguments: String,
    ) -> Result<String, querying::QueryError> {
        report_panics();
        let config = parsed(&c).map_err(querying::QueryError::BadConfig)?;
        let arguments = read(&arguments).map_err(querying::QueryError::BadArguments)?;
        let answer = S::call(&config, convert::time(now), &method, &arguments);
        answer.map(|answer| answer.to_string()).map_err(error)
    }
}

fn error(error: QueryError) -> querying::QueryError {
    match error {
        QueryError::UnknownMethod => querying::QueryError::UnknownMethod,
        QueryError::BadArguments(why) => querying::QueryError::BadArguments(why),
        QueryError::BadConfig(why) => querying::QueryError::BadConfig(why),
        QueryError::Timeout => querying::QueryError::Timeout,
        QueryError::Failed(why) => querying::QueryError::Failed(why),
    }
}
