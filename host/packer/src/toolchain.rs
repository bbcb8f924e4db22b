//! Which cargo can build for WebAssembly here.

use std::path::Path;
use std::process::Command;

/// What plugins are built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian has no package of the target's standard library, but one of its source, and
/// compilers that can build it: `scripts/setup` installs them where rustup cannot help.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKER: &str = "wasm-ld-22";

/// A `cargo build` for the target, to which the caller adds what to build; none where
/// nothing here can build for it.
pub fn cargo_build() -> Option<Command> {
    if has_target() {
        let mut cargo = Command::new(own_cargo());
        cargo.args(["build", "--target", TARGET]);
        return Some(cargo);
    }
    if Path::new(DEBIAN_CARGO).exists() && debian_has_std_source() {
        let mut cargo = Command::new(DEBIAN_CARGO);
        cargo.args(["build", "-Zbuild-std=std,panic_abort", "--target", TARGET]);
        cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
        cargo.env("RUSTFLAGS", format!("-Clinker={DEBIAN_LINKER}")).env_remove("RUSTUP_TOOLCHAIN");
        return Some(cargo);
    }
    None
}

/// The cargo that runs us, else the one that a shell would find.
pub fn own_cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn debian_has_std_source() -> bool {
    let sysroot = printed(DEBIAN_RUSTC, &["--print", "sysroot"]);
    sysroot.is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").exists())
}

/// Whether the compiler that a shell would find has the target's standard library.
pub fn has_target() -> bool {
    printed("rustc", &["--print", "target-libdir", "--target", TARGET])
        .is_some_and(|dir| Path::new(&dir).exists())
}

fn printed(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
