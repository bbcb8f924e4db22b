//! What a store holds for its guest, and what belongs to the call under way.

use std::sync::Arc;

use event::Timestamp;
use sha2::{Digest, Sha256};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::budget::Budget;
use crate::known::Known;
use crate::logs::{Log, Ring};
use crate::meter::Meter;
use crate::running::Scope;
use crate::state::CallState;
use crate::{Limits, Nothing, Outside, Pace, StateUnreadable, TimeLimit};

pub(crate) struct Guest {
    pub(crate) limits: Arc<Limits>,
    pub(crate) pace: Pace,
    pub(crate) wasi: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) meter: Meter,
    pub(crate) written: Ring,
    pub(crate) log: Log,
    /// Secrets that the guest was handed: what it says is shown without them.
    pub(crate) known: Known,
    pub(crate) call: Call,
}

/// What is the same for the whole of one call, and only for it.
pub(crate) struct Call {
    /// What every clock shows.
    pub(crate) now: Timestamp,
    pub(crate) random: Random,
    pub(crate) budget: Budget,
    pub(crate) host_calls: u32,
    /// Only handlers have one.
    pub(crate) state: Option<CallState>,
    pub(crate) outside: Arc<dyn Outside>,
}

/// Why the host ends a call from within, carried through `wasmtime` as an error.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("out of time")]
    Time(TimeLimit),
    #[error("{0}")]
    Limit(String),
    #[error(transparent)]
    State(#[from] StateUnreadable),
}

impl Guest {
    pub(crate) fn new(limits: Arc<Limits>, pace: Pace) -> Guest {
        let written = Ring::new(limits.log_bytes);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Guest {
            wasi: WasiCtx::builder().stdout(written.clone()).stderr(written.clone()).build(),
            table,
            meter: Meter::new(&limits),
            log: Log::new(limits.log_bytes),
            known: Known::default(),
            call: Call::begin(&limits, Scope::TIMELESS),
            written,
            limits,
            pace,
        }
    }

    /// Each call of one of our interfaces comes through here first.
    pub(crate) fn count_host_call(&mut self) -> wasmtime::Result<()> {
        self.call.host_calls += 1;
        if self.call.host_calls > self.limits.host_calls {
            return Err(Stop::Limit(format!("{} host calls", self.limits.host_calls)).into());
        }
        Ok(())
    }
}

impl Call {
    pub(crate) fn begin(limits: &Limits, scope: Scope<'_>) -> Call {
        let Scope { now, seed, state, outside, within, known: _ } = scope;
        Call {
            now,
            random: Random::new(seed),
            budget: Budget::begin(limits, within),
            host_calls: 0,
            state,
            outside: outside.unwrap_or_else(|| Arc::new(Nothing)),
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Random numbers that follow from a seed: SHA-256 of the seed and a counter.
pub(crate) struct Random {
    seed: [u8; 32],
    counter: u64,
}

impl Random {
    fn new(parts: &[&[u8]]) -> Random {
        let mut hash = Sha256::new();
        for part in parts {
            // With its length in front, no two lists of parts run into the same bytes.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Random { seed: hash.finalize().into(), counter: 0 }
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count);
        while bytes.len() < count {
            let rest = count - bytes.len();
            let block = self.block();
            bytes.extend_from_slice(&block[..rest.min(block.len())]);
        }
        bytes
    }

    pub(crate) fn number(&mut self) -> u64 {
        let block = self.block();
        u64::from_le_bytes(std::array::from_fn(|i| block[i]))
    }

    fn block(&mut self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.counter.to_le_bytes());
        self.counter += 1;
        hash.finalize().into()
    }
}
