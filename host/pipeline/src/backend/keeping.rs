//! Snapshots and backups, for administrators.

use std::io::{self, Write};

use api::{BackupStream, Caller, Problem, Snapshot};
use bytes::Bytes;
use event::Refusal;
use futures_util::stream;
use journal::NoBackup;
use tokio::sync::mpsc;

use super::{Answer, Backend, answer, authority};

/// Pieces of a backup on their way to the client: all that is in memory of it.
const PIECES: usize = 4;

impl Backend {
    pub(super) async fn snapshot(&self, caller: &Caller) -> Answer<Snapshot> {
        administrators_only(caller, "take a snapshot")?;
        let (journal, now) = (self.journal.clone(), self.clock.now());
        let taken =
            answer::blocking(move || journal.keeper().take_snapshot(now).map_err(answer::internal)).await?;
        Ok(Snapshot { name: taken.name, seq: taken.seq, taken: taken.taken.into() })
    }

    pub(super) async fn make_backup(&self, caller: &Caller, with_keys: bool) -> Answer<BackupStream> {
        administrators_only(caller, "make a backup")?;
        let mut backup = self.journal.backup(self.clock.now()).await.map_err(no_backup)?;
        backup.add_folder("plugins", self.registry.folder()).map_err(answer::internal)?;
        if with_keys {
            backup.add_keys(&self.options().keys_folder).map_err(answer::internal)?;
        }
        let bytes = backup.info.bytes;
        let (pieces, receiver) = mpsc::channel(PIECES);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = backup.write(Pieces(pieces.clone())) {
                // Whoever went away meanwhile does not hear it.
                let _ = pieces.blocking_send(Err(answer::internal(format!("a backup broke off: {error}"))));
            }
        });
        let parts = stream::unfold(receiver, |mut receiver| async {
            let piece = receiver.recv().await?;
            Some((piece, receiver))
        });
        Ok(BackupStream { bytes, parts: Box::pin(parts) })
    }
}

fn administrators_only(caller: &Caller, what: &str) -> Answer<()> {
    let authority = authority(caller);
    authority.need(event::Scope::Admin).map_err(answer::denied)?;
    if authority.is_admin() {
        return Ok(());
    }
    Err(Problem::forbidden(format!("only an administrator may {what}: it holds what is everybody's")))
}

fn no_backup(error: NoBackup) -> Problem {
    match error {
        NoBackup::Seal(refusal @ (Refusal::Full { .. } | Refusal::Closed { .. })) => answer::refusal(refusal),
        other => answer::internal(format!("no backup: {other}")),
    }
}

/// Hands on what is written, and waits while nobody takes it.
struct Pieces(mpsc::Sender<Answer<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(data)));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
