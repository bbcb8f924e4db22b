//! An event written in the user's own editor.

use std::env;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::compose::Envelope;
use super::template;
use crate::cli::failure::Failure;

/// A draft in a file, which is there until its event was sent.
pub(super) struct Draft {
    path: PathBuf,
    /// Nobody has written into it before.
    fresh: bool,
}

impl Draft {
    /// A file that holds what is known already.
    pub(super) fn new(envelope: &Envelope, text: &str) -> Result<Draft, Failure> {
        let file = tempfile::Builder::new().prefix("tellify-event-").suffix(".md").tempfile()?;
        fs::write(file.path(), template::blank(envelope, text))?;
        let (_, path) = file.keep().map_err(|error| Failure::from(error.error))?;
        Ok(Draft { path, fresh: true })
    }

    /// A draft that was kept.
    pub(super) fn kept(path: PathBuf) -> Draft {
        Draft { path, fresh: false }
    }

    /// Lets the user write, again and again until it can be understood or they give up.
    ///
    /// # Errors
    /// When the editor fails, the template was left empty, or it cannot be understood and
    /// was not changed any more. Whatever was written is kept, and the error says where.
    pub(super) fn edited(&self) -> Result<(Envelope, String), Failure> {
        loop {
            let before = template::unmarked(&self.content()?);
            if let Err(failure) = edit(&self.path) {
                if self.fresh && template::unmarked(&self.content()?) == before {
                    self.done();
                    return Err(failure);
                }
                return Err(self.with_place(failure));
            }
            let content = template::unmarked(&self.content()?);
            match template::read(&content) {
                Ok((envelope, text)) if text.is_empty() && envelope == Envelope::default() => {
                    self.done();
                    return Err(Failure::failed("nothing was written, so nothing was sent"));
                }
                Ok(event) => return Ok(event),
                Err(mistake) => {
                    let line = mistake.line;
                    let unclear = Failure::failed(format!("line {line}: {}", mistake.message));
                    let marked = template::marked(&content, &mistake);
                    let again = std::io::stdin().is_terminal() && content != before;
                    if !again {
                        return Err(self.with_place(unclear));
                    }
                    fs::write(&self.path, marked)?;
                }
            }
        }
    }

    /// Adds to a failure where the draft is.
    pub(super) fn with_place(&self, failure: Failure) -> Failure {
        let path = self.path.display();
        failure.advised(&format!(
            "What you wrote is kept in {path}: go on with `tellify event send --draft {path}`."
        ))
    }

    /// The event was sent: the file has done its work.
    pub(super) fn done(&self) {
        // A file that is gone already, or cannot be removed, harms nobody.
        let _ = fs::remove_file(&self.path);
    }

    fn content(&self) -> Result<String, Failure> {
        fs::read_to_string(&self.path)
            .map_err(|error| Failure::usage(format!("{}: {error}", self.path.display())))
    }
}

/// Runs the editor, which the variables may give arguments of its own.
fn edit(path: &Path) -> Result<(), Failure> {
    let named = |name: &str| env::var(name).ok().filter(|editor| !editor.trim().is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(path).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::failed(format!(
            "the editor `{editor}` failed ({status}), so nothing was sent; set VISUAL or EDITOR to another one"
        ))),
        Err(error) => Err(Failure::failed(format!("the editor `{editor}` cannot be run: {error}"))),
    }
}
