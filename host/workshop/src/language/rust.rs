//! Rust: built by cargo as a core module, which tells its world, and wrapped here.

use std::path::{Path, PathBuf};

use event::PluginKind;
use serde::Deserialize;

use super::Language;
use crate::Project;
use crate::tool::{Tool, ToolError, is_program, run};

pub(super) static RUST: Language = Language {
    name: "rust",
    aliases: &["rs"],
    title: "Rust",
    worlds: &[
        PluginKind::Handler,
        PluginKind::Ingest,
        PluginKind::Monitor,
        PluginKind::Channel,
        PluginKind::Source,
    ],
    tools: &[
        Tool {
            name: "cargo",
            purpose: "which builds Rust",
            get: "curl --proto '=https' -sSf https://sh.rustup.rs | sh",
            is_here: || is_program("cargo"),
        },
        Tool {
            name: "Rust's target wasm32-unknown-unknown",
            purpose: "which plugins are built for",
            get: "rustup target add wasm32-unknown-unknown",
            is_here: || packer::cargo_build().is_some(),
        },
    ],
    sdk: "sdk/rust",
    template: "sdk/rust/template",
    // The versions that the bundled plugins are built and tested with.
    besides: &[("plugins/Cargo.lock", "Cargo.lock")],
    native_test: "cargo test",
    build,
};

/// What cargo says of a thing that it has built.
#[derive(Deserialize)]
struct Artifact {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

fn build(project: &Project) -> Result<Vec<u8>, ToolError> {
    let mut cargo = packer::cargo_build().ok_or_else(|| RUST.tools[1].missing())?;
    // Only cargo knows where its folder is: a configuration or a variable may have moved it.
    cargo.args(["--release", "--message-format", "json-render-diagnostics"]).current_dir(&project.folder);
    let said = run(&mut cargo, "build it")?;
    let module = module(&said, &project.folder).ok_or_else(|| {
        let why = "cargo built no WebAssembly: Cargo.toml needs `crate-type = [\"cdylib\"]` under `[lib]`";
        ToolError::Failed(why.to_owned())
    })?;
    let read = std::fs::read(&module);
    let read = read.map_err(|error| ToolError::Failed(format!("{}: {error}", module.display())))?;
    packer::component(&read).map_err(ToolError::Failed)
}

/// The module of this project among all that cargo has built.
fn module(said: &[u8], folder: &Path) -> Option<PathBuf> {
    let own = std::fs::canonicalize(folder).ok()?.join("Cargo.toml");
    let lines = said.split(|byte| *byte == b'\n');
    let artifacts = lines.filter_map(|line| serde_json::from_slice::<Artifact>(line).ok());
    let mut built = artifacts.filter(|artifact| {
        artifact.reason == "compiler-artifact"
            && std::fs::canonicalize(&artifact.manifest_path).is_ok_and(|manifest| manifest == own)
    });
    built.find_map(|artifact| {
        artifact.filenames.into_iter().find(|file| file.extension().is_some_and(|e| e == "wasm"))
    })
}
