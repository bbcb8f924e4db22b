//! Embeds what a new project is made of: the development kits with their templates, the
//! plugin interface, and the versions of libraries that the bundled plugins are built with.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Beside these, all of `sdk/` is embedded.
const FILES: [&str; 2] = ["wit/plugin.wit", "plugins/Cargo.lock"];

/// Folders that are made while somebody works on a kit.
const MADE: [&str; 6] = ["target", "node_modules", "__pycache__", "build", "dist", "venv"];

fn main() {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = fs::canonicalize(manifest.join("../..")).expect("the workspace is there");
    let mut files: Vec<PathBuf> = FILES.iter().map(|file| root.join(file)).collect();
    collect(&root.join("sdk"), 0, &mut files);
    files.sort();
    let list: String = files.iter().map(|file| entry(&root, file)).collect();
    let code = format!("pub(crate) const EMBEDDED: &[(&str, &[u8])] = &[\n{list}];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("embedded.rs");
    fs::write(out, code).expect("the build's own folder can be written");
}

fn entry(root: &Path, file: &Path) -> String {
    println!("cargo::rerun-if-changed={}", file.display());
    let name = file.strip_prefix(root).expect("it lies in the workspace").display().to_string();
    format!("    ({name:?}, include_bytes!({:?})),\n", file.display().to_string())
}

/// All files below a folder that lies so deep in `sdk/`.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    // So that a new file is noticed.
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).expect("it can be read").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        // A kit's own tests and examples need what a project does not have.
        let own = depth == 1 && ["tests", "examples"].contains(&name.as_str());
        if own || MADE.contains(&name.as_str()) || name.starts_with('.') || name.ends_with(".egg-info") {
            continue;
        }
        if path.is_dir() {
            collect(&path, depth + 1, files);
        } else {
            files.push(path);
        }
    }
}
