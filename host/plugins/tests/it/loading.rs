//! What is no plugin, and why; and the cache of compiled code.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use event::PluginKind;
use plugins::{Host, HostError, HostOptions, InterfaceVersion, LoadError};
use testkit::{dummy, guest};
use wit_parser::LiftLowerAbi;

use crate::support::host;

/// The latest interface in `wit/`, with more text at its end.
fn interface(more: &str) -> String {
    text_of(InterfaceVersion::LATEST) + more
}

fn text_of(version: InterfaceVersion) -> String {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let folder = if version == InterfaceVersion::LATEST { wit } else { wit.join(version.as_str()) };
    std::fs::read_to_string(folder.join("plugin.wit")).unwrap()
}

/// All kinds; the names of their worlds are the same.
const KINDS: [PluginKind; 5] =
    [PluginKind::Handler, PluginKind::Monitor, PluginKind::Source, PluginKind::Channel, PluginKind::Ingest];

fn refused(bytes: impl Into<Arc<[u8]>>) -> String {
    host().load(bytes.into()).map(|_| ()).unwrap_err().to_string()
}

fn world(body: &str) -> String {
    let wit = interface(&format!("world tested {{ {body} }}"));
    refused(dummy(&wit, "tested", LiftLowerAbi::Sync))
}

#[test]
fn every_version_has_its_text_in_wit() {
    for version in InterfaceVersion::SERVED {
        let text = text_of(version);
        assert!(text.starts_with(&format!("package tellify:plugin@{version};")), "{version}");
    }
    // What is published never changes.
    let first = plugins::sha256(text_of(InterfaceVersion::V0_1).as_bytes());
    assert_eq!(first, "a4173b195ba8feb45a22049869068dca75daa8741eab50d33c0803f426f3c55b");
}

#[test]
fn all_kinds_of_all_versions_are_served_side_by_side() {
    for version in InterfaceVersion::SERVED {
        for kind in KINDS {
            let loaded = host().load(dummy(&text_of(version), kind.as_str(), LiftLowerAbi::Sync));
            let plugin = loaded.unwrap_or_else(|error| panic!("{kind} {version}: {error}"));
            assert_eq!((plugin.kind(), plugin.interface_version()), (kind, version));
        }
    }
}

#[test]
fn a_component_is_made_for_one_version_alone() {
    let old = text_of(InterfaceVersion::V0_1);
    let (_, old_words) = old.split_once(';').unwrap();
    let wit = interface(&format!(
        "world tested {{ import tellify:plugin/log@0.1.0; include handler; }}
         package tellify:plugin@0.1.0 {{ {old_words} }}"
    ));
    let said = refused(dummy(&wit, "tested", LiftLowerAbi::Sync));
    assert!(said.starts_with("the component mixes versions of the plugin interface, `"), "{said}");
}

#[test]
fn bytes_that_are_no_component_are_told_apart() {
    let component = guest("counter");
    let core = wat::parse_str("(module)").unwrap();
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("nothing", vec![], "this is no WebAssembly"),
        ("text", b"#!/bin/sh".to_vec(), "this is no WebAssembly"),
        ("noise", (0..=255).collect(), "this is no WebAssembly"),
        ("a core module", core, "this is a core module, no component: wrap it with"),
        ("a cut header", component[..6].to_vec(), "the file is truncated"),
        ("half a component", component[..component.len() / 2].to_vec(), "the file is truncated"),
        ("a broken component", b"\0asm\x0d\0\x01\0\x07\x01\xff".to_vec(), "the component is invalid"),
    ];
    for (name, bytes, expected) in cases {
        let said = refused(bytes);
        assert!(said.starts_with(expected), "{name}: {said}");
    }
}

#[test]
fn every_cut_of_a_component_is_refused() {
    let component = guest("counter");
    for length in (0..component.len()).step_by(997) {
        assert!(host().load(component[..length].into()).is_err(), "{length} bytes");
    }
}

#[test]
fn precompiled_code_is_never_taken_from_outside() {
    let engine = wasmtime::Engine::default();
    let code = engine.precompile_component(&wat::parse_str("(component)").unwrap()).unwrap();
    assert_eq!(host().load(code.into()).err(), Some(LoadError::Precompiled));
}

#[test]
fn a_component_larger_than_allowed_is_not_looked_at() {
    let bytes = vec![0; host().limits().component_bytes + 1];
    assert!(matches!(host().load(bytes.into()).err(), Some(LoadError::TooLarge { .. })));
}

#[test]
fn a_component_without_a_world_of_ours_is_told_what_is_missing() {
    let expected = "the component exports no world of ours";
    assert!(refused(wat::parse_str("(component)").unwrap()).starts_with(expected));
    assert!(world("export descriptor;").starts_with(expected));
    assert!(world("export handling;").starts_with(expected));
    let several = world("export descriptor; export handling; export intake;");
    assert_eq!(
        several,
        "the component exports several worlds (handler, ingest): a plugin is of one kind, so make one of each"
    );
}

/// Language runtimes come as several components in one. Between the memories of two, wasmtime
/// writes code of its own.
#[test]
fn a_component_made_of_several_is_compiled() {
    let several = r#"(component
        (component $taker
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
                (func (export "take") (param i32 i32)))
            (core instance $i (instantiate $m))
            (func (export "take") (param "text" string)
                (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
        (component $giver
            (import "take" (func $take (param "text" string)))
            (core module $own (memory (export "memory") 1))
            (core instance $own (instantiate $own))
            (core func $take (canon lower (func $take) (memory (core memory $own "memory"))))
            (core module $m (import "" "take" (func (param i32 i32))))
            (core instance (instantiate $m (with "" (instance (export "take" (func $take)))))))
        (instance $taker (instantiate $taker))
        (instance (instantiate $giver (with "take" (func $taker "take")))))"#;
    let said = refused(wat::parse_str(several).unwrap());
    assert!(said.starts_with("the component exports no world of ours"), "{said}");
}

#[test]
fn an_import_that_is_not_offered_is_named() {
    let said = world("import http; export descriptor; export handling;");
    let expected = "the component imports `tellify:plugin/http@0.2.0`, which a plugin of the kind handler is \
                    not offered: it may import log, state";
    assert_eq!(said, expected);
    let said = world("import other: func(); export descriptor; export handling;");
    assert!(said.starts_with("the component imports `other`"), "{said}");
}

#[test]
fn another_version_of_the_interface_is_named_with_ours() {
    for other in ["0.3.0", "1.0.0"] {
        let wit = interface("").replace("@0.2.0", &format!("@{other}"));
        let said = refused(dummy(&wit, "handler", LiftLowerAbi::Sync));
        let expected = format!("@{other}`, and this host serves versions 0.1.0 and 0.2.0");
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn a_newer_version_of_our_track_works_when_it_asks_for_nothing_new() {
    for version in InterfaceVersion::SERVED {
        let wanted = version.as_str().replace(".0", ".7");
        let newer = text_of(version).replace(&format!("@{version}"), &format!("@{wanted}"));
        let plugin = host().load(dummy(&newer, "handler", LiftLowerAbi::Sync)).unwrap();
        assert_eq!(plugin.interface_version(), version);
        let more = newer.replace("interface log {", "interface log { shout: func();");
        let said = refused(dummy(&more, "handler", LiftLowerAbi::Sync));
        let expected = format!("@{wanted}`, and this host serves versions 0.1.0 and 0.2.0");
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn an_interface_of_another_shape_does_not_fit() {
    let wit = interface("").replace("title: func(c: config) -> string;", "title: func(c: config) -> u32;");
    let said = refused(dummy(&wit, "handler", LiftLowerAbi::Sync));
    assert!(said.starts_with("the component does not fit the world `handler` of version 0.2.0"), "{said}");
    assert!(said.contains("descriptor@0.2.0#title"), "{said}");
}

#[test]
fn the_asynchronous_abi_is_refused_with_the_flag_that_avoids_it() {
    for abi in [LiftLowerAbi::AsyncCallback, LiftLowerAbi::AsyncStackful] {
        let said = refused(dummy(&interface(""), "handler", abi));
        assert!(said.contains("`--sync`"), "{said}");
    }
}

#[test]
fn what_wasi_offers_elsewhere_may_be_imported_and_is_not_there() {
    let wit = interface("world tested { import wasi:sockets/instance-network@0.2.3; include handler; }")
        + "package wasi:sockets@0.2.3 { interface network { resource network; } interface instance-network \
           { use network.{network}; instance-network: func() -> network; } }";
    host().load(dummy(&wit, "tested", LiftLowerAbi::Sync)).map(|_| ()).unwrap();
}

/// A folder that is empty, and gone when the test is done.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }

    fn host(&self) -> Result<Host, HostError> {
        Host::new(HostOptions { cache_dir: Some(self.0.clone()), ..HostOptions::default() })
    }

    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_plugin_is_compiled_once_and_its_code_is_ours_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("cache");
    let bytes = guest("counter");
    let host = folder.host().unwrap();
    assert!(!host.is_cached(&bytes));
    host.load(bytes.clone()).map(|_| ()).unwrap();
    assert!(host.is_cached(&bytes));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.0), 0o700);
    let files = folder.files();
    assert_eq!(files.iter().map(|f| mode(f)).collect::<Vec<_>>(), [0o600]);
    // Another host finds it, runs it, and writes nothing.
    let before = std::fs::metadata(&files[0]).unwrap().modified().unwrap();
    let again = folder.host().unwrap();
    assert_eq!(again.load(bytes).unwrap().describe().unwrap().name.as_str(), "counter");
    assert_eq!(folder.files(), files);
    assert_eq!(std::fs::metadata(&files[0]).unwrap().modified().unwrap(), before);
}

#[test]
fn what_is_no_plugin_is_not_kept() {
    let folder = Folder::new("cache-misfit");
    let host = folder.host().unwrap();
    host.load(wat::parse_str("(component)").unwrap().into()).map(|_| ()).unwrap_err();
    assert_eq!(folder.files(), Vec::<PathBuf>::new());
}

#[test]
fn code_of_no_use_is_made_again() {
    let folder = Folder::new("cache-broken");
    let bytes = guest("counter");
    folder.host().unwrap().load(bytes.clone()).map(|_| ()).unwrap();
    std::fs::write(&folder.files()[0], b"not what it was").unwrap();
    folder.host().unwrap().load(bytes.clone()).map(|_| ()).unwrap();
    assert!(std::fs::metadata(&folder.files()[0]).unwrap().len() > 1_000);
}

#[test]
fn a_folder_that_others_may_write_in_is_no_cache() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("cache-open");
    std::fs::create_dir(&folder.0).unwrap();
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o777)).unwrap();
    let said = folder.host().err().unwrap().to_string();
    assert!(said.contains("others may write in it"), "{said}");
}
