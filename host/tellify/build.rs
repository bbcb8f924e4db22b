//! Embeds the bundled plugins, which `cargo xtask plugins` has built.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let workspace = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let folder = workspace.join("target/plugins");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut components: Vec<PathBuf> = fs::read_dir(&folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    components.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    components.sort();
    if components.is_empty() {
        println!("cargo::error=no bundled plugins in target/plugins: run `make plugins` first");
        return;
    }
    let list: String = components
        .iter()
        .map(|path| {
            let path = fs::canonicalize(path).expect("it was just listed");
            format!("    include_bytes!({:?}),\n", path.display().to_string())
        })
        .collect();
    let code = format!("pub(crate) const BUNDLED: &[&[u8]] = &[\n{list}];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("bundled.rs");
    fs::write(out, code).expect("the build's own folder can be written");
}
