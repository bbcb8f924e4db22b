//! `sources`: questions to what an administrator connected.

use serde_json::Value;
use wasmtime::component::LinkerInstance;

use crate::bindings::sources as wit;
use crate::guest::Guest;
use crate::logs::LogLevel;
use crate::output::Misfit;
use crate::{SourceError, output};

pub(super) fn link(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap("granted", |mut store, ()| Ok((store.data_mut().granted_sources()?,)))?;
    interface.func_wrap("call", |mut store, (source, method, arguments): (String, String, String)| {
        Ok((store.data_mut().ask_source(&source, &method, &arguments)?,))
    })
}

impl Guest {
    fn granted_sources(&mut self) -> wasmtime::Result<Vec<wit::Source>> {
        let granted = self.go_outside(None, |outside, _| outside.sources())?;
        Ok(granted.into_iter().map(|source| wit::Source { name: source.name, kind: source.kind }).collect())
    }

    fn ask_source(
        &mut self,
        source: &str,
        method: &str,
        arguments: &str,
    ) -> wasmtime::Result<Result<String, wit::SourceError>> {
        let arguments: Value = match output::json(arguments, &self.limits) {
            Ok(arguments) => arguments,
            Err(Misfit::TooMuch(why) | Misfit::Wrong(why) | Misfit::Garbled(why)) => {
                self.count_host_call()?;
                return Ok(Err(wit::SourceError::BadArguments(format!("what is handed in {why}"))));
            }
        };
        let answer =
            self.go_outside(None, |outside, within| outside.ask_source(source, method, arguments, within))?;
        if let Err(SourceError::Denied(why)) = &answer {
            self.log.push(LogLevel::Warn, why.clone());
        }
        Ok(answer.map(|value| value.to_string()).map_err(wit::SourceError::from))
    }
}

impl From<SourceError> for wit::SourceError {
    fn from(error: SourceError) -> wit::SourceError {
        match error {
            SourceError::Unknown(why) => wit::SourceError::Unknown(why),
            SourceError::Denied(why) => wit::SourceError::Denied(why),
            SourceError::BadArguments(why) => wit::SourceError::BadArguments(why),
            SourceError::Timeout => wit::SourceError::Timeout,
            SourceError::Failed(why) => wit::SourceError::Failed(why),
        }
    }
}
