//! The chores of this repository, as `cargo xtask CHORE`.
//!
//! Runs no other programs than cargo, rustc and git. What a fresh machine lacks is
//! installed by `scripts/setup`, before this can be built.

mod interface;
mod plugins;
mod tidy;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask plugins [--out DIR]   build the bundled plugins as components
       cargo xtask interface             write the reference of the plugin interface
       cargo xtask lint                  run clippy on what is built for WebAssembly
       cargo xtask tidy                  check what the compiler does not";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let root = root();
    let done = match args[..] {
        ["plugins"] => plugins::build(&root, &root.join("target/plugins")),
        ["plugins", "--out", out] => plugins::build(&root, Path::new(out)),
        ["interface"] => interface::write(&root),
        ["lint"] => lint(&root),
        ["tidy"] => tidy::check(&root),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The development kit with its example, and the bundled plugins.
fn lint(root: &Path) -> Result<(), String> {
    toolchain::clippy(root, &["--package", "tellify-plugin", "--lib", "--examples"])?;
    toolchain::clippy(&root.join("plugins"), &["--lib"])
}

/// The repository that this was built in.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("xtask lies in the repository").to_owned()
}
