//! Reading a backup member by member, holding each against the manifest.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use tar::{Archive, Entry, EntryType};

use super::manifest::{Hashing, Manifest, Sealed};
use super::{BackupInfo, FORMAT, HEAD, KIND, MANIFEST};
use crate::{Newer, ReadError, verify};

/// A head or a manifest takes no more than this.
const TEXT_BYTES_MAX: u64 = 64 << 20;

/// Why a backup is of no use, or cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("this is no backup of Tellify: {0}")]
    NoBackup(String),
    #[error(transparent)]
    Newer(Newer),
    #[error("the backup was cut short: {0}; make or fetch it again")]
    CutShort(String),
    #[error("the backup was changed: {0}; make or fetch it again")]
    Changed(String),
    #[error("the folder {} is not empty: name a new one, or empty it", .0.display())]
    NotEmpty(PathBuf),
    /// Its files are what they were, and still do not fit together.
    #[error("what the backup holds is damaged: {}", .0.iter().map(|p| format!("{}: {}", p.file, p.problem)).collect::<Vec<_>>().join("; "))]
    Damaged(Vec<verify::Problem>),
    #[error("the folder {} cannot be written: {error}", .folder.display())]
    Unwritable { folder: PathBuf, error: io::Error },
    #[error("the backup cannot be read: {0}")]
    Unreadable(io::Error),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Reads all of a backup and checks every member; nothing is written.
///
/// # Errors
/// Says whether it is none, was cut short, or was changed.
pub fn check_backup(input: impl Read, tell: &mut dyn FnMut(u64, u64)) -> Result<BackupInfo, BackupError> {
    walk(input, &mut |_, member| io::copy(member, &mut io::sink()).map(drop).map_err(broken), tell)
}

/// What is done with a member: its name in the data folder, its contents.
pub(super) type Take<'t> = dyn FnMut(&Path, &mut dyn Read) -> Result<(), BackupError> + 't;

/// Hands each member to `take`, in order, and says how many bytes of how many are done.
pub(super) fn walk(
    input: impl Read,
    take: &mut Take<'_>,
    tell: &mut dyn FnMut(u64, u64),
) -> Result<BackupInfo, BackupError> {
    let mut archive = Archive::new(input);
    let (mut info, mut members) = (None::<BackupInfo>, Vec::new());
    let mut done = 0;
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(if info.is_none() { not_ours } else { broken })?;
        let name = entry.path().map_err(broken)?.to_string_lossy().into_owned();
        if entry.header().entry_type() != EntryType::Regular {
            return Err(BackupError::NoBackup(format!("`{name}` in it is no plain file")));
        }
        match (&info, name.as_str()) {
            (None, HEAD) => {
                let (head, sealed) = read_head(entry)?;
                info = Some(head);
                members.push(sealed);
            }
            (None, _) => return Err(BackupError::NoBackup(format!("it begins with `{name}`, not `{HEAD}`"))),
            (Some(info), MANIFEST) => {
                let info = info.clone();
                let manifest = read_manifest(entry)?;
                return hold_against(&manifest, &members).map(|()| info);
            }
            (Some(info), _) => {
                let sealed = one(&name, entry, take)?;
                done += sealed.bytes;
                tell(done, info.bytes);
                members.push(sealed);
            }
        }
    }
    match members.last() {
        None => Err(BackupError::NoBackup("it is empty, or no tar file".to_owned())),
        Some(last) => {
            Err(BackupError::CutShort(format!("it ends behind `{}`, without a manifest", last.name)))
        }
    }
}

fn one(name: &str, entry: Entry<'_, impl Read>, take: &mut Take<'_>) -> Result<Sealed, BackupError> {
    let path = inside(name).ok_or_else(|| BackupError::NoBackup(format!("a member is called `{name}`")))?;
    let size = entry.header().size().map_err(broken)?;
    let mut member = Hashing::new(entry);
    take(path, &mut member)?;
    let sealed = member.sealed(name.to_owned());
    if sealed.bytes == size {
        return Ok(sealed);
    }
    Err(BackupError::CutShort(format!("`{name}` has {} of its {size} bytes", sealed.bytes)))
}

fn read_head(entry: Entry<'_, impl Read>) -> Result<(BackupInfo, Sealed), BackupError> {
    #[derive(serde::Deserialize)]
    struct Format {
        kind: String,
        format: u64,
    }
    let mut member = Hashing::new(entry.take(TEXT_BYTES_MAX));
    let mut text = Vec::new();
    member.read_to_end(&mut text).map_err(broken)?;
    let unreadable = |error: serde_json::Error| BackupError::NoBackup(format!("`{HEAD}` in it: {error}"));
    let Format { kind, format } = serde_json::from_slice(&text).map_err(unreadable)?;
    if kind != KIND {
        return Err(BackupError::NoBackup(format!("it is a `{kind}`")));
    }
    if format > FORMAT {
        return Err(BackupError::Newer(Newer {
            what: "the backup".to_owned(),
            found: format,
            known: FORMAT,
        }));
    }
    Ok((serde_json::from_slice(&text).map_err(unreadable)?, member.sealed(HEAD.to_owned())))
}

fn read_manifest(entry: Entry<'_, impl Read>) -> Result<Manifest, BackupError> {
    let size = entry.header().size().map_err(broken)?;
    let mut text = Vec::new();
    entry.take(TEXT_BYTES_MAX).read_to_end(&mut text).map_err(broken)?;
    if (text.len() as u64) < size {
        return Err(BackupError::CutShort("it ends within its manifest".to_owned()));
    }
    let unreadable = |error| BackupError::Changed(format!("its manifest is unreadable: {error}"));
    let manifest: Manifest = serde_json::from_slice(&text).map_err(unreadable)?;
    if manifest.holds() {
        return Ok(manifest);
    }
    Err(BackupError::Changed("the SHA-256 of its manifest does not hold".to_owned()))
}

fn hold_against(manifest: &Manifest, members: &[Sealed]) -> Result<(), BackupError> {
    for stated in &manifest.members {
        match members.iter().find(|member| member.name == stated.name) {
            None => return Err(BackupError::Changed(format!("`{}` is missing", stated.name))),
            Some(found) if found != stated => {
                let problem = format!("`{}` is not what the manifest says (size or SHA-256)", stated.name);
                return Err(BackupError::Changed(problem));
            }
            Some(_) => {}
        }
    }
    if members.len() == manifest.members.len() {
        return Ok(());
    }
    Err(BackupError::Changed("it holds members that the manifest does not name".to_owned()))
}

/// Only plain names below the folders of a data folder: nothing leads out of it.
fn inside(name: &str) -> Option<&Path> {
    let path = Path::new(name);
    let known = ["journal", "plugins", "keys"].iter().any(|folder| path.starts_with(folder));
    let plain = path.components().all(|step| matches!(step, Component::Normal(_)));
    (known && plain && path.components().count() > 1).then_some(path)
}

fn not_ours(error: io::Error) -> BackupError {
    BackupError::NoBackup(error.to_string())
}

/// The archive breaks off, or a header of it is not what it was.
pub(super) fn broken(error: io::Error) -> BackupError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => BackupError::CutShort(error.to_string()),
        // The reader of archives says so of headers whose sum does not hold, and of ends within one.
        io::ErrorKind::Other | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            BackupError::Changed(error.to_string())
        }
        _ => BackupError::Unreadable(error),
    }
}
