//! What some bytes are, and whether they are a plugin: everything that can be said
//! of a component before it runs.

use event::PluginKind;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::{INTERFACE_VERSION, LoadError};

const PACKAGE: &str = "tellify:plugin/";

/// Each kind with the interface that makes it one.
const KINDS: &[(PluginKind, &str)] = &[
    (PluginKind::Handler, "handling"),
    (PluginKind::Monitor, "checking"),
    (PluginKind::Source, "querying"),
    (PluginKind::Channel, "delivering"),
    (PluginKind::Ingest, "intake"),
];

/// Looks at the outer form only, so that what is plainly something else is told
/// apart before it is compiled.
pub(crate) fn sniff(bytes: &[u8]) -> Result<(), LoadError> {
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

/// Why the engine would not compile a component.
pub(crate) fn refusal(error: &wasmtime::Error) -> LoadError {
    let text = format!("{error:#}");
    if text.contains("component model async") { LoadError::Async } else { LoadError::Invalid(text) }
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

    /// The kind that the exports make. Other exports are normal: tool chains leave some.
    pub(crate) fn kind(&self) -> Result<PluginKind, LoadError> {
        self.check_versions()?;
        let exports =
            |wanted: &str| self.exports.iter().any(|e| interface(e).is_some_and(|(i, _)| i == wanted));
        let kinds: Vec<PluginKind> =
            KINDS.iter().filter(|(_, i)| exports(i)).map(|(kind, _)| *kind).collect();
        match kinds.as_slice() {
            [kind] if exports("descriptor") => Ok(*kind),
            [] | [_] => Err(LoadError::NoWorld { known: known_interfaces() }),
            several => {
                let kinds: Vec<&str> = several.iter().map(|k| k.as_str()).collect();
                Err(LoadError::SeveralWorlds { kinds: kinds.join(", ") })
            }
        }
    }

    /// Whether everything it imports is offered to its kind. WASI always is.
    pub(crate) fn check_imports(&self, kind: PluginKind) -> Result<(), LoadError> {
        let offered = offered(kind);
        let unknown = self.imports.iter().find(|import| match interface(import) {
            Some((name, _)) => name != "types" && !offered.contains(&name),
            None => !import.starts_with("wasi:"),
        });
        match unknown {
            None => Ok(()),
            Some(import) => {
                Err(LoadError::UnknownImport { import: import.clone(), kind, offered: offered.join(", ") })
            }
        }
    }

    /// The engine found something missing or of another type: a newer version of
    /// ours, or a misfit.
    pub(crate) fn misfit(&self, kind: PluginKind, reason: &str) -> LoadError {
        let newer = self.names().find(|(_, version)| parse(version) > parse(INTERFACE_VERSION));
        match newer {
            Some((name, version)) => version_error(name, version),
            None => LoadError::Misfit { kind, served: INTERFACE_VERSION, reason: reason.to_owned() },
        }
    }

    /// Every interface of ours must be of a version track that we serve: for `0.x`
    /// the same `x`, else the same major version.
    fn check_versions(&self) -> Result<(), LoadError> {
        let served = parse(INTERFACE_VERSION).map(track);
        match self.names().find(|(_, version)| parse(version).map(track) != served) {
            None => Ok(()),
            Some((name, version)) => Err(version_error(name, version)),
        }
    }

    /// Names and versions of the interfaces of ours.
    fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.imports.iter().chain(&self.exports).filter_map(|name| interface(name))
    }
}

/// What a kind may import; the worlds in `wit/` say the same.
fn offered(kind: PluginKind) -> &'static [&'static str] {
    match kind {
        PluginKind::Handler => &["log", "state"],
        PluginKind::Monitor => &["log", "state", "http", "secrets", "sources"],
        PluginKind::Source | PluginKind::Channel | PluginKind::Ingest => &["log", "http", "secrets"],
    }
}

/// Splits `tellify:plugin/handling@0.1.0` into interface and version.
fn interface(name: &str) -> Option<(&str, &str)> {
    let name = name.strip_prefix(PACKAGE)?;
    Some(name.split_once('@').unwrap_or((name, "none")))
}

fn parse(version: &str) -> Option<[u64; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

fn track([major, minor, _]: [u64; 3]) -> (u64, u64) {
    if major == 0 { (0, minor) } else { (major, 0) }
}

fn version_error(name: &str, version: &str) -> LoadError {
    LoadError::Version {
        interface: format!("{PACKAGE}{name}"),
        wanted: version.to_owned(),
        served: INTERFACE_VERSION,
    }
}

fn known_interfaces() -> String {
    let names: Vec<String> = KINDS.iter().map(|(kind, i)| format!("`{i}` ({kind})")).collect();
    names.join(", ")
}
