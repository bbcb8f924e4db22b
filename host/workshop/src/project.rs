//! A plugin's folder, as its author has it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use event::Manifest;

use crate::Language;

/// A folder with a plugin's manifest.
#[derive(Clone, Debug)]
pub struct Project {
    pub folder: PathBuf,
    pub manifest: Manifest,
    /// The manifest as it was written.
    pub text: String,
}

/// Why a folder is no project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error(
        "{} holds no plugin.toml: name the folder of a plugin, or begin one with `tellify plugin new`",
        .0.display()
    )]
    None(PathBuf),
    #[error("{}: {why}", path.display())]
    Unreadable { path: PathBuf, why: io::Error },
    #[error("{}:{line}: {why}", path.display())]
    Misfit { path: PathBuf, line: usize, why: String },
    #[error(
        "{}: it does not say in which language the plugin is written: add `[build]` with `language = …`, one of {}",
        .0.display(), Language::names()
    )]
    NoLanguage(PathBuf),
    #[error("{}: `{language}` is no language that can be built here: there are {}", path.display(), Language::names())]
    UnknownLanguage { path: PathBuf, language: String },
}

impl Project {
    /// Reads the manifest in a folder.
    ///
    /// # Errors
    /// When there is none, or it cannot be read; with the line.
    pub fn open(folder: &Path) -> Result<Project, ProjectError> {
        let path = folder.join(MANIFEST);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                return Err(ProjectError::None(folder.to_owned()));
            }
            Err(why) => return Err(ProjectError::Unreadable { path, why }),
        };
        let manifest = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            ProjectError::Misfit { path, line, why: error.message().to_owned() }
        })?;
        Ok(Project { folder: folder.to_owned(), manifest, text })
    }

    /// The language that it is written in.
    ///
    /// # Errors
    /// When the manifest names none, or none that we know.
    pub fn language(&self) -> Result<&'static Language, ProjectError> {
        let path = self.folder.join(MANIFEST);
        match &self.manifest.language {
            None => Err(ProjectError::NoLanguage(path)),
            Some(name) => Language::find(name)
                .ok_or_else(|| ProjectError::UnknownLanguage { path, language: name.clone() }),
        }
    }

    /// A file that somebody has changed since the component was built, if there is one.
    pub fn changed_since_build(&self) -> Option<PathBuf> {
        let built = std::fs::metadata(self.component()).and_then(|metadata| metadata.modified()).ok()?;
        newer_below(&self.folder, &|modified| modified > built)
    }

    /// Where `build` leaves its component.
    pub fn component(&self) -> PathBuf {
        self.folder.join("target").join(format!("{}.wasm", self.manifest.name))
    }
}

const MANIFEST: &str = "plugin.toml";

/// Folders in a project that a build does not look at.
const ASIDE: [&str; 4] = ["cases", "target", "node_modules", "__pycache__"];

/// The first file of these that was modified at such a time, without hidden ones.
fn newer_below(folder: &Path, is_newer: &dyn Fn(SystemTime) -> bool) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let entries = entries.flatten().filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        !name.starts_with('.') && !ASIDE.contains(&name.as_str())
    });
    entries.map(|entry| entry.path()).find_map(|path| {
        if path.is_dir() {
            return newer_below(&path, is_newer);
        }
        let modified = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok()?;
        is_newer(modified).then_some(path)
    })
}
