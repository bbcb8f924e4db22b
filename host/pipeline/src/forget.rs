//! A person, a secret or a source was removed → their keys are destroyed, and all that they opened
//! with them.
//!
//! The removal is in the journal first. So whatever happens in between, the next look
//! finds the keys again: after a crash, and when somebody brings them back.

use journal::Journal;

use crate::keys::Keys;
use crate::stage::{self, Stage, StageError, Step};

pub(crate) struct Forget {
    journal: Journal,
    keys: Keys,
    /// So many had to go at the last look. While there are no more, none is looked for.
    seen: Option<u64>,
}

impl Forget {
    pub(crate) fn new(journal: Journal, keys: Keys) -> Forget {
        Forget { journal, keys, seen: None }
    }
}

impl Stage for Forget {
    const NAME: &'static str = "forget";

    async fn step(&mut self) -> Result<Step, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let len = view.destroyed_keys_len().map_err(StageError::damaged)?;
        if self.seen == Some(len) {
            return Ok(Step::Idle { next: None });
        }
        let keyring = self.keys.keyring.clone();
        let gone = view.destroyed_keys().map_err(StageError::damaged)?;
        drop(view);
        stage::blocking(move || {
            // One that cannot be removed does not keep the others.
            let destroyed = gone.iter().map(|key| {
                if keyring.destroy(key)? {
                    tracing::info!(%key, "the key of what was removed is destroyed");
                }
                Ok::<(), accounts::KeyringError>(())
            });
            destroyed.fold(Ok(()), Result::and)
        })
        .await?;
        self.seen = Some(len);
        Ok(Step::Worked)
    }
}
