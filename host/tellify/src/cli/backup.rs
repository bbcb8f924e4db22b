//! `tellify backup` and `tellify restore`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use egress::Method;
use journal::{BackupInfo, NoBackup, OpenError, Options, Stores};
use serde_json::json;

use super::client::Client;
use super::failure::Failure;
use super::output::{Column, Output};
use super::progress::Bar;
use crate::clock::SystemClock;

/// Save everything in one file, of a running daemon or of a stopped one's folder
#[derive(Debug, clap::Args)]
pub(super) struct Backup {
    /// A tar file; one that is there is replaced once the new one is whole
    pub(super) file: PathBuf,
    /// Include the keys to what is encrypted: whoever has such a backup can read everything
    #[arg(long)]
    with_keys: bool,
    /// The folder of a daemon that is stopped, instead of asking a running one
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
}

/// Make a data folder of a backup
#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// A file that `tellify backup` made
    file: PathBuf,
    /// The new folder, which must be empty or not exist
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

const FIELDS: &[Column] = &[
    ("file", "file"),
    ("journal", "journal"),
    ("first record", "first"),
    ("last record", "last"),
    ("taken", "taken"),
    ("bytes", "bytes"),
    ("with keys", "with_keys"),
];

/// Asks a running daemon.
pub(super) async fn backup(args: Backup, client: &Client, output: &Output) -> Result<(), Failure> {
    let keys = args.with_keys.then_some("true");
    let mut answer = client.request(Method::GET, "/api/v1/backup", &[("keys", keys)], "", Vec::new()).await?;
    let about = answer.header("tellify-about-bytes").and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let mut unfinished = Unfinished::create(&args.file)?;
    let (bar, mut done) = (Bar::new("backup"), 0);
    let broken = |error| Failure::failed(format!("the backup broke off, and no file was written: {error}"));
    while let Some(piece) = answer.chunk().await.map_err(broken)? {
        unfinished.write(&piece)?;
        done += piece.len() as u64;
        bar.at(done, about, "");
    }
    drop(bar);
    finish(unfinished, &args, output)
}

/// Reads the folder of a stopped daemon.
pub(super) fn backup_folder(args: Backup, data: &Path, output: &Output) -> Result<(), Failure> {
    let folder = data.join("journal");
    if !folder.join("log").is_dir() {
        return Err(Failure::not_found(format!("there is no journal in {}", data.display())));
    }
    let stores = Stores::on_disk(&folder)?;
    let mut backup =
        journal::backup_folder(&Options::default(), &stores, &SystemClock).map_err(|error| match error {
            NoBackup::Open(OpenError::Locked { .. }) => Failure::failed(format!(
                "{error}\n  A daemon serves {}: leave out --data to ask it for the backup.",
                data.display()
            )),
            other => Failure::failed(other),
        })?;
    backup.add_folder("plugins", &data.join("plugins"))?;
    if args.with_keys {
        backup.add_keys(&data.join("keys"))?;
    }
    let unfinished = Unfinished::create(&args.file)?;
    backup.write(&unfinished.file)?;
    finish(unfinished, &args, output)
}

/// Looks through what was written before it gets its name.
fn finish(unfinished: Unfinished, args: &Backup, output: &Output) -> Result<(), Failure> {
    let info = checked(&unfinished.path, "check")?;
    unfinished.finish()?;
    output.one(&described(&info, &args.file), FIELDS)?;
    // Said to programs' users as well: it is about what may happen to the file.
    eprintln!(
        "{}",
        if info.with_keys {
            "This backup holds the keys: whoever has it can read everything. Keep it as you keep a password."
        } else {
            "Without --with-keys, what is encrypted (such as people's addresses) cannot be shown from this backup \
             alone: keep the folder `keys` of the data folder somewhere else."
        }
    );
    Ok(())
}

pub(super) fn restore(args: &Restore, output: &Output) -> Result<(), Failure> {
    let file = open(&args.file)?;
    let bar = Bar::new("restore");
    let restored =
        journal::restore(io::BufReader::new(file), &args.data, &mut |done, total| bar.at(done, total, ""));
    drop(bar);
    let info = restored.map_err(|error| Failure::failed(format!("{}: {error}", args.file.display())))?;
    output.one(&described(&info, &args.file), FIELDS)?;
    output.done(&format!("restored; `tellify serve --data {}` goes on with it", args.data.display()));
    if !info.with_keys {
        output.done(
            "It was made without the keys: put the folder `keys` back before the start, if you have it.",
        );
    }
    Ok(())
}

fn checked(file: &Path, what: &'static str) -> Result<BackupInfo, Failure> {
    let bar = Bar::new(what);
    let reader = io::BufReader::with_capacity(256 << 10, open(file)?);
    journal::check_backup(reader, &mut |done, total| bar.at(done, total, ""))
        .map_err(|error| Failure::failed(format!("{error} (no file was written)")))
}

fn open(file: &Path) -> Result<File, Failure> {
    File::open(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::not_found(format!("there is no file {}", file.display())),
        _ => Failure::failed(format!("{}: {error}", file.display())),
    })
}

fn described(info: &BackupInfo, file: &Path) -> serde_json::Value {
    json!({
        "file": file,
        "journal": info.journal,
        "first": info.first,
        "last": info.last,
        "taken": info.taken.to_string(),
        // As `ls` shows it: with what stands between the files in it.
        "bytes": fs::metadata(file).map_or(info.bytes, |metadata| metadata.len()),
        "with_keys": info.with_keys,
        "release": info.release,
    })
}

/// A file under another name, until it is whole; it goes when it never is.
struct Unfinished {
    path: PathBuf,
    target: PathBuf,
    file: File,
}

impl Unfinished {
    fn create(target: &Path) -> Result<Unfinished, Failure> {
        let name = target.file_name().ok_or_else(|| Failure::usage("the backup needs the name of a file"))?;
        let path = target.with_file_name(format!(".{}.part", name.to_string_lossy()));
        let created = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let file = created.map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        Ok(Unfinished { path, target: target.to_owned(), file })
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(piece)
            .map_err(|error| Failure::failed(format!("{}: {error}", self.path.display())))
    }

    fn finish(self) -> Result<(), Failure> {
        self.file.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Once it is whole, nothing is left under this name.
        let _ = fs::remove_file(&self.path);
    }
}
