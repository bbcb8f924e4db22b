//! The child's side of compiling in a process of its own: see [`crate::Compiler`].

use std::io::{self, Read, Write};

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setpriority_process, setrlimit,
};
use rustix::thread::set_no_new_privs;

use crate::host::engine;
use crate::{CompileLimits, Pace};

/// Why a compiling child ends without code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The engine does not take the component: its words, for who made it.
    #[error("{0}")]
    Refused(String),
    /// Not the component's fault.
    #[error("{0}")]
    Failed(String),
}

/// The exit code of a child that refused its component; standard error says why.
pub const EXIT_REFUSED: u8 = 65;

/// Compiles the component that `input` brings for a host that goes by time, and writes
/// what the engine makes of it to `output`.
///
/// The bounds are set first, **for this whole process and for good**, so this is for a
/// process that does nothing else. It ends by a signal when it goes past them.
pub fn compile_confined(
    limits: &CompileLimits,
    mut input: impl Read,
    mut output: impl Write,
) -> Result<(), CompileError> {
    let failed = |e: &dyn std::fmt::Display| CompileError::Failed(e.to_string());
    confine(limits).map_err(|e| CompileError::Failed(format!("the limits cannot be set: {e}")))?;
    let mut component = Vec::new();
    input.read_to_end(&mut component).map_err(|e| failed(&e))?;
    // Threads would multiply what is bounded, and take the processors from events.
    let engine = engine(Pace::Time, false).map_err(|e| failed(&e))?;
    let code =
        engine.precompile_component(&component).map_err(|e| CompileError::Refused(format!("{e:#}")))?;
    output.write_all(&code).and_then(|()| output.flush()).map_err(|e| failed(&e))
}

/// Takes from this process what a compiler does not need.
fn confine(limits: &CompileLimits) -> io::Result<()> {
    let CompileLimits { cpu_s, memory_bytes, code_bytes } = *limits;
    let bounds = [
        // One second after the signal that can be told apart comes the one that cannot be survived.
        (Resource::Cpu, cpu_s, cpu_s + 1),
        // What is allocated. Not the address space: allocators reserve much that they never use.
        (Resource::Data, memory_bytes, memory_bytes),
        (Resource::Fsize, code_bytes, code_bytes),
        (Resource::Core, 0, 0),
        (Resource::Nproc, 0, 0),
    ];
    for (resource, current, maximum) in bounds {
        // Our surroundings may bound us already, and no bound is ever raised.
        let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let (current, maximum) = (current.min(most), maximum.min(most));
        setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) })?;
    }
    set_no_new_privs(true)?;
    // Whoever waits for the code is the one who started this process.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Events come first, but not so much that a busy machine never compiles. Where a service
    // may not say so, they share.
    let _ = setpriority_process(None, 5);
    Ok(())
}
