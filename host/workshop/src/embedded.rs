//! Files of the repository that travel in the binary, so that a project needs nothing else.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files below a folder of the repository: each path from there on, and its content.
pub(crate) fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> + use<> {
    let prefix = format!("{folder}/");
    EMBEDDED.iter().filter_map(move |(path, content)| Some((path.strip_prefix(&prefix)?, *content)))
}

/// One file of the repository, which is embedded.
pub(crate) fn file(path: &str) -> Option<&'static [u8]> {
    EMBEDDED.iter().find(|(known, _)| *known == path).map(|(_, content)| *content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kits_are_embedded_without_their_own_tests() {
        assert!(file("wit/plugin.wit").is_some_and(|wit| wit.starts_with(b"package tellify:plugin@")));
        assert!(below("sdk/rust/src").any(|(path, _)| path == "guest/bindings.rs"));
        assert_eq!(below("sdk/rust/tests").count() + below("sdk/rust/examples").count(), 0);
        assert_eq!(file("sdk/rust"), None);
    }

    /// A project's kit is no member of our workspace, from which ours has its versions.
    #[test]
    fn the_kit_of_a_project_has_the_libraries_of_ours() {
        let read = |path: &str| -> toml::Table {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            std::fs::read_to_string(root.join(path)).expect("it is there").parse().expect("it is TOML")
        };
        let (ours, workspace) = (read("sdk/rust/Cargo.toml"), read("Cargo.toml"));
        let theirs = read("sdk/rust/template/sdk/Cargo.toml");
        let resolved = |name: &str, dependency: &toml::Value| match dependency.get("workspace") {
            Some(_) => workspace["workspace"]["dependencies"][name].clone(),
            None => dependency.clone(),
        };
        for (name, dependency) in ours["dependencies"].as_table().expect("it is a table") {
            assert_eq!(theirs["dependencies"][name], resolved(name, dependency), "{name}");
        }
        assert_eq!(ours["target"], theirs["target"]);
        for field in ["version", "edition", "rust-version", "license"] {
            assert_eq!(theirs["package"][field], workspace["workspace"]["package"][field], "{field}");
        }
    }
}
