//! The manifest of a component, read and held against what the component is.

use event::{Isolation, Manifest, PluginKind, Wanted, WantedLimits};

use crate::{Description, text};

/// What is wrong with a manifest, as a sentence for the plugin's author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error("it carries several manifests: pack one `plugin.toml` into it")]
    Several,
    #[error("its manifest cannot be read: {0}")]
    Unreadable(String),
    /// A lie or an oversight: what was judged would not be what runs.
    #[error(
        "its manifest says {field} `{said}`, and the component itself says `{is}`: mend the one that is wrong"
    )]
    Differs { field: &'static str, said: String, is: String },
}

/// Longest manifest; it is read before anything of the component runs.
const BYTES_MAX: usize = 64 << 10;

/// Reads the manifest that a component carries, if it does.
///
/// # Errors
/// When what it carries cannot be read.
pub fn read(component: &[u8]) -> Result<Option<Manifest>, ManifestError> {
    let mut found = event::manifests_in(component);
    let Some(bytes) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(ManifestError::Several);
    }
    let unreadable = |why: String| ManifestError::Unreadable(text::message(&why));
    if bytes.len() > BYTES_MAX {
        return Err(unreadable(format!("it takes {} bytes, and {BYTES_MAX} are allowed", bytes.len())));
    }
    let manifest = std::str::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
    toml::from_str(manifest).map(Some).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + manifest[..span.start].matches('\n').count());
        unreadable(format!("line {line}: {}", error.message()))
    })
}

/// The manifest of a component that carries none: it asks for nothing.
pub fn silent(kind: PluginKind, described: &Description) -> Manifest {
    Manifest {
        name: described.name.clone(),
        version: described.version.clone(),
        world: kind,
        license: None,
        wants: Wanted::default(),
        limits: WantedLimits::default(),
        isolation: Isolation::default(),
        channel: None,
        language: None,
    }
}

/// Holds a manifest against what the component exports and says of itself.
///
/// # Errors
/// With the first thing that differs.
pub fn check(
    manifest: Manifest,
    kind: PluginKind,
    described: &Description,
) -> Result<Manifest, ManifestError> {
    let pairs = [
        ("the name", manifest.name.as_str(), described.name.as_str()),
        ("the version", manifest.version.as_str(), described.version.as_str()),
        ("the world", manifest.world.as_str(), kind.as_str()),
    ];
    if let Some((field, said, is)) = pairs.into_iter().find(|(_, said, is)| said != is) {
        let shown = |text: &str| text::line(text, text::LINE_MAX);
        return Err(ManifestError::Differs { field, said: shown(said), is: shown(is) });
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use event::SourceKind;

    use super::*;

    fn packed(manifests: &[&str]) -> Vec<u8> {
        let mut component = b"\0asm\x0d\0\x01\0".to_vec();
        manifests.iter().for_each(|manifest| event::append_manifest(&mut component, manifest));
        component
    }

    const PLUGIN: &str = "[plugin]\nname = \"load\"\nversion = \"1.2\"\nworld = \"monitor\"\n";

    #[test]
    fn a_manifest_says_what_the_plugin_wants() {
        let rest = "isolation = \"configuration\"\n\
                    [capabilities]\nhttp = [\"https://a.example/x/*\"]\nsecrets = [\"token\"]\nsources = [\"*\", \"sql\"]\n\
                    [limits]\ncpu-ms = 200\n";
        let read = read(&packed(&[&format!("{PLUGIN}{rest}")])).unwrap().unwrap();
        assert_eq!(
            (read.name.as_str(), read.version.as_str(), read.world),
            ("load", "1.2", PluginKind::Monitor)
        );
        assert_eq!(read.wants.http[0].to_string(), "https://a.example/x/*");
        assert_eq!(read.wants.secrets[0].as_str(), "token");
        assert_eq!(read.wants.sources, [SourceKind::Any, SourceKind::new("sql").unwrap()]);
        assert_eq!((read.limits.cpu_ms, read.limits.wall_ms), (Some(200), None));
        assert_eq!(read.isolation, Isolation::Configuration);
    }

    #[test]
    fn a_manifest_that_cannot_be_judged_is_refused() {
        let handler = PLUGIN.replace("monitor", "handler");
        let channel = PLUGIN.replace("monitor", "channel");
        let large = format!("{PLUGIN}# {}", "x".repeat(BYTES_MAX));
        let cases = [
            (PLUGIN.replace("load", "../load"), "is no name"),
            (PLUGIN.replace("monitor", "gadget"), "gadget"),
            (PLUGIN.replace("1.2", ""), "`version` is empty"),
            (format!("{PLUGIN}colour = 1"), "colour"),
            (format!("{PLUGIN}[capabilities]\nfiles = [\"/\"]"), "files"),
            (format!("{PLUGIN}[capabilities]\nhttp = [\"file:///etc\"]"), "is no pattern of URLs"),
            (format!("{PLUGIN}[limits]\ncpu-ms = 0"), "at least 1"),
            (format!("{PLUGIN}[channel]\none-line = true"), "for plugins of the world `channel`"),
            (format!("{handler}[capabilities]\nsecrets = [\"a\"]"), "a handler is pure"),
            (format!("{channel}[capabilities]\nsources = [\"sql\"]"), "only a monitor"),
            (large, "bytes, and 65536 are allowed"),
            ("[plugin".into(), "cannot be read"),
        ];
        for (manifest, expected) in cases {
            let said = read(&packed(&[&manifest])).unwrap_err().to_string();
            assert!(said.contains(expected), "{expected}: {said}");
        }
        assert_eq!(read(&packed(&[])), Ok(None));
        assert_eq!(read(&packed(&[PLUGIN, PLUGIN])), Err(ManifestError::Several));
    }
}
