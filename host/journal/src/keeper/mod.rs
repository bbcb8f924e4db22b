//! Seeing to history: what ages out, snapshots of the state, and the scrub.
//!
//! Each of these is done when somebody asks for it, on their thread, and says when it is
//! due next; the daemon's `keep` stage asks.

mod retention;
mod scrub;

use std::sync::Arc;

use event::Timestamp;

pub use self::retention::{Aged, Retention};
pub use self::scrub::Scrubbed;
use crate::history::History;
use crate::snapshot::{self, SnapshotError, SnapshotInfo};
use crate::store::Store;
use crate::{ReadError, State};

/// A hold on the files of a journal. Its methods read and write files: they are not for
/// an asynchronous thread.
pub struct Keeper {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) history: Arc<History>,
    pub(crate) state: State,
    pub(crate) retention: Retention,
}

/// Why something was not seen to. Nothing is lost by it.
pub type KeepError = SnapshotError;

impl Keeper {
    /// Takes a snapshot of the state as it stands.
    ///
    /// # Errors
    /// [`KeepError::State`] when a value of the state is damaged, or cannot be read;
    /// [`KeepError::Read`] when the file cannot be written.
    pub fn take_snapshot(&self, now: Timestamp) -> Result<SnapshotInfo, KeepError> {
        let _alone = self.history.about();
        self.snapshot_alone(now)
    }

    /// The newest one, if there is any.
    pub fn newest_snapshot(&self) -> Result<Option<SnapshotInfo>, ReadError> {
        snapshot::newest(&*self.store)
    }

    fn snapshot_alone(&self, now: Timestamp) -> Result<SnapshotInfo, KeepError> {
        let view = self.state.view()?;
        snapshot::write(&*self.store, &view, now)
    }
}
