//! Cases: what a plugin must do, as data, in folders `cases/<case>/` of its project.
//!
//! - `config.json`: the configuration. A case without calls shows whether it is taken.
//! - `state.json`: what the configuration's store holds before the first call, by key.
//! - `outside.json`: what there is outside, recorded (`outside.rs`).
//! - `calls.jsonl`: a call on each line (`read.rs`).
//! - `expected.json`: what must come of it all.
//!
//! A case is run twice in the daemon's own host, and a difference is a failure: of a handler
//! once in one warm instance, and once with a fresh instance for each call.

mod diff;
mod outside;
mod play;
mod read;
mod shown;
mod store;

use std::path::{Path, PathBuf};

use event::Manifest;
use plugins::{Cost, Plugin};
use serde_json::Value;

pub(crate) use crate::cases::store::Store;

pub use crate::cases::diff::difference;
pub use crate::cases::play::Broken;
pub use crate::cases::read::CaseError;

/// What a case came to.
#[derive(Clone, Debug)]
pub struct Ran {
    pub verdict: Verdict,
    /// Of its costliest call.
    pub most: Cost,
    pub calls: usize,
    /// The calls that broke off, of which the case may expect some.
    pub broken: Vec<Broken>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Passed,
    /// What came was written down as what is expected from now on.
    Blessed,
    /// Nobody has said yet what is expected.
    Unexpected {
        found: Value,
    },
    Differs {
        expected: Value,
        found: Value,
    },
    /// The plugin's memory is more than a cache: what comes depends on what it kept there.
    WarmDiffers {
        warm: Value,
        fresh: Value,
    },
}

/// The folders of a project's cases, by name.
///
/// # Errors
/// When they cannot be read.
pub fn folders(project: &Path) -> Result<Vec<PathBuf>, CaseError> {
    let cases = project.join("cases");
    let entries = std::fs::read_dir(&cases).map_err(|why| CaseError::unreadable(&cases, &why))?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

/// Runs a case on a plugin; `bless` writes down what came of it as what is expected.
///
/// # Errors
/// When a file of the case does not read.
pub fn run(
    plugin: &Plugin,
    manifest: Option<&Manifest>,
    folder: &Path,
    bless: bool,
) -> Result<Ran, CaseError> {
    let case = read::Case::read(folder)?;
    let warm = play::play(&case, plugin, manifest, play::Instances::Warm)?;
    let fresh = play::play(&case, plugin, manifest, play::Instances::Fresh)?;
    let path = folder.join(EXPECTED);
    let (most, broken) = (warm.most, warm.broken);
    let (warm, fresh) = (warm.found, fresh.found);
    let verdict = if warm != fresh {
        Verdict::WarmDiffers { warm, fresh }
    } else if bless {
        write(&path, &warm)?
    } else {
        match read::json::<Value>(&path)? {
            None => Verdict::Unexpected { found: warm },
            Some(expected) if diff::same(&expected, &warm) => Verdict::Passed,
            Some(expected) => Verdict::Differs { expected, found: warm },
        }
    };
    Ok(Ran { verdict, most, calls: case.calls.len(), broken })
}

const EXPECTED: &str = "expected.json";

/// Leaves a file alone that says the same.
fn write(path: &Path, found: &Value) -> Result<Verdict, CaseError> {
    if read::json::<Value>(path).ok().flatten().is_some_and(|before| diff::same(&before, found)) {
        return Ok(Verdict::Passed);
    }
    std::fs::write(path, format!("{found:#}\n")).map_err(|why| CaseError::unreadable(path, &why))?;
    Ok(Verdict::Blessed)
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        matches!(self, Verdict::Passed | Verdict::Blessed)
    }
}
