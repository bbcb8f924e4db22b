//! Components for tests and benches: the guest crates of `tests/guests`, built when
//! they are first asked for.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// A guest crate, as a component.
pub fn guest(name: &str) -> Arc<[u8]> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let file = name.replace('-', "_");
    let module = FOLDER.get_or_init(build).join(file).with_extension("wasm");
    let module = std::fs::read(&module).expect("the guest was built");
    wrap(&module).into()
}

/// What a plugin of a world in this WIT would be, with functions that do nothing.
pub fn dummy(wit: &str, world: &str, abi: LiftLowerAbi) -> Arc<[u8]> {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("plugin.wit", wit).expect("the interface can be read");
    let world = resolve.select_world(&[package], Some(world)).expect("it has this world");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(abi));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .expect("a module can tell its world");
    wrap(&module).into()
}

/// Wraps a core module, which tells its world in a section of its own.
pub fn wrap(module: &[u8]) -> Vec<u8> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(module).expect("the module tells its world");
    encoder.encode().expect("a component can be made of the module")
}

/// Builds all of them beside what is running, and returns the folder of the modules.
fn build() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    let target = own.ancestors().nth(3).expect("it lies in the target folder").join("guests");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests/Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--target", "wasm32-unknown-unknown", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        // Flags of the host's build mean nothing to the guests'.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .expect("cargo runs");
    assert!(
        built.success(),
        "the guests could not be built: is the target wasm32-unknown-unknown installed?"
    );
    target.join("wasm32-unknown-unknown/debug")
}
