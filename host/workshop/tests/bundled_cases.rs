//! The cases of the bundled plugins, `plugins/<plugin>/cases/<case>/`, by the workshop's own
//! means. Run with `TELLIFY_BLESS=1` to write anew what is expected.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use plugins::{Host, HostOptions, Limits};
use workshop::cases::{self, Verdict};

#[test]
fn every_bundled_plugin_does_what_its_cases_say() {
    // On a busy machine the wall says nothing of a plugin.
    let limits = Limits { wall: Duration::from_secs(60), ..Limits::default() };
    let host = Host::new(HostOptions { limits, ..HostOptions::default() }).unwrap();
    let bless = std::env::var_os("TELLIFY_BLESS").is_some();
    let (mut failures, mut count) = (Vec::new(), 0);
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let component = component(name);
        let manifest = plugins::manifest::read(&component).unwrap();
        let plugin = host.load(component).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(plugin.describe().unwrap().name.as_str(), name);
        let cases = cases::folders(&folder).unwrap();
        assert!(!cases.is_empty(), "{name} has no cases");
        count += cases.len();
        for case in cases {
            let ran = cases::run(&plugin, manifest.as_ref(), &case, bless).unwrap();
            failures.extend(failure(&ran.verdict).map(|why| format!("{}: {why}", case.display())));
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases:\n{}", failures.len(), failures.join("\n"));
}

fn failure(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Passed | Verdict::Blessed => None,
        Verdict::Unexpected { found } => Some(format!("nothing is expected, and this came:\n{found:#}")),
        Verdict::Differs { expected, found } => Some(cases::difference(expected, found)),
        Verdict::WarmDiffers { warm, fresh } => {
            Some(format!("warm and fresh differ:\n{}", cases::difference(warm, fresh)))
        }
    }
}

fn component(name: &str) -> Arc<[u8]> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let path = target.join("plugins").join(name).with_extension("wasm");
    let bytes = fs::read(&path);
    bytes.unwrap_or_else(|e| panic!("{}: {e}: run `cargo xtask plugins` first", path.display())).into()
}

/// Those of the bundled plugins, by name.
fn folders() -> Vec<PathBuf> {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
    let mut folders: Vec<_> = fs::read_dir(plugins).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join("plugin.toml").exists());
    folders.sort();
    folders
}
