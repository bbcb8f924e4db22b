//! Where components are compiled: here, or each in a child process with bounds.
//!
//! The engine bounds what a component does when it runs, not what it costs to compile:
//! a small file can make a compiler take hours and all the memory there is. So what
//! strangers upload is compiled by a child that the kernel holds to its bounds, and that
//! leaves its code in a file of ours.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::compile::EXIT_REFUSED;
use crate::component::refusal;
use crate::{LoadError, text};

/// Where components are compiled.
#[derive(Clone, Debug, Default)]
pub enum Compiler {
    /// In this process and without bounds: for components that one trusts.
    #[default]
    Here,
    /// Each in a process of its own. It needs a cache, which is where the code is left.
    Child(ChildCompiler),
}

/// How a compiling child is started. It gets the component on its standard input, is to
/// call [`crate::compile_confined`] with these limits, and has its code read from its
/// standard output, which is a file.
#[derive(Clone, Debug)]
pub struct ChildCompiler {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub limits: CompileLimits,
    /// How many compile at the same time; the others wait for their turn.
    pub at_once: usize,
}

/// What compiling one component may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileLimits {
    /// CPU time, in seconds.
    pub cpu_s: u64,
    /// Memory of the compiler, in bytes.
    pub memory_bytes: u64,
    /// The compiled code, in bytes.
    pub code_bytes: u64,
}

impl CompileLimits {
    /// Others have the processors too, and events before us.
    fn wall(&self) -> Duration {
        Duration::from_secs(self.cpu_s * 5 + 5)
    }
}

/// Starts children, no more at once than there are turns.
pub(crate) struct Children {
    compiler: ChildCompiler,
    turns: Turns,
}

/// What a child is read on standard error, in bytes: one sentence, or a panic.
const SAID_MAX: u64 = 16 << 10;

impl Children {
    pub(crate) fn new(compiler: ChildCompiler) -> Children {
        let turns = Turns::new(compiler.at_once);
        Children { compiler, turns }
    }

    /// Compiles into `code`. Blocks until the child has ended.
    pub(crate) fn compile(&self, component: &[u8], code: File) -> Result<(), LoadError> {
        let _turn = self.turns.take();
        let ChildCompiler { program, arguments, limits, .. } = &self.compiler;
        let mut child = Command::new(program)
            .args(arguments)
            // It needs nothing of ours, and is given nothing.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(code)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| LoadError::NoCompiler(format!("{} does not start: {e}", program.display())))?;
        let (said, status) = converse(&mut child, component, limits.wall());
        match status {
            Err(error) => Err(LoadError::NoCompiler(error.to_string())),
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(blame(status, said.as_deref(), limits)),
        }
    }
}

/// Hands the component over, and waits for the end; what was said is none if the child
/// had to be ended.
fn converse(
    child: &mut Child,
    component: &[u8],
    wall: Duration,
) -> (Option<String>, std::io::Result<ExitStatus>) {
    let (input, errors) = (child.stdin.take(), child.stderr.take());
    thread::scope(|scope| {
        // A child that does not read to the end says so by how it ends.
        scope.spawn(move || input.map(|mut input| input.write_all(component)));
        let (sender, said) = mpsc::channel();
        // When nobody waits any more, it comes too late.
        scope.spawn(move || sender.send(errors.map(read)));
        // Standard error ends with the child.
        let said = said.recv_timeout(wall).ok().flatten();
        if said.is_none() {
            // It may have ended by itself at this moment.
            let _ = child.kill();
        }
        (said, child.wait())
    })
}

fn read(errors: ChildStderr) -> String {
    let mut said = Vec::new();
    // What cannot be read was not said.
    let _ = errors.take(SAID_MAX).read_to_end(&mut said);
    String::from_utf8_lossy(&said).into_owned()
}

/// Why there is no code.
fn blame(status: ExitStatus, said: Option<&str>, limits: &CompileLimits) -> LoadError {
    let Some(said) = said else {
        return too_costly(format!("{} s", limits.wall().as_secs()), "compile_cpu_s");
    };
    let ended_by = |signal: Signal| status.signal() == Some(signal.as_raw());
    if status.code() == Some(i32::from(EXIT_REFUSED)) {
        refusal(&text::message(said))
    } else if ended_by(Signal::XCPU) || ended_by(Signal::KILL) {
        too_costly(format!("{} s of CPU time", limits.cpu_s), "compile_cpu_s")
    } else if ended_by(Signal::XFSZ) {
        too_costly(format!("{} bytes of code", limits.code_bytes), "component_bytes")
    } else if ended_by(Signal::ABORT) && said.contains("memory allocation") {
        too_costly(format!("{} bytes of memory", limits.memory_bytes), "compile_memory_bytes")
    } else if status.signal().is_some() || said.contains("panicked at") {
        LoadError::BrokeCompiler(format!("{status}"))
    } else {
        LoadError::NoCompiler(format!("{status}: {}", text::message(said)))
    }
}

fn too_costly(what: String, key: &'static str) -> LoadError {
    LoadError::TooCostly { what, key }
}

/// Turns that are taken and given back.
struct Turns {
    free: Mutex<usize>,
    given_back: Condvar,
}

struct Turn<'a>(&'a Turns);

impl Turns {
    fn new(count: usize) -> Turns {
        Turns { free: Mutex::new(count.max(1)), given_back: Condvar::new() }
    }

    fn take(&self) -> Turn<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free =
            self.given_back.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.given_back.notify_one();
    }
}
