//! What an author's command is about: a component, or the folder that it was built in.

use std::path::{Path, PathBuf};

use plugins::{Host, HostOptions};
use workshop::Project;

use crate::cli::failure::Failure;

/// A component, with its project where that is known.
pub(in crate::cli) struct Chosen {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) component: Vec<u8>,
    pub(in crate::cli) project: Option<Project>,
}

impl Chosen {
    /// Reads the component at this path, or that which was built in this folder.
    pub(in crate::cli) fn read(path: &Path) -> Result<Chosen, Failure> {
        let unreadable = |path: &Path, error| Failure::usage(format!("{}: {error}", path.display()));
        if !path.is_dir() {
            let component = std::fs::read(path).map_err(|error| unreadable(path, error))?;
            return Ok(Chosen { path: path.to_owned(), component, project: None });
        }
        let project = Project::open(path).map_err(Failure::usage)?;
        let built = project.component();
        let component = std::fs::read(&built).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                let folder = path.display();
                Failure::usage(format!(
                    "{} is not built yet: `tellify plugin build {folder}`",
                    built.display()
                ))
            }
            _ => unreadable(&built, error),
        })?;
        if let Some(file) = project.changed_since_build() {
            let file = file.display();
            eprintln!(
                "{file} has changed since the component was built: `tellify plugin build` builds it anew"
            );
        }
        Ok(Chosen { path: built, component, project: Some(project) })
    }
}

/// A plugin host with the user's own cache of compiled plugins, where there is one: most
/// plugins are run again and again until they are right.
pub(in crate::cli) fn host() -> Result<Host, Failure> {
    let settings = settings::Settings::load(None, std::env::vars());
    let cache_dir = settings.ok().map(|(settings, _)| settings.plugins.cache_dir);
    let cached = Host::new(HostOptions { cache_dir, ..HostOptions::default() });
    cached.or_else(|_| Host::new(HostOptions::default())).map_err(Failure::failed)
}
