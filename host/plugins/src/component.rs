//! What some bytes are, and whether they are a plugin: everything that can be said
//! of a component before it runs.

use event::PluginKind;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::LoadError;
use crate::exports::KINDS;
use crate::imports::{Offered, TYPES};
use crate::version::{InterfaceVersion, interface};

/// Looks at the outer form only, so that what is plainly something else is told
/// apart before it is compiled.
///
/// # Errors
/// What it is instead.
pub fn sniff(bytes: &[u8]) -> Result<(), LoadError> {
    if Engine::detect_precompiled(bytes).is_some() {
        return Err(LoadError::Precompiled);
    }
    let Some(rest) = bytes.strip_prefix(b"\0asm") else {
        return Err(LoadError::NotWasm);
    };
    match rest {
        [1, 0, 0, 0, ..] => Err(LoadError::CoreModule),
        [_, _, 1, 0, ..] => match event::sections(bytes).find_map(Result::err) {
            Some(offset) => Err(LoadError::Truncated { offset }),
            None => Ok(()),
        },
        [_, _, _, _, ..] => Err(LoadError::NotWasm),
        _ => Err(LoadError::Truncated { offset: 4 }),
    }
}

/// Why the engine would not compile a component, by what it said.
pub(crate) fn refusal(said: &str) -> LoadError {
    if said.contains("component model async") {
        LoadError::Async
    } else {
        LoadError::Invalid(said.to_owned())
    }
}

/// What a component imports and exports.
pub(crate) struct Shape {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Shape {
    pub(crate) fn of(component: &Component, engine: &Engine) -> Shape {
        let ty = component.component_type();
        Shape {
            imports: ty.imports(engine).map(|(name, _)| name.to_owned()).collect(),
            exports: ty.exports(engine).map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// The kind that the exports make, and the version that they are of. Other exports are
    /// normal: tool chains leave some.
    pub(crate) fn kind(&self) -> Result<(PluginKind, InterfaceVersion), LoadError> {
        let version = self.version()?;
        let exports =
            |wanted: &str| self.exports.iter().any(|e| interface(e).is_some_and(|(i, _)| i == wanted));
        let kinds: Vec<PluginKind> =
            KINDS.iter().filter(|(_, i)| exports(i)).map(|(kind, _)| *kind).collect();
        let no_world = || LoadError::NoWorld { known: known_interfaces() };
        match kinds.as_slice() {
            [kind] if exports("descriptor") => Ok((*kind, version.ok_or_else(no_world)?)),
            [] | [_] => Err(no_world()),
            several => {
                let kinds: Vec<&str> = several.iter().map(|k| k.as_str()).collect();
                Err(LoadError::SeveralWorlds { kinds: kinds.join(", ") })
            }
        }
    }

    /// Whether everything it imports is offered to its kind. WASI always is.
    pub(crate) fn check_imports(&self, kind: PluginKind) -> Result<(), LoadError> {
        let offered: Vec<&str> = Offered::to(kind).iter().map(|offered| offered.as_str()).collect();
        let unknown = self.imports.iter().filter(|import| match interface(import) {
            Some((name, _)) => name != TYPES && !offered.contains(&name),
            None => !import.starts_with("wasi:"),
        });
        let unknown: Vec<&str> = unknown.map(String::as_str).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let (imports, offered) = (unknown.join("`, `"), offered.join(", "));
        Err(LoadError::UnknownImport { imports, kind, offered })
    }

    /// The engine found something missing or of another type: a newer version of
    /// ours, or a misfit.
    pub(crate) fn misfit(&self, kind: PluginKind, made_for: InterfaceVersion, reason: &str) -> LoadError {
        match self.names().find(|(_, _, version)| made_for.is_older_than(version)) {
            Some((name, _, version)) => version_error(name, version),
            None => LoadError::Misfit { kind, version: made_for, reason: reason.to_owned() },
        }
    }

    /// The version that all interfaces of ours are of; none when there are no such
    /// interfaces.
    fn version(&self) -> Result<Option<InterfaceVersion>, LoadError> {
        let mut first: Option<(InterfaceVersion, &str)> = None;
        for (name, _, version) in self.names() {
            let serving = InterfaceVersion::serving(version).ok_or_else(|| version_error(name, version))?;
            match first {
                Some((before, one)) if before != serving => {
                    return Err(LoadError::SeveralVersions { one: one.to_owned(), other: name.to_owned() });
                }
                Some(_) => {}
                None => first = Some((serving, name)),
            }
        }
        Ok(first.map(|(version, _)| version))
    }

    /// Interfaces of ours: the whole name, the name alone, the version.
    fn names(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let all = self.exports.iter().chain(&self.imports);
        all.filter_map(|whole| interface(whole).map(|(name, version)| (whole.as_str(), name, version)))
    }
}

fn version_error(whole: &str, version: &str) -> LoadError {
    let name = whole.strip_suffix(version).and_then(|name| name.strip_suffix('@')).unwrap_or(whole);
    LoadError::Version {
        interface: name.to_owned(),
        wanted: version.to_owned(),
        served: InterfaceVersion::all(),
    }
}

fn known_interfaces() -> String {
    let names: Vec<String> = KINDS.iter().map(|(kind, i)| format!("`{i}` ({kind})")).collect();
    names.join(", ")
}
