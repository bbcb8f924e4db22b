//! A new project: all that it needs, without our repository and without a published package.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use event::{Name, PluginKind};

use crate::Language;

/// Why no project was made.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    #[error(
        "`{0}` is no name for a new plugin: the last part of the path names it, with small letters, digits and `-`, \
         beginning with a letter"
    )]
    Name(String),
    #[error("{} is there already, and not empty: name a new folder", .0.display())]
    Occupied(PathBuf),
    #[error("there is no template of a {world} in {language}: there is one of {there}")]
    NoTemplate { world: PluginKind, language: &'static str, there: String },
    #[error("{}: {why}", path.display())]
    Unwritable { path: PathBuf, why: io::Error },
}

/// Makes a project in a new or empty folder, whose last part is the plugin's name, and answers
/// that name.
///
/// # Errors
/// When the folder is not empty or its name no plugin's; then nothing was written.
pub fn create(folder: &Path, world: PluginKind, language: &Language) -> Result<Name, NewError> {
    let name = name(folder)?;
    if !language.worlds.contains(&world) {
        let there: Vec<&str> = language.worlds.iter().map(|world| world.as_str()).collect();
        let there = there.join(", ");
        return Err(NewError::NoTemplate { world, language: language.title, there });
    }
    let unwritable = |path: &Path, why| NewError::Unwritable { path: path.to_owned(), why };
    match std::fs::read_dir(folder) {
        // That somebody keeps its history already is fine.
        Ok(entries) => {
            if entries.flatten().any(|entry| entry.file_name() != ".git") {
                return Err(NewError::Occupied(folder.to_owned()));
            }
        }
        Err(why) if why.kind() == io::ErrorKind::NotFound => {}
        Err(why) => return Err(unwritable(folder, why)),
    }
    // Of two files for one place the later one stays.
    let files: BTreeMap<String, &[u8]> = language.files(world).into_iter().collect();
    for (place, content) in files {
        let path = folder.join(visible(&filled(&place, &name, world, language)));
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|why| unwritable(parent, why))?;
        let text = std::str::from_utf8(content).ok().filter(|_| is_template(&place));
        let written = match text {
            Some(text) => std::fs::write(&path, filled(text, &name, world, language)),
            None => std::fs::write(&path, content),
        };
        written.map_err(|why| unwritable(&path, why))?;
    }
    Ok(name)
}

/// A name that is good in each language's own files, too.
fn name(folder: &Path) -> Result<Name, NewError> {
    // `.` and `..` have no last part; the folder that they stand for has.
    let meant = match folder.file_name() {
        Some(name) => Some(name.to_owned()),
        None => std::fs::canonicalize(folder).ok().and_then(|folder| Some(folder.file_name()?.to_owned())),
    };
    let text = meant.unwrap_or_default().to_string_lossy().into_owned();
    let fits = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    match Name::new(&text) {
        Ok(name) if fits => Ok(name),
        _ => Err(NewError::Name(text)),
    }
}

/// The kit and the interface are written as they are.
fn is_template(place: &str) -> bool {
    !place.starts_with("tellify-sdk/") && !place.starts_with("wit/")
}

/// With the words of this project in the places that are left for them.
fn filled(text: &str, name: &Name, world: PluginKind, language: &Language) -> String {
    let words = [
        ("{{name}}", name.as_str()),
        // For languages in which `-` is a minus.
        ("{{name_}}", &name.as_str().replace('-', "_")),
        ("{{world}}", world.as_str()),
        ("{{language}}", language.name),
        ("{{title}}", language.title),
        ("{{native_test}}", language.native_test),
    ];
    words.iter().fold(text.to_owned(), |text, (mark, word)| text.replace(mark, word))
}

/// A template's `gitignore` must not hide files of the template.
fn visible(place: &str) -> String {
    if place == "gitignore" { ".gitignore".to_owned() } else { place.to_owned() }
}
