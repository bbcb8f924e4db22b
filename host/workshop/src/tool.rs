//! Programs that languages are built with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A tool of a language.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    pub name: &'static str,
    /// What it is for, as it goes on behind the name.
    pub purpose: &'static str,
    /// The command that brings it.
    pub get: &'static str,
    pub is_here: fn() -> bool,
}

/// Why a tool has made nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    #[error("{name} is missing, {purpose}\n  Install it with `{get}`")]
    Missing { name: &'static str, purpose: &'static str, get: &'static str },
    /// What it said itself is on standard error.
    #[error("{0}")]
    Failed(String),
}

impl Tool {
    /// That it is not there.
    pub(crate) fn missing(&self) -> ToolError {
        ToolError::Missing { name: self.name, purpose: self.purpose, get: self.get }
    }
}

/// Whether a shell would find a program of this name.
pub(crate) fn is_program(name: &str) -> bool {
    folders().any(|folder| folder.join(name).is_file())
}

/// The program of this name in a folder of the project's own, else the one that a shell would
/// find; an absolute path, as long as those of the shell are.
pub(crate) fn program(own: &Path, name: &str) -> Option<PathBuf> {
    let mine = std::path::absolute(own).ok();
    mine.into_iter().chain(folders()).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn folders() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// Runs a tool to its end, and answers its standard output, where that was not led elsewhere;
/// what it says on standard error is seen at once.
///
/// # Errors
/// When it does not start, or says that it failed. `doing` is what it was to do, as in
/// "npm could not {doing}".
pub(crate) fn run(tool: &mut Command, doing: &str) -> Result<Vec<u8>, ToolError> {
    let name = Path::new(tool.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ended = tool.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let ended = ended.map_err(|why| ToolError::Failed(format!("{name} does not start: {why}")))?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    Err(ToolError::Failed(format!("{name} could not {doing}: what it said stands above")))
}
