//! Our own interfaces, as the host offers them: `log`, `state`, `http`, `secrets`.

use crate::bindings::offered::{http, log, secrets, state, types};
use crate::guest::{Guest, Stop};
use crate::logs::LogLevel;
use crate::state::{CallState, WriteRefused};

/// Capabilities need an administrator's grant, and this version knows no grants.
const NOT_GRANTED: &str = "not granted: this version grants no plugin any capability";

impl types::Host for Guest {}

impl log::Host for Guest {
    fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.count_host_call()?;
        let level = match level {
            log::Level::Trace => LogLevel::Trace,
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.log.push(level, message);
        Ok(())
    }
}

impl state::Host for Guest {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, state::StateError>> {
        Ok(Ok(self.state()?.get(&key).map_err(Stop::from)?))
    }

    fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_s: Option<u32>,
    ) -> wasmtime::Result<Result<(), state::StateError>> {
        let limits = self.limits.clone();
        let put = self.state()?.put(key, Some(value), ttl_s, &limits).map_err(Stop::from)?;
        Ok(put.map_err(refusal))
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), state::StateError>> {
        let limits = self.limits.clone();
        let put = self.state()?.put(key, None, None, &limits).map_err(Stop::from)?;
        Ok(put.map_err(refusal))
    }

    fn increment(
        &mut self,
        key: String,
        by: f64,
        ttl_s: Option<u32>,
    ) -> wasmtime::Result<Result<f64, state::StateError>> {
        let limits = self.limits.clone();
        let sum = self.state()?.increment(key, by, ttl_s, &limits).map_err(Stop::from)?;
        Ok(sum.map_err(refusal))
    }

    fn keys(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<String>, state::StateError>> {
        let keys = self.state()?.keys(&prefix, after.as_deref(), limit as usize);
        Ok(Ok(keys.map_err(Stop::from)?))
    }
}

impl http::Host for Guest {
    fn send(&mut self, _: http::Request) -> wasmtime::Result<Result<http::Response, http::HttpError>> {
        self.count_host_call()?;
        Ok(Err(http::HttpError::Denied(NOT_GRANTED.into())))
    }
}

impl secrets::Host for Guest {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<String, secrets::SecretError>> {
        self.withhold(&name).map(Err)
    }

    fn verify_hmac(
        &mut self,
        name: String,
        _algorithm: String,
        _data: Vec<u8>,
        _signature: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, secrets::SecretError>> {
        self.withhold(&name).map(Err)
    }

    fn verify_equal(
        &mut self,
        name: String,
        _value: String,
    ) -> wasmtime::Result<Result<bool, secrets::SecretError>> {
        self.withhold(&name).map(Err)
    }
}

impl Guest {
    /// The state of the call under way. Calls without a configuration of their own,
    /// such as `describe`, have none, and may not ask for it.
    fn state(&mut self) -> wasmtime::Result<&mut CallState> {
        self.count_host_call()?;
        let missing = || Stop::Limit("state can only be used while handling".into());
        Ok(self.call.state.as_mut().ok_or_else(missing)?)
    }

    fn withhold(&mut self, secret: &str) -> wasmtime::Result<secrets::SecretError> {
        self.count_host_call()?;
        self.log.push(LogLevel::Warn, format!("secret `{secret}`: {NOT_GRANTED}"));
        Ok(secrets::SecretError::NotGranted)
    }
}

fn refusal(refused: WriteRefused) -> state::StateError {
    match refused {
        WriteRefused::TooBig => state::StateError::TooBig,
        WriteRefused::Quota => state::StateError::Quota,
        WriteRefused::NotANumber => state::StateError::NotANumber,
    }
}
