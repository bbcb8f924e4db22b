//! Python: a module and what it imports, with CPython, in one component.

use std::process::Command;

use event::PluginKind;

use super::Language;
use crate::Project;
use crate::tool::{Tool, ToolError, is_program, program, run};

pub(super) static PYTHON: Language = Language {
    name: "python",
    aliases: &["py"],
    title: "Python",
    worlds: &[PluginKind::Handler, PluginKind::Ingest, PluginKind::Monitor, PluginKind::Channel],
    tools: &[Tool {
        name: "python3",
        purpose: "which runs the tools of Python, 3.11 or newer",
        get: "apt install python3-venv",
        is_here: || is_program("python3"),
    }],
    sdk: "sdk/python",
    template: "sdk/python/template",
    besides: &[],
    native_test: "PYTHONPATH=src:tellify-sdk/python python3 -m unittest discover -s tests",
    build,
};

fn build(project: &Project) -> Result<Vec<u8>, ToolError> {
    let missing = ToolError::Missing {
        name: "componentize-py",
        purpose: "which makes components of Python",
        get: "python3 -m venv .venv && .venv/bin/pip install -r tellify-sdk/python/requirements.txt",
    };
    // One of the project's own, else the one that a shell would find.
    let found = program(&project.folder.join(".venv/bin"), "componentize-py").ok_or(missing)?;
    let target = project.folder.join("target");
    std::fs::create_dir_all(&target)
        .map_err(|error| ToolError::Failed(format!("{}: {error}", target.display())))?;
    let mut componentize = Command::new(found);
    componentize
        .args(["--wit-path", "wit/plugin.wit", "--world", project.manifest.world.as_str(), "componentize"])
        .args(["--python-path", "src", "--python-path", "tellify-sdk/python"])
        .args(["plugin", "--output", "target/component.wasm"])
        .current_dir(&project.folder)
        // Its own way of finding modules must not be that of whoever builds.
        .env_remove("PYTHONPATH");
    run(&mut componentize, "make a component of it")?;
    let path = target.join("component.wasm");
    std::fs::read(&path).map_err(|error| ToolError::Failed(format!("{}: {error}", path.display())))
}
