//! Keys that have been given better names. The old ones are obeyed, with a warning.

/// The old and the new name of a key, each with its section.
type Renamed = (&'static str, &'static str);

/// Nothing leaves this table: a file that was good once stays good.
const RENAMED: &[Renamed] = &[("plugins.hostcall_bytes", "plugins.host_call_bytes")];

/// What a key is called today, if it has another name.
pub(crate) fn today(key: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(old, _)| *old == key).map(|(_, new)| *new)
}

/// The keys that a renamed one once was.
pub(crate) fn before() -> impl Iterator<Item = Renamed> {
    RENAMED.iter().copied()
}

/// For a key that is given under both of its names.
pub(crate) fn twice(old: &str, new: &str) -> String {
    format!("`{old}` is the old name of `{new}`, and both are given: leave it out")
}
