//! Backups: all that a journal is made of, as one plain tar file.
//!
//! First comes `backup.json`, which says what it is of; then the files of the log, which
//! never change any more, and those of other folders that were added; last
//! `manifest.json`, with size and SHA-256 of each of them. So it can be written in one
//! go, and one without a manifest was cut short.

mod check;
mod manifest;
mod restore;
mod write;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use event::{Clock, Refusal, Seq, Timestamp};
use meter::Pulse;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

pub use self::check::{BackupError, check_backup};
pub use self::restore::{is_half_restored, restore};
use crate::history::History;
use crate::lock::Lock;
use crate::rebuild::{Sources, open_state};
use crate::recover::recover;
use crate::sealer::seal;
use crate::segment::Segment;
use crate::snapshot::{self, SnapshotError};
use crate::store::{StoreFile, Stores};
use crate::{Journal, OpenError, Options, ReadError, StateError};

/// How the archive is laid out.
const FORMAT: u64 = 1;
const KIND: &str = "tellify-backup";
/// Its first and its last member.
const HEAD: &str = "backup.json";
const MANIFEST: &str = "manifest.json";
/// The folder of the log's files, as it is in a data folder.
const LOG: &str = "journal/log";

/// What a backup is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupInfo {
    kind: String,
    format: u64,
    /// The release that made it.
    pub release: String,
    /// The journal that it was made of; what is restored gets a name of its own.
    pub journal: String,
    pub first: Seq,
    pub last: Seq,
    /// When it was made.
    pub taken: Timestamp,
    /// Bytes of its members.
    pub bytes: u64,
    /// Whether it holds the keys to what is encrypted.
    pub with_keys: bool,
}

/// A backup about to be written. While it lives, the files that it is made of stay.
pub struct Backup {
    pub info: BackupInfo,
    members: Vec<Member>,
    /// Held so that what ages out or is merged meanwhile is not removed.
    _segments: Vec<Arc<Segment>>,
    /// Held so that nobody starts on a folder that no daemon serves.
    _lock: Option<Lock>,
}

struct Member {
    name: String,
    bytes: u64,
    source: Source,
}

enum Source {
    Stored(Arc<dyn StoreFile>),
    /// Opened when its turn comes: there may be many.
    Segment(Arc<Segment>),
    File(File),
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum NoBackup {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("no snapshot of the state could be taken: {0}")]
    Snapshot(#[from] SnapshotError),
    #[error("what was written last could not be sealed: {0}")]
    Seal(Refusal),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Journal {
    /// Prepares a backup of all that is stored by now, while everything goes on.
    pub async fn backup(&self, now: Timestamp) -> Result<Backup, NoBackup> {
        let journal = self.clone();
        let taken = tokio::task::spawn_blocking(move || {
            let taken = journal.keeper().take_snapshot(now)?;
            Ok::<_, SnapshotError>((journal.keeper().store.open(&taken.name)?, taken))
        });
        let (file, taken) = taken.await.map_err(|error| ReadError::Io(io::Error::other(error)))??;
        // After the snapshot: the log must hold at least what that knows of.
        self.seal().await.map_err(NoBackup::Seal)?;
        Ok(Backup::of(&self.keeper().history, (taken.name, file), now, None)?)
    }
}

/// Prepares a backup of a folder that no daemon serves. As at a stop, its tail is sealed.
pub fn backup_folder(options: &Options, stores: &Stores, clock: &dyn Clock) -> Result<Backup, NoBackup> {
    let lock = stores.take()?;
    let store = &*stores.log;
    let found = recover(&stores.log, options)?;
    let history = &*found.history;
    let state = open_state(&Sources { options, stores, history, head: found.head, clock })?;
    let view = state.view().map_err(|error: StateError| NoBackup::Snapshot(error.into()))?;
    let taken = snapshot::write(store, &view, clock.now())?;
    for tail in history.runs().tails {
        seal(store, history, &tail, &Pulse::default())?;
    }
    let file = store.open(&taken.name).map_err(ReadError::from)?;
    Ok(Backup::of(history, (taken.name, file), clock.now(), lock)?)
}

impl Backup {
    fn of(
        history: &History,
        (snapshot, file): (String, Arc<dyn StoreFile>),
        taken: Timestamp,
        lock: Option<Lock>,
    ) -> Result<Backup, ReadError> {
        let journal = Ulid(history.about().journal).to_string();
        let segments = history.runs().segments;
        let first = segments.first().map_or(Seq(1), |segment| segment.first);
        let last = segments.last().map_or(Seq(0), |segment| segment.last);
        let info = BackupInfo {
            kind: KIND.to_owned(),
            format: FORMAT,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            journal,
            first,
            last,
            taken,
            bytes: 0,
            with_keys: false,
        };
        let mut backup = Backup { info, members: Vec::new(), _segments: segments.clone(), _lock: lock };
        for segment in segments {
            let (name, bytes) = (format!("{LOG}/{}", segment.name), segment.file_bytes()?);
            backup.add(name, bytes, Source::Segment(segment));
        }
        backup.add(format!("{LOG}/{snapshot}"), file.size()?, Source::Stored(file));
        Ok(backup)
    }

    /// Adds the files of a folder under a name, such as `plugins`. A folder that does not
    /// exist is an empty one; what is no file of text name is none of ours.
    pub fn add_folder(&mut self, under: &str, folder: &Path) -> io::Result<()> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            if let (true, Ok(name)) = (entry.file_type()?.is_file(), entry.file_name().into_string()) {
                files.push((name, entry.path()));
            }
        }
        files.sort();
        for (name, path) in files.into_iter().filter(|(name, _)| !name.ends_with(crate::names::UNFINISHED)) {
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            self.add(format!("{under}/{name}"), bytes, Source::File(file));
        }
        Ok(())
    }

    /// Adds the keys to what is encrypted, and says so in the backup.
    pub fn add_keys(&mut self, folder: &Path) -> io::Result<()> {
        self.info.with_keys = true;
        self.add_folder("keys", folder)
    }

    fn add(&mut self, name: String, bytes: u64, source: Source) {
        self.info.bytes += bytes;
        self.members.push(Member { name, bytes, source });
    }
}
