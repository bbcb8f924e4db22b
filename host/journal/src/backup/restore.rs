//! A backup becomes a data folder: all of it, or nothing.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::check::{broken, walk};
use super::{BackupError, BackupInfo, LOG};
use crate::DiskStore;
use crate::about::About;

/// Where members lie until all of them are checked. A daemon refuses a folder with this
/// in it.
const UNFINISHED: &str = ".restoring";

/// Whether a restore into this data folder was broken off in the middle.
pub fn is_half_restored(data: &Path) -> bool {
    data.join(UNFINISHED).exists()
}

/// Makes a data folder of a backup; the folder must be empty, or not exist. What is
/// restored is a journal with a name of its own, since from here on it goes another way
/// than the one that it was made of. Answers what the backup is of.
///
/// # Errors
/// Then the folder is as it was.
pub fn restore(
    input: impl Read,
    data: &Path,
    tell: &mut dyn FnMut(u64, u64),
) -> Result<BackupInfo, BackupError> {
    let unwritable = |error| BackupError::Unwritable { folder: data.to_owned(), error };
    let existed = data.exists();
    if existed && fs::read_dir(data).map_err(unwritable)?.next().is_some() {
        return Err(BackupError::NotEmpty(data.to_owned()));
    }
    let unfinished = data.join(UNFINISHED);
    make_folder(&unfinished).map_err(unwritable)?;
    let restored = unpack(input, &unfinished, tell)
        .and_then(|info| move_up(&unfinished, data).map(|()| info).map_err(unwritable));
    if restored.is_err() {
        let removed = if existed { fs::remove_dir_all(&unfinished) } else { fs::remove_dir_all(data) };
        removed.unwrap_or_else(
            |error| tracing::warn!(%error, "remains of the restore stay in {}", data.display()),
        );
    }
    restored
}

fn unpack(input: impl Read, into: &Path, tell: &mut dyn FnMut(u64, u64)) -> Result<BackupInfo, BackupError> {
    let take = &mut |name: &Path, member: &mut dyn Read| {
        let path = into.join(name);
        if let Some(folder) = path.parent() {
            make_folder(folder).map_err(|error| unwritable(into, error))?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| unwritable(into, error))?;
        copy(member, &mut file, into)?;
        file.sync_all().map_err(|error| unwritable(into, error))
    };
    let info = walk(input, take, tell)?;
    let log = into.join(LOG);
    let store = DiskStore::open(&log).map_err(|error| unwritable(into, error))?;
    let name = ulid::Ulid::generate().0;
    About { first: info.first, ..About::new(name) }.write(&store)?;
    let journal = log.parent().unwrap_or(into);
    let report = crate::verify(journal, &mut |_| {})?;
    if !report.problems.is_empty() {
        return Err(BackupError::Damaged(report.problems));
    }
    if report.last != info.last {
        let problem = format!("its log ends with record {}, and should end with {}", report.last, info.last);
        return Err(BackupError::Changed(problem));
    }
    Ok(info)
}

/// Tells a backup that cannot be read from a folder that cannot be written.
fn copy(member: &mut dyn Read, file: &mut File, into: &Path) -> Result<(), BackupError> {
    let mut step = vec![0; 256 << 10];
    loop {
        let read = member.read(&mut step).map_err(broken)?;
        if read == 0 {
            return Ok(());
        }
        file.write_all(&step[..read]).map_err(|error| unwritable(into, error))?;
    }
}

/// The journal comes last: a folder without one is no restored folder.
fn move_up(unfinished: &Path, data: &Path) -> io::Result<()> {
    for name in ["keys", "plugins", "journal"] {
        if unfinished.join(name).exists() {
            sync_folders(&unfinished.join(name))?;
            fs::rename(unfinished.join(name), data.join(name))?;
        }
    }
    fs::remove_dir(unfinished)?;
    File::open(data)?.sync_all()
}

fn sync_folders(folder: &Path) -> io::Result<()> {
    let mut open = vec![PathBuf::from(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            }
        }
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// For the owner's eyes only.
fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn unwritable(folder: &Path, error: io::Error) -> BackupError {
    BackupError::Unwritable { folder: folder.to_owned(), error }
}
