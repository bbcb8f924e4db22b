//! Components for tests and benches: the guest crates of `tests/guests`, built when
//! they are first asked for.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// A guest crate, as a component with its manifest inside, if it has one.
pub fn guest(name: &str) -> Arc<[u8]> {
    match std::fs::read_to_string(sources().join(name).join("plugin.toml")) {
        Ok(manifest) => guest_with(name, &manifest),
        Err(_) => guest_without_manifest(name).into(),
    }
}

/// A guest crate with another manifest than its own.
pub fn guest_with(name: &str, manifest: &str) -> Arc<[u8]> {
    let mut component = guest_without_manifest(name);
    event::append_manifest(&mut component, manifest);
    component.into()
}

/// A guest crate that says nothing of itself but by its code.
pub fn guest_without_manifest(name: &str) -> Vec<u8> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let file = name.replace('-', "_");
    let module = FOLDER.get_or_init(build).join(file).with_extension("wasm");
    let module = std::fs::read(&module).expect("the guest was built");
    wrap(&module)
}

/// The handler `changeling` as a version of a plugin called `name`. Its configurations need
/// the field `wants`; it `break`s or `fail`s when called, and otherwise tells its version.
pub fn changeling(name: &str, version: &str, wants: &str, does: &str) -> Arc<[u8]> {
    let own = json!({"name": name, "version": version, "wants": wants, "does": does});
    let mut component = written_over("changeling", &own);
    let manifest = format!("[plugin]\nname = {name:?}\nversion = {version:?}\nworld = \"handler\"\n");
    event::append_manifest(&mut component, &manifest);
    component.into()
}

/// The channel `courier` as a version of a plugin called so. Its configurations need the
/// field `wants`; it `break`s when called, or posts to the field `url`. `traits` are lines of
/// its manifest, such as `one-line = true`.
pub fn courier(version: &str, wants: &str, does: &str, traits: &str) -> Arc<[u8]> {
    let own = json!({"name": "courier", "version": version, "wants": wants, "does": does});
    let mut component = written_over("courier", &own);
    let manifest = format!(
        "[plugin]\nname = \"courier\"\nversion = {version:?}\nworld = \"channel\"\n[capabilities]\n\
         http = [\"http://127.0.0.1:*/*\"]\n[channel]\n{traits}\n"
    );
    event::append_manifest(&mut component, &manifest);
    component.into()
}

/// The source `gauge` as a version. Its configurations need the field `wants`; `capabilities` is
/// that table of its manifest.
pub fn gauge(version: &str, wants: &str, capabilities: &str) -> Arc<[u8]> {
    let mut component = written_over("gauge", &json!({"version": version, "wants": wants}));
    let manifest = format!(
        "[plugin]\nname = \"gauge\"\nversion = {version:?}\nworld = \"source\"\n[capabilities]\n{capabilities}\n"
    );
    event::append_manifest(&mut component, &manifest);
    component.into()
}

/// A guest that reads what it is in a place of its own, which this is written into.
fn written_over(guest: &str, own: &Value) -> Vec<u8> {
    const MARK: &[u8] = b"@changeling@ ";
    const BYTES: usize = 512;
    let (mut component, own) = (guest_without_manifest(guest), own.to_string());
    let at = component.windows(MARK.len()).position(|bytes| bytes == MARK).expect("it holds its mark");
    component[at..at + BYTES].copy_from_slice(format!("{own:BYTES$}").as_bytes());
    component
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

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests")
}

/// Builds all of them beside what is running, and returns the folder of the modules.
fn build() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    let target = own.ancestors().nth(3).expect("it lies in the target folder").join("guests");
    let manifest = sources().join("Cargo.toml");
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
