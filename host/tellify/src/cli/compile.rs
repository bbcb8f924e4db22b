//! `tellify compile-plugin`: what the daemon starts to compile a stranger's component. It is
//! no command for people, and stands in no help.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use plugins::{CompileError, CompileLimits, EXIT_REFUSED};

#[derive(Debug, clap::Args)]
pub(super) struct Compile {
    /// CPU time that it may take, in seconds
    #[arg(long)]
    cpu_s: u64,
    /// Memory that it may take, in bytes
    #[arg(long)]
    memory_bytes: u64,
    /// The most code to write, in bytes
    #[arg(long)]
    code_bytes: u64,
}

/// The command line of such a process.
pub(crate) fn arguments(limits: &CompileLimits) -> Vec<OsString> {
    let CompileLimits { cpu_s, memory_bytes, code_bytes } = limits;
    let options = [("cpu-s", cpu_s), ("memory-bytes", memory_bytes), ("code-bytes", code_bytes)];
    let options = options.iter().map(|(name, value)| format!("--{name}={value}").into());
    ["compile-plugin".into()].into_iter().chain(options).collect()
}

/// Reads a component from standard input, and writes its code to standard output.
pub(super) fn run(args: &Compile) -> ExitCode {
    let Compile { cpu_s, memory_bytes, code_bytes } = *args;
    let limits = CompileLimits { cpu_s, memory_bytes, code_bytes };
    match plugins::compile_confined(&limits, io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            match error {
                CompileError::Refused(_) => ExitCode::from(EXIT_REFUSED),
                CompileError::Failed(_) => ExitCode::FAILURE,
            }
        }
    }
}
