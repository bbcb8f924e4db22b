//! `state`: the store of the configuration that a call is made for.

use wasmtime::component::LinkerInstance;

use crate::bindings::state::StateError;
use crate::guest::{Guest, Stop};
use crate::state::{CallState, WriteRefused};

type Answer<T> = wasmtime::Result<(Result<T, StateError>,)>;

pub(super) fn link(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap("get", |mut store, (key,): (String,)| store.data_mut().state_get(&key))?;
    interface.func_wrap("set", |mut store, (key, value, ttl_s): (String, Vec<u8>, Option<u32>)| {
        store.data_mut().state_put(key, Some(value), ttl_s)
    })?;
    interface
        .func_wrap("delete", |mut store, (key,): (String,)| store.data_mut().state_put(key, None, None))?;
    interface.func_wrap("increment", |mut store, (key, by, ttl_s): (String, f64, Option<u32>)| {
        store.data_mut().state_increment(key, by, ttl_s)
    })?;
    interface.func_wrap("keys", |mut store, (prefix, after, limit): (String, Option<String>, u32)| {
        store.data_mut().state_keys(&prefix, after.as_deref(), limit)
    })
}

impl Guest {
    fn state_get(&mut self, key: &str) -> Answer<Option<Vec<u8>>> {
        Ok((Ok(self.state()?.get(key).map_err(Stop::from)?),))
    }

    /// Writes or, without a value, removes.
    fn state_put(&mut self, key: String, value: Option<Vec<u8>>, ttl_s: Option<u32>) -> Answer<()> {
        let limits = self.limits.clone();
        let put = self.state()?.put(key, value, ttl_s, &limits).map_err(Stop::from)?;
        Ok((put.map_err(refusal),))
    }

    fn state_increment(&mut self, key: String, by: f64, ttl_s: Option<u32>) -> Answer<f64> {
        let limits = self.limits.clone();
        let sum = self.state()?.increment(key, by, ttl_s, &limits).map_err(Stop::from)?;
        Ok((sum.map_err(refusal),))
    }

    fn state_keys(&mut self, prefix: &str, after: Option<&str>, limit: u32) -> Answer<Vec<String>> {
        let keys = self.state()?.keys(prefix, after, limit as usize);
        Ok((Ok(keys.map_err(Stop::from)?),))
    }

    /// The state of the call under way. Calls without a configuration of their own,
    /// such as `describe`, have none, and may not ask for it.
    fn state(&mut self) -> wasmtime::Result<&mut CallState> {
        self.count_host_call()?;
        let missing = || Stop::Limit("state can only be used while handling or checking".into());
        Ok(self.call.state.as_mut().ok_or_else(missing)?)
    }
}

fn refusal(refused: WriteRefused) -> StateError {
    match refused {
        WriteRefused::TooBig => StateError::TooBig,
        WriteRefused::Quota => StateError::Quota,
        WriteRefused::NotANumber => StateError::NotANumber,
    }
}
