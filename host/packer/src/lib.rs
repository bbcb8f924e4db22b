//! Makes components: which Rust can build for WebAssembly here, and what becomes of the
//! core modules that it builds.
//!
//! Light, since the chores of the repository use it before anything else is built.

mod toolchain;

use wit_component::ComponentEncoder;

pub use crate::toolchain::{TARGET, cargo_build, has_target, own_cargo};

/// Wraps a core module, which tells its world in a section of its own, into a component.
///
/// # Errors
/// With a sentence, when no component can be made of it.
pub fn component(module: &[u8]) -> Result<Vec<u8>, String> {
    let encoded = ComponentEncoder::default().validate(true).module(module).and_then(|e| e.encode());
    encoded.map_err(|e| format!("it makes no component: {e:#}"))
}

/// Packs a manifest's text into a component, in which it travels from then on.
///
/// # Errors
/// When there is one in it already.
pub fn pack(component: &mut Vec<u8>, manifest: &str) -> Result<(), String> {
    if event::manifests_in(component).next().is_some() {
        return Err("a manifest is packed into it already".to_owned());
    }
    event::append_manifest(component, manifest);
    Ok(())
}
