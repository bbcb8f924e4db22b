//! Bundled plugins: from crates to components, each one file with its manifest inside.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use event::Manifest;

/// A component larger than this has taken in something that it should not have.
const COMPONENT_BYTES_MAX: usize = 320 << 10;

/// Larger ones, with their reason.
const LARGE: [(&str, usize, &str); 3] = [
    ("chef", 384 << 10, "readers for five kinds of messages"),
    ("count", 340 << 10, "limits, emitted events, and two kinds of what was seen to read and write"),
    ("puppet", 1 << 20, "a whole YAML parser"),
];

/// Builds all that lie in `plugins/` into `out`, and writes those that changed.
pub(crate) fn build(root: &Path, out: &Path) -> Result<(), String> {
    let workspace = root.join("plugins");
    let target = workspace.join("target");
    let cargo = packer::cargo_build().ok_or_else(|| {
        format!(
            "this machine cannot build for {}: run scripts/setup, which installs what is missing",
            packer::TARGET
        )
    });
    let mut cargo = cargo?;
    cargo.args(["--release", "--locked"]).current_dir(&workspace).arg("--target-dir").arg(&target);
    let status = cargo.status().map_err(|e| format!("cargo does not start: {e}"))?;
    if !status.success() {
        return Err("the plugins do not build".to_owned());
    }
    fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let mut names = BTreeSet::new();
    for folder in folders(&workspace)? {
        let modules = target.join(packer::TARGET).join("release");
        names.insert(wrap(&folder, &modules, out).map_err(|why| format!("{}: {why}", folder.display()))?);
    }
    remove_others(out, &names).map_err(|e| format!("{}: {e}", out.display()))
}

/// The folders that hold a plugin, by name.
fn folders(workspace: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(workspace).map_err(|e| format!("{}: {e}", workspace.display()))?;
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut folders: Vec<_> = paths.filter(|path| path.join("plugin.toml").exists()).collect();
    folders.sort();
    Ok(folders)
}

/// Makes one component, says how large it is, and returns its file's name.
fn wrap(folder: &Path, modules: &Path, out: &Path) -> Result<String, String> {
    let text = fs::read_to_string(folder.join("plugin.toml")).map_err(|e| e.to_string())?;
    let plugin: Manifest = toml::from_str(&text).map_err(|e| format!("plugin.toml: {e}"))?;
    check(&plugin, folder)?;
    let module = modules.join(format!("tellify_{}.wasm", plugin.name.as_str().replace('-', "_")));
    let module = fs::read(&module).map_err(|e| format!("{}: {e}", module.display()))?;
    let mut component = packer::component(&module)?;
    packer::pack(&mut component, &text)?;

    let bytes_max = LARGE
        .iter()
        .find(|large| large.0 == plugin.name.as_str())
        .map_or(COMPONENT_BYTES_MAX, |large| large.1);
    if component.len() > bytes_max {
        return Err(format!("the component has {} bytes, and may have {bytes_max}", component.len()));
    }
    let file = format!("{}.wasm", plugin.name);
    let path = out.join(&file);
    let changed = fs::read(&path).map_or(true, |before| before != component);
    if changed {
        fs::write(&path, &component).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let state = if changed { "written" } else { "unchanged" };
    println!("plugin {:<12} {:>5} KiB  {state}", plugin.name.as_str(), component.len().div_ceil(1024));
    Ok(file)
}

/// The manifest must tell the same as the folder and the crate.
fn check(plugin: &Manifest, folder: &Path) -> Result<(), String> {
    if folder.file_name().is_none_or(|name| name != plugin.name.as_str()) {
        return Err(format!("plugin.toml names it `{}`, unlike its folder", plugin.name));
    }
    if plugin.license.as_ref().is_none_or(String::is_empty) {
        return Err("plugin.toml names no licence".to_owned());
    }
    let workspace = folder.parent().expect("a plugin lies in the workspace").join("Cargo.toml");
    let workspace = fs::read_to_string(workspace).map_err(|e| e.to_string())?;
    let workspace: toml::Table = workspace.parse().map_err(|e| format!("Cargo.toml: {e}"))?;
    let version = workspace["workspace"]["package"]["version"].as_str();
    if version != Some(&plugin.version) {
        return Err(format!("plugin.toml has version {}, unlike plugins/Cargo.toml", plugin.version));
    }
    Ok(())
}

/// What a plugin left that is gone, the daemon would go on bundling.
fn remove_others(out: &Path, names: &BTreeSet<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".wasm") && !names.contains(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
