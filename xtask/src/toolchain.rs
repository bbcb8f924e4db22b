//! What cargo does for us.

use std::path::Path;
use std::process::Command;

/// Runs clippy on the package in `folder`, with warnings as errors: for the target where
/// that can be had, since only there the bindings of plugins exist.
pub(crate) fn clippy(folder: &Path, args: &[&str]) -> Result<(), String> {
    let mut cargo = Command::new(packer::own_cargo());
    cargo.current_dir(folder).args(["clippy", "--locked"]).args(args);
    if packer::has_target() {
        cargo.args(["--target", packer::TARGET]);
    }
    let status = cargo.args(["--", "--deny", "warnings"]).status();
    match status.map_err(|e| format!("cargo does not start: {e}"))?.success() {
        true => Ok(()),
        false => Err(format!("clippy has objections in {}", folder.display())),
    }
}
