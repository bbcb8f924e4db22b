//! The state: what the journal's records have led to, in one redb file.
//!
//! [`Batch::apply`] is the only code that writes it, and the only place that decides
//! duplicates, unique names and conflicts. It runs no plugin, reads no clock and no
//! randomness, so the same groups always lead to the same rows, and the file can be
//! folded again from the journal at any time. Hence an ordinary commit needs no sync.
//!
//! Deliberately absent: events (they stay in the journal), their identities (the log
//! remembers those), and any decision about people: who is told what, where and when
//! arrives here as a record.

mod error;
mod layout;
mod tables;

mod checksum;
mod key;
mod overlay;
mod rows;
mod silence;

mod apply;
mod view;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use event::{Draft, Record, Refusal, Seq, Stored, Timestamp};
use redb::{Database, Durability, ReadableDatabase, WriteTransaction};
use tokio::sync::watch;

use self::apply::{Deny, Turn};
pub use self::error::StateError;
use self::key::one;
pub(crate) use self::layout::RawRow;
use self::rows::{Found, Rows};
pub use self::silence::Silences;
pub use self::tables::FailureRow;
use self::tables::{META, META_APPLIED, NAMES};
pub use self::view::{AlertQuery, FailureQuery, FailuresOf, PendingChange, Queues, Swept, View};
use crate::backend::{Frozen, Live};
use crate::store::{Store, StoreFile, open_or_create};

/// Pages that redb may keep in memory: a busy state is a few megabytes, and the
/// operating system caches the file as well.
const CACHE_BYTES: usize = 16 << 20;

/// Cheap to clone; all clones are the same state.
#[derive(Clone)]
pub struct State {
    inner: Arc<Inner>,
}

struct Inner {
    open: Box<Open>,
    /// None only after a failed try to open it again.
    database: RwLock<Option<Database>>,
    applied: AtomicU64,
    damage: Found,
}

type Open = dyn Fn() -> Result<Database, redb::DatabaseError> + Send + Sync;

impl State {
    /// Opens the file of that name, or creates an empty state there. Nobody else may
    /// have it open.
    ///
    /// # Errors
    /// `Newer` when a later version wrote it, `Older` when an earlier one did.
    pub fn open(store: &Arc<dyn Store>, name: &str) -> Result<State, StateError> {
        let (store, name) = (Arc::clone(store), name.to_owned());
        State::over(Box::new(move || {
            let file = open_or_create(&*store, &name).map_err(redb::StorageError::from)?;
            sound(database(file)?)
        }))
    }

    /// A state that is only looked at: whatever redb writes to its file stays in memory.
    pub(crate) fn frozen(file: Arc<dyn StoreFile>) -> Result<State, StateError> {
        let open = move || {
            let backend = Frozen::new(Arc::clone(&file)).map_err(redb::StorageError::from)?;
            sound(Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(backend)?)
        };
        State::over(Box::new(open))
    }

    /// Fills a new file of that name with rows of a snapshot.
    pub(crate) fn fill<E: From<StateError>>(
        store: &dyn Store,
        name: &str,
        rows: impl Iterator<Item = Result<RawRow, E>>,
    ) -> Result<(), E> {
        let created = store.create(name).map_err(|error| redb::StorageError::from(error).into());
        let database = created.and_then(database).map_err(StateError::from)?;
        layout::fill(&database, rows)
    }

    /// The last sequence number that is applied and committed; zero at first.
    pub fn applied(&self) -> Seq {
        Seq(self.inner.applied.load(Ordering::Acquire))
    }

    /// Follows what is found damaged: the first row that anybody could not read.
    pub(crate) fn damage(&self) -> watch::Receiver<Option<String>> {
        self.inner.damage.watch()
    }

    /// The last commit, as it stays for as long as this view lives. Do not keep one:
    /// it holds the space of all that is overwritten meanwhile.
    pub fn view(&self) -> Result<View, StateError> {
        self.with(|database| Ok(View::new(Rows::new(database.begin_read()?, self.inner.damage.clone()))))
    }

    /// The next batch. There is one at a time: this waits for the end of the one before.
    pub(crate) fn begin(&self) -> Result<Batch<'_>, StateError> {
        self.with(|database| {
            // In this order, so that the view shows the commit which the batch follows.
            let transaction = database.begin_write()?;
            let view = View::new(Rows::new(database.begin_read()?, self.inner.damage.clone()));
            Ok(Batch { state: self, transaction, view, applied: self.applied() })
        })
    }

    /// Closes the file and opens it again: after a failed write, such as one on a full
    /// disk, redb takes no more. Commits since the last durable one may be gone, so
    /// replay what follows the sequence number that this answers.
    ///
    /// # Errors
    /// As opening; then every use is `Closed` until a later try succeeds.
    pub(crate) fn reopen(&self) -> Result<Seq, StateError> {
        let mut database = self.inner.database.write().unwrap_or_else(PoisonError::into_inner);
        // Two of them would write over each other, so the old one goes first.
        *database = None;
        let opened = (self.inner.open)()?;
        let applied = layout::prepare(&opened)?;
        self.inner.applied.store(applied.0, Ordering::Release);
        *database = Some(opened);
        Ok(applied)
    }

    fn over(open: Box<Open>) -> Result<State, StateError> {
        let inner =
            Inner { open, database: RwLock::new(None), applied: AtomicU64::new(0), damage: Found::default() };
        let state = State { inner: Arc::new(inner) };
        state.reopen()?;
        Ok(state)
    }

    fn with<T>(&self, use_it: impl FnOnce(&Database) -> Result<T, StateError>) -> Result<T, StateError> {
        let database = self.inner.database.read().unwrap_or_else(PoisonError::into_inner);
        use_it(database.as_ref().ok_or(StateError::Closed)?)
    }
}

fn database(file: Arc<dyn StoreFile>) -> Result<Database, redb::DatabaseError> {
    Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(Live(file))
}

/// A bit that flips in a page of redb's can hide rows, of which no row's own checksum
/// tells; and redb looks at the checksums of its pages only when it is asked to.
fn sound(mut database: Database) -> Result<Database, redb::DatabaseError> {
    if database.check_integrity()? {
        return Ok(database);
    }
    Err(redb::StorageError::Corrupted("a page fails its checksum".to_owned()).into())
}

/// redb panics over some damaged pages, which must not end the process.
pub(crate) fn guarded<T, E: From<StateError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = "a page is not what it must be".to_owned();
        Err(StateError::Damaged { table: "all", key: String::new(), message }.into())
    })
}

/// The name of the table of that number.
pub(crate) fn table_name(number: usize) -> &'static str {
    NAMES[number]
}

/// None when this release has no such table.
pub(crate) fn table_number(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

/// # Errors
/// `Damaged` when the value is not what was written under this key.
pub(crate) fn verify_row(table: usize, key: &[u8], value: &[u8]) -> Result<(), StateError> {
    checksum::verify(NAMES[table], key, value).map(drop)
}

/// What the log remembers of the events of the last days, with those that came
/// earlier in the same batch.
pub(crate) trait Identities {
    /// The sequence number and the content hash of the first event with this key.
    fn find(&self, key: u128) -> Option<(Seq, u128)>;
}

/// Groups on their way into one commit. Dropped without a commit, it leaves no trace.
pub(crate) struct Batch<'s> {
    state: &'s State,
    transaction: WriteTransaction,
    view: View,
    applied: Seq,
}

impl Batch<'_> {
    /// Decides about one group, and applies it when the answer is yes: one `Stored` for
    /// each record. New ones are numbered from `first` without a gap, duplicates take no
    /// number. A refused group leaves no trace.
    pub(crate) fn apply(
        &mut self,
        first: Seq,
        received: Timestamp,
        draft: &Draft,
        known: &dyn Identities,
    ) -> Result<Vec<Stored>, Refusal> {
        self.group(first, received, draft, Some(known)).map_err(|(index, deny)| {
            if let Deny::Failed(error) = &deny {
                tracing::error!(%error, "the state could not decide about a group");
            }
            deny.refusal(index)
        })
    }

    /// The same for what the log already holds: all of it is new, and a refusal means
    /// that log and state do not belong together.
    pub(crate) fn replay(
        &mut self,
        first: Seq,
        received: Timestamp,
        draft: &Draft,
    ) -> Result<(), StateError> {
        match self.group(first, received, draft, None) {
            Ok(_) => Ok(()),
            Err((_, Deny::Failed(error))) => Err(error),
            Err((index, deny)) => {
                Err(StateError::Diverged { seq: Seq(first.0 + index as u64), refusal: deny.refusal(index) })
            }
        }
    }

    /// Makes the batch visible. A `durable` commit is synced with all before it, in two
    /// phases and with what a quick repair needs; any other may be lost in a crash, and
    /// is then replayed from the journal.
    pub(crate) fn commit(self, durable: bool) -> Result<(), StateError> {
        let Batch { state, mut transaction, mut view, applied } = self;
        if durable {
            transaction.set_two_phase_commit(true);
            transaction.set_quick_repair(true);
        } else {
            transaction.set_durability(Durability::None)?;
        }
        view.rows.put(META, &one(META_APPLIED), &applied.0);
        view.rows.into_pending().write_to(&transaction)?;
        transaction.commit()?;
        state.inner.applied.store(applied.0, Ordering::Release);
        Ok(())
    }

    /// What the batch has led to so far.
    #[cfg(test)]
    pub(crate) fn view(&self) -> &View {
        &self.view
    }

    fn group(
        &mut self,
        first: Seq,
        received: Timestamp,
        draft: &Draft,
        known: Option<&dyn Identities>,
    ) -> Result<Vec<Stored>, (usize, Deny)> {
        let verdict = self.records(first, received, draft, known);
        match verdict {
            Ok(_) => self.view.rows.pending().keep(),
            Err(_) => self.view.rows.pending().roll_back(),
        }
        verdict
    }

    fn records(
        &mut self,
        first: Seq,
        received: Timestamp,
        draft: &Draft,
        known: Option<&dyn Identities>,
    ) -> Result<Vec<Stored>, (usize, Deny)> {
        if first != self.applied.next() {
            return Err((0, StateError::Gap { applied: self.applied, first }.into()));
        }
        let mut group = HashMap::new();
        let mut last = self.applied;
        let mut stored = Vec::with_capacity(draft.records.len());
        for (index, record) in draft.records.iter().enumerate() {
            let seq = last.next();
            let duplicate = match known {
                Some(known) => duplicate(record, seq, known, &mut group).map_err(|deny| (index, deny))?,
                None => None,
            };
            if let Some(earlier) = duplicate {
                stored.push(Stored::Duplicate(earlier));
                continue;
            }
            Turn::new(&mut self.view, seq, received).take(record).map_err(|deny| (index, deny))?;
            stored.push(Stored::New(seq));
            last = seq;
        }
        self.applied = last;
        Ok(stored)
    }
}

/// The sequence number of the same event, when it was taken before: in the journal, or
/// in the group at hand.
fn duplicate(
    record: &Record,
    seq: Seq,
    known: &dyn Identities,
    group: &mut HashMap<u128, (Seq, u128)>,
) -> Result<Option<Seq>, Deny> {
    let Record::Event(event) = record else { return Ok(None) };
    let Some(identity) = event.identity else { return Ok(None) };
    match group.get(&identity.key).copied().or_else(|| known.find(identity.key)) {
        Some((earlier, content)) if content == identity.content => Ok(Some(earlier)),
        Some((earlier, _)) => {
            Err(Deny::Conflict(format!("event {earlier} has the same source and id, and another content")))
        }
        None => {
            group.insert(identity.key, (seq, identity.content));
            Ok(None)
        }
    }
}
