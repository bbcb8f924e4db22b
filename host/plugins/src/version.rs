//! The versions of the plugin interface that are served side by side.

use std::fmt;

/// One version of the interface; a plugin is made for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceVersion {
    V0_1,
    V0_2,
}

/// The package of the interface, as it stands in front of an interface's name.
const PACKAGE: &str = "tellify:plugin/";

impl InterfaceVersion {
    /// Oldest first.
    pub const SERVED: [InterfaceVersion; 2] = [InterfaceVersion::V0_1, InterfaceVersion::V0_2];

    /// What plugins are made for now; its text is `wit/plugin.wit`.
    pub const LATEST: InterfaceVersion = InterfaceVersion::V0_2;

    /// The newest of its track that is served.
    pub fn as_str(self) -> &'static str {
        match self {
            InterfaceVersion::V0_1 => "0.1.0",
            InterfaceVersion::V0_2 => "0.2.0",
        }
    }

    /// The version that serves a component made for this one.
    pub(crate) fn serving(version: &str) -> Option<InterfaceVersion> {
        let wanted = track(parse(version)?);
        InterfaceVersion::SERVED.into_iter().find(|served| parse(served.as_str()).map(track) == Some(wanted))
    }

    /// Whether a component made for `version`, of the same track, may know more than this.
    pub(crate) fn is_older_than(self, version: &str) -> bool {
        parse(version) > parse(self.as_str())
    }

    /// What an interface is called in this version, such as `tellify:plugin/log@0.2.0`.
    pub(crate) fn name(self, interface: &str) -> String {
        format!("{PACKAGE}{interface}@{}", self.as_str())
    }

    /// All that are served, as they stand in a sentence.
    pub(crate) fn all() -> String {
        InterfaceVersion::SERVED.map(InterfaceVersion::as_str).join(" and ")
    }
}

impl fmt::Display for InterfaceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Splits `tellify:plugin/handling@0.2.0` into interface and version; none: it is none of ours.
pub(crate) fn interface(name: &str) -> Option<(&str, &str)> {
    let name = name.strip_prefix(PACKAGE)?;
    Some(name.split_once('@').unwrap_or((name, "none")))
}

/// Three numbers; what has more to it, such as a pre-release, is no version that we know.
fn parse(version: &str) -> Option<[u64; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// Versions of one track understand each other: for `0.x` those with the same `x`, else
/// those with the same major version.
fn track([major, minor, _]: [u64; 3]) -> (u64, u64) {
    if major == 0 { (0, minor) } else { (major, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_is_served_by_its_own_track() {
        let table = [
            ("0.1.0", Some(InterfaceVersion::V0_1)),
            ("0.1.7", Some(InterfaceVersion::V0_1)),
            ("0.2.0", Some(InterfaceVersion::V0_2)),
            ("0.2.31", Some(InterfaceVersion::V0_2)),
            ("0.3.0", None),
            ("1.1.0", None),
            ("0.2", None),
            ("0.2.0-rc.1", None),
            ("0.2.0.1", None),
            ("none", None),
        ];
        for (version, expected) in table {
            assert_eq!(InterfaceVersion::serving(version), expected, "{version}");
        }
        assert_eq!(InterfaceVersion::all(), "0.1.0 and 0.2.0");
    }
}
