//! Sources: a kind of connection that monitors may ask.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use event::{PluginKind, Timestamp};
use serde_json::Value;

use crate::bindings::{querying as wit, types};
use crate::exports::{CALL, CALL_V0_1, METHODS};
use crate::known::Known;
use crate::output::{self, Check, Misfit, bad};
use crate::running::Scope;
use crate::schema::Schema;
use crate::{
    CallError, Called, Config, InterfaceVersion, Outside, Plugin, Problem, SourceError, convert, text,
};

/// A question that a source answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    pub name: String,
    pub summary: String,
    /// JSON Schema 2020-12.
    pub arguments_schema: Value,
    /// JSON Schema 2020-12.
    pub result_schema: Value,
}

/// A plugin's methods, each with the compiled schema of its arguments.
pub(crate) type Methods = OnceLock<Vec<(Method, Schema)>>;

/// Nobody looks through more.
const METHODS_MAX: usize = 100;

impl Plugin {
    /// What a source can be asked; found out once, then kept.
    pub fn methods(&self) -> Result<Vec<Method>, CallError> {
        Ok(self.known_methods()?.iter().map(|(method, _)| method.clone()).collect())
    }

    /// Asks a source, in a fresh instance, which reaches what `outside` grants. Blocks, for
    /// `within` at most: so long whoever asks can wait.
    ///
    /// The answer's inner error is for whoever asked, the outer one for who configured the
    /// source.
    pub fn query(
        &self,
        config: &Config,
        now: Timestamp,
        method: &str,
        arguments: &Value,
        outside: Arc<dyn Outside>,
        within: Duration,
    ) -> Called<Result<Value, SourceError>> {
        match self.fitting(method, arguments) {
            Err(error) => return Called::not(error),
            Ok(Err(refused)) => {
                return Called {
                    answer: Ok(Err(refused)),
                    logs: Default::default(),
                    cost: Default::default(),
                };
            }
            Ok(Ok(())) => {}
        }
        let arguments = arguments.to_string();
        let seed = [config.id.as_bytes(), &now.0.to_le_bytes(), method.as_bytes(), arguments.as_bytes()];
        let scope = Scope {
            now,
            seed: &seed,
            outside: Some(outside),
            within,
            known: self.secrets_in(&config.data),
            ..Scope::TIMELESS
        };
        let (config, time) = (convert::config(config), convert::timestamp(now));
        let question = (method.to_owned(), arguments.clone());
        let called = match self.interface_version() {
            InterfaceVersion::V0_1 => {
                let params = (config, question.0, question.1);
                self.call(PluginKind::Source, scope, &CALL_V0_1, params).0.and_then(as_now)
            }
            InterfaceVersion::V0_2 => {
                let params = (config, time, question.0, question.1);
                self.call(PluginKind::Source, scope, &CALL, params).0
            }
        };
        called.and_then(|said| match said {
            Ok(result) => {
                let mut check = Check::new(self.limits(), now);
                check.spend(&[&result])?;
                Ok(Ok(check.large_json(&result).map_err(|misfit| misfit.of("the result"))?))
            }
            Err(error) => refused(error, method).map(Err),
        })
    }

    /// Whether there is such a method, and takes these arguments.
    fn fitting(&self, method: &str, arguments: &Value) -> Result<Result<(), SourceError>, CallError> {
        let methods = self.known_methods()?;
        let Some((_, schema)) = methods.iter().find(|(known, _)| known.name == method) else {
            let known: Vec<&str> = methods.iter().map(|(method, _)| method.name.as_str()).collect();
            return Ok(Err(unknown(method, &known.join(", "))));
        };
        let problems = schema.problems(arguments, &Known::none());
        Ok(match problems.first() {
            None => Ok(()),
            Some(Problem { pointer, message }) => {
                let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
                Err(SourceError::BadArguments(format!("{place}{message}")))
            }
        })
    }

    fn known_methods(&self) -> Result<&[(Method, Schema)], CallError> {
        self.must_be(PluginKind::Source)?;
        let kept = self.kept_methods();
        if let Some(methods) = kept.get() {
            return Ok(methods);
        }
        let methods = self.checked_methods(self.ask(&METHODS, ())?)?;
        Ok(kept.get_or_init(|| methods))
    }

    fn checked_methods(&self, said: Vec<wit::Method>) -> Result<Vec<(Method, Schema)>, Misfit> {
        let mut check = Check::new(self.limits(), Timestamp::default());
        if said.len() > METHODS_MAX {
            return Err(output::limit(format!("{METHODS_MAX} methods")));
        }
        let one = |m: wit::Method| {
            check.spend(&[&m.name, &m.summary, &m.arguments_schema, &m.result_schema])?;
            let name = text::line(&m.name, 100);
            if name.is_empty() || name != m.name {
                return Err(bad(format!("`{name}` is no name of a method: use one short line")));
            }
            let of =
                |misfit: Misfit, what: &str| misfit.of(&format!("the method `{name}`: its {what} schema"));
            let arguments_schema = check.json(&m.arguments_schema).map_err(|e| of(e, "arguments'"))?;
            let result_schema = check.json(&m.result_schema).map_err(|e| of(e, "result's"))?;
            let compiled = |schema: &Value, what| Schema::compile(schema).map_err(|why| of(bad(why), what));
            compiled(&result_schema, "result's")?;
            let schema = compiled(&arguments_schema, "arguments'")?;
            let summary = text::line(&m.summary, text::LINE_MAX);
            Ok((Method { name, summary, arguments_schema, result_schema }, schema))
        };
        said.into_iter().map(one).collect()
    }
}

/// A source of 0.1 had no error of its own for a question.
fn as_now(said: Result<String, types::Error>) -> Result<Result<String, wit::QueryError>, CallError> {
    match said {
        Ok(result) => Ok(Ok(result)),
        Err(types::Error::Failed(why)) => Ok(Err(wit::QueryError::Failed(why))),
        Err(other) => Err(output::error(other)),
    }
}

/// # Errors
/// What concerns the source itself, and not the question.
fn refused(error: wit::QueryError, method: &str) -> Result<SourceError, CallError> {
    match error {
        wit::QueryError::UnknownMethod => Ok(unknown(method, "others")),
        wit::QueryError::BadArguments(why) => Ok(SourceError::BadArguments(text::message(&why))),
        wit::QueryError::Timeout => Ok(SourceError::Timeout),
        wit::QueryError::Failed(why) => Ok(SourceError::Failed(text::message(&why))),
        wit::QueryError::BadConfig(why) => Err(CallError::BadConfig(text::message(&why))),
    }
}

fn unknown(method: &str, known: &str) -> SourceError {
    let shown = text::line(method, 100);
    SourceError::Unknown(format!("the source has no method `{shown}`: it has {known}"))
}
