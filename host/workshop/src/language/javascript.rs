//! JavaScript and TypeScript: bundled by esbuild, and run by QuickJS inside of the component.

use std::path::Path;
use std::process::Command;

use event::PluginKind;

use super::Language;
use crate::Project;
use crate::tool::{Tool, ToolError, is_program, program, run};

pub(super) static JAVASCRIPT: Language = Language {
    name: "javascript",
    aliases: &["js"],
    title: "JavaScript",
    worlds: WORLDS,
    tools: TOOLS,
    sdk: "sdk/javascript",
    template: "sdk/javascript/template",
    besides: &[],
    native_test: "npm test",
    build: |project| build(project, "src/plugin.js"),
};

pub(super) static TYPESCRIPT: Language = Language {
    name: "typescript",
    aliases: &["ts"],
    title: "TypeScript",
    worlds: WORLDS,
    tools: TOOLS,
    sdk: "sdk/javascript",
    template: "sdk/javascript/template-ts",
    besides: &[],
    native_test: "npm test",
    build: |project| {
        // What the types forbid is told before anything is built.
        run(&mut tool(project, "tsc", "which checks types")?, "agree with the types")?;
        build(project, "src/plugin.ts")
    },
};

const WORLDS: &[PluginKind] =
    &[PluginKind::Handler, PluginKind::Ingest, PluginKind::Monitor, PluginKind::Channel];

const TOOLS: &[Tool] = &[Tool {
    name: "node",
    purpose: "which runs the tools of JavaScript, 20 or newer, with npm",
    get: "apt install nodejs npm",
    is_here: || is_program("node"),
}];

/// Where npm puts programs.
const PROGRAMS: &str = "node_modules/.bin";

fn build(project: &Project, source: &str) -> Result<Vec<u8>, ToolError> {
    let world = project.manifest.world.as_str();
    let (bundle, component) = ("target/bundle.js", "target/component.wasm");
    let mut esbuild = tool(project, "esbuild", "which bundles modules")?;
    esbuild
        .arg(format!("tellify-sdk/javascript/entry/{world}.js"))
        .args(["--bundle", "--format=esm", "--platform=neutral", "--target=es2023", "--log-level=warning"])
        .args(["--external:tellify:*", "--alias:tellify-plugin=./tellify-sdk/javascript/src/index.js"])
        .arg(format!("--alias:the-plugin=./{source}"))
        .arg(format!("--outfile={bundle}"));
    run(&mut esbuild, "bundle it")?;
    let mut componentize = tool(project, "componentize-qjs", "which makes components of JavaScript")?;
    componentize
        .args(["--sync", "--wit", "wit/plugin.wit", "--world", world])
        .args(["--js", bundle, "--output", component]);
    run(&mut componentize, "make a component of it")?;
    let path = project.folder.join(component);
    std::fs::read(&path).map_err(|error| ToolError::Failed(format!("{}: {error}", path.display())))
}

/// A program of the project's own, else the one that a shell would find.
fn tool(project: &Project, name: &'static str, purpose: &'static str) -> Result<Command, ToolError> {
    let missing = ToolError::Missing { name, purpose, get: "npm install" };
    let found = program(&project.folder.join(Path::new(PROGRAMS)), name).ok_or(missing)?;
    let mut tool = Command::new(found);
    tool.current_dir(&project.folder);
    Ok(tool)
}
