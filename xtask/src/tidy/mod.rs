//! What the compiler does not check: who may use whom, sizes, and things that no file
//! may hold. Each offence is printed as `file:line: sentence`.

mod code;
mod crates;
mod files;

use std::fmt;
use std::path::Path;
use std::process::Command;

use code::Source;

use crate::interface;

/// One thing that is not as it should be.
pub(crate) struct Offence {
    file: String,
    /// From 1; nought stands for the whole file.
    line: usize,
    sentence: String,
}

impl Offence {
    fn new(file: &str, line: usize, sentence: impl Into<String>) -> Offence {
        Offence { file: file.to_owned(), line, sentence: sentence.into() }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line.max(1), self.sentence)
    }
}

/// Checks the whole repository.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let names = listed(root)?;
    let mut offences = crates::offences(root)?;
    offences.extend(files::missing(root));
    if !interface::is_current(root)? {
        let sentence = "is not what wit/plugin.wit says: run `cargo xtask interface`";
        offences.push(Offence::new(interface::PAGE, 0, sentence));
    }
    for name in &names {
        // A name that git still lists may be gone already, and not everything is text.
        let Ok(text) = std::fs::read_to_string(root.join(name)) else { continue };
        offences.extend(files::machine_paths(name, &text));
        if name.ends_with(".rs") {
            offences.extend(code::offences(&Source::new(name, &text)));
        }
    }
    for offence in &offences {
        println!("{offence}");
    }
    match offences.len() {
        0 => {
            println!("tidy: {} files are in order", names.len());
            Ok(())
        }
        1 => Err("1 offence".to_owned()),
        n => Err(format!("{n} offences")),
    }
}

/// The files that are in the repository or would be added to it.
fn listed(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .output()
        .map_err(|e| format!("git does not start: {e}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}
