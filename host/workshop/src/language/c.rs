//! C: compiled with the libc of WASI into a core module, which tells its world, and wrapped
//! here. It imports nothing of WASI as long as nobody opens a file.

use std::path::{Path, PathBuf};
use std::process::Command;

use event::PluginKind;

use super::Language;
use crate::Project;
use crate::tool::{Tool, ToolError, is_program, program, run};

pub(super) static C: Language = Language {
    name: "c",
    aliases: &[],
    title: "C",
    worlds: &[PluginKind::Handler],
    tools: &[Tool {
        name: "python3",
        purpose: "with which the compiler of C is installed",
        get: "apt install python3-venv",
        is_here: || is_program("python3"),
    }],
    sdk: "sdk/c",
    template: "sdk/c/template",
    besides: &[],
    native_test: "sh tellify-sdk/c/test.sh",
    build,
};

/// What Zig's own packages call it, and that of Python.
const ZIGS: [&str; 2] = ["zig", "python-zig"];

fn build(project: &Project) -> Result<Vec<u8>, ToolError> {
    let missing = ToolError::Missing {
        name: "zig",
        purpose: "whose C compiler knows WebAssembly",
        get: "python3 -m venv .venv && .venv/bin/pip install -r tellify-sdk/c/requirements.txt",
    };
    // One of the project's own, else the one that a shell would find.
    let own = project.folder.join(".venv/bin");
    let zig = ZIGS.into_iter().find_map(|name| program(&own, name)).ok_or(missing)?;
    let world = project.manifest.world.as_str();
    let kit = Path::new("tellify-sdk/c");
    let generated = kit.join("generated").join(world);
    let mut compile = Command::new(zig);
    compile
        .args(["cc", "-target", "wasm32-wasi", "-mexec-model=reactor", "-std=gnu17", "-Os", "-s"])
        .args(["-Wall", "-Wextra"])
        .arg("-I")
        .arg(kit.join("include"))
        .arg("-I")
        .arg(&generated)
        .args(sources(project, Path::new("src"))?)
        .args(sources(project, &kit.join("src"))?)
        .args(guest(world).map(|file| kit.join("src/guest").join(file)))
        .args([generated.join("plugin.c"), generated.join("plugin_component_type.o")])
        .args(["-o", "target/module.wasm"])
        .current_dir(&project.folder);
    let target = project.folder.join("target");
    std::fs::create_dir_all(&target)
        .map_err(|error| ToolError::Failed(format!("{}: {error}", target.display())))?;
    run(&mut compile, "compile it")?;
    let path = target.join("module.wasm");
    let module =
        std::fs::read(&path).map_err(|error| ToolError::Failed(format!("{}: {error}", path.display())))?;
    packer::component(&module).map_err(ToolError::Failed)
}

/// What a plugin of this world has besides.
fn guest(world: &str) -> [String; 4] {
    ["convert", "described", "state", world].map(|part| format!("{part}.c"))
}

/// The files of C in a folder of the project, by name.
fn sources(project: &Project, folder: &Path) -> Result<Vec<PathBuf>, ToolError> {
    let whole = project.folder.join(folder);
    let entries = std::fs::read_dir(&whole)
        .map_err(|error| ToolError::Failed(format!("{}: {error}", whole.display())))?;
    let names = entries.flatten().map(|entry| folder.join(entry.file_name()));
    let mut files: Vec<PathBuf> = names.filter(|file| file.extension().is_some_and(|e| e == "c")).collect();
    files.sort();
    Ok(files)
}
