//! From a project to the one file that is installed.

use std::io;
use std::path::PathBuf;

use crate::{Project, ProjectError, ToolError};

/// A component that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    pub path: PathBuf,
    pub bytes: usize,
}

/// Why a project was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("{}: {why}", path.display())]
    Unwritable { path: PathBuf, why: io::Error },
}

/// Builds a project with its language's own tools, and packs its manifest into the component.
///
/// # Errors
/// When a tool is missing, with the command that brings it, or says no.
pub fn build(project: &Project) -> Result<Built, BuildError> {
    let language = project.language()?;
    if let Some(tool) = language.tools.iter().find(|tool| !(tool.is_here)()) {
        return Err(tool.missing().into());
    }
    let mut component = (language.build)(project)?;
    packer::pack(&mut component, &project.text).map_err(ToolError::Failed)?;
    let path = project.component();
    let unwritable = |why| BuildError::Unwritable { path: path.clone(), why };
    std::fs::create_dir_all(project.folder.join("target")).map_err(unwritable)?;
    std::fs::write(&path, &component).map_err(unwritable)?;
    Ok(Built { bytes: component.len(), path })
}
