//! Which cargo can build for WebAssembly here.

use std::path::Path;
use std::process::Command;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian has no package of the target's standard library, but one of its source, and
/// compilers that can build it: `scripts/setup` installs them where rustup cannot help.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKER: &str = "wasm-ld-22";

/// A `cargo build` for the target, to which the caller adds what to build.
pub(crate) fn cargo_build() -> Result<Command, String> {
    if has_target("rustc") {
        let mut cargo = Command::new(own_cargo());
        cargo.args(["build", "--target", TARGET]);
        return Ok(cargo);
    }
    if Path::new(DEBIAN_CARGO).exists() && debian_has_std_source() {
        let mut cargo = Command::new(DEBIAN_CARGO);
        cargo.args(["build", "-Zbuild-std=std,panic_abort", "--target", TARGET]);
        cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
        cargo.env("RUSTFLAGS", format!("-Clinker={DEBIAN_LINKER}")).env_remove("RUSTUP_TOOLCHAIN");
        return Ok(cargo);
    }
    Err(format!("this machine cannot build for {TARGET}: run scripts/setup, which installs what is missing"))
}

/// Runs clippy on the package in `folder`, with warnings as errors: for the target where
/// that can be had, since only there the bindings of plugins exist.
pub(crate) fn clippy(folder: &Path, args: &[&str]) -> Result<(), String> {
    let mut cargo = Command::new(own_cargo());
    cargo.current_dir(folder).args(["clippy", "--locked"]).args(args);
    if has_target("rustc") {
        cargo.args(["--target", TARGET]);
    }
    let status = cargo.args(["--", "--deny", "warnings"]).status();
    match status.map_err(|e| format!("cargo does not start: {e}"))?.success() {
        true => Ok(()),
        false => Err(format!("clippy has objections in {}", folder.display())),
    }
}

/// The cargo that runs us.
fn own_cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn debian_has_std_source() -> bool {
    let sysroot = printed(DEBIAN_RUSTC, &["--print", "sysroot"]);
    sysroot.is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").exists())
}

fn has_target(rustc: &str) -> bool {
    printed(rustc, &["--print", "target-libdir", "--target", TARGET])
        .is_some_and(|dir| Path::new(&dir).exists())
}

fn printed(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
