//! Memory and tables of one instance, counted together.
//!
//! `wasmtime`'s own limits are for each memory and table by itself; a component has
//! several of both.

use wasmtime::ResourceLimiter;

use crate::Limits;

pub(crate) struct Meter {
    memory_left: usize,
    elements_left: usize,
    instances: usize,
    tables: usize,
    memories: usize,
    /// The limit that stopped a growth. A guest that cannot grow usually breaks off
    /// with a trap that says nothing of the reason.
    refused: Option<String>,
    limits: (usize, usize),
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Meter {
        Meter {
            memory_left: limits.memory_bytes,
            elements_left: limits.table_elements,
            instances: limits.instances,
            tables: limits.tables,
            memories: limits.memories,
            refused: None,
            limits: (limits.memory_bytes, limits.table_elements),
        }
    }

    /// A call begins: what was refused before, the guest has lived with.
    pub(crate) fn forget_refusal(&mut self) {
        self.refused = None;
    }

    /// Memories of the instance together, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.limits.0 - self.memory_left
    }

    pub(crate) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|most| desired > most) {
            return Ok(false);
        }
        let granted = take(&mut self.memory_left, desired.saturating_sub(current));
        if !granted {
            self.refused = Some(format!("{} bytes of memory", self.limits.0));
        }
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|most| desired > most) {
            return Ok(false);
        }
        let granted = take(&mut self.elements_left, desired.saturating_sub(current));
        if !granted {
            self.refused = Some(format!("{} table elements", self.limits.1));
        }
        Ok(granted)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

/// Takes `amount` off what is left, if that is enough.
fn take(left: &mut usize, amount: usize) -> bool {
    let rest = left.checked_sub(amount);
    *left = rest.unwrap_or(*left);
    rest.is_some()
}
