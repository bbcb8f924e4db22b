//! The way to the writer: bounded in bytes, and taken out in batches.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use event::{Draft, Receipt, Refusal, Seq, Timestamp};
use meter::Timer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

/// One frame holds about this much at most, so that one sync stays short.
const BATCH_BYTES: usize = 4 << 20;

/// What a waiting group takes beside its records.
const GROUP_BYTES: usize = 256;

/// serde_json reads 128 levels; what it could not read back must not be stored.
const DEPTH_MAX: usize = 120;

/// What the writer is asked for.
pub(crate) enum Job {
    Store(Group),
    Settle {
        until: Timestamp,
        answer: oneshot::Sender<Seq>,
    },
    /// Go on in a new tail; none when the one before is not sealed yet.
    Rotate {
        answer: oneshot::Sender<Option<Seq>>,
    },
    Close {
        answer: oneshot::Sender<()>,
    },
}

/// A draft, made ready on its sender's thread.
pub(crate) struct Group {
    pub(crate) draft: Draft,
    /// The JSON of each record.
    pub(crate) bodies: Vec<Vec<u8>>,
    pub(crate) answer: oneshot::Sender<Verdict>,
    /// Its place in the queue, free again when the group is answered.
    room: Option<OwnedSemaphorePermit>,
}

pub(crate) type Verdict = Result<Receipt, Refusal>;
pub(crate) type Answer = oneshot::Receiver<Verdict>;

impl Group {
    /// # Errors
    /// [`Refusal::TooLarge`]; [`Refusal::Conflict`] when a record is nested too deep to be read back.
    pub(crate) fn new(draft: Draft, bytes_max: usize) -> Result<(Group, Answer), Refusal> {
        let mut bodies = Vec::with_capacity(draft.records.len());
        for (index, record) in draft.records.iter().enumerate() {
            let body = serde_json::to_vec(record).expect("records hold string keys only");
            if too_deep(&body) {
                let message = format!("it is nested deeper than {DEPTH_MAX} levels");
                return Err(Refusal::Conflict { index, message });
            }
            bodies.push(body);
        }
        let (answer, receiver) = oneshot::channel();
        let group = Group { draft, bodies, answer, room: None };
        let bytes = group.bytes();
        if bytes > bytes_max {
            return Err(Refusal::TooLarge { bytes, limit: bytes_max });
        }
        Ok((group, receiver))
    }

    fn bytes(&self) -> usize {
        GROUP_BYTES + self.bodies.iter().map(Vec::len).sum::<usize>()
    }
}

/// The senders' end.
pub(crate) struct Queue {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
    room: Arc<Semaphore>,
    bytes_max: usize,
    ages: Arc<Ages>,
}

/// The writer's end. When it goes, waiting senders are told.
pub(crate) struct Jobs {
    receiver: Receiver<Job>,
    /// Jobs that were sent and not taken yet.
    waiting: Arc<AtomicUsize>,
    room: Arc<Semaphore>,
    ages: Arc<Ages>,
}

/// Since when each group waits: those that the writer has taken, then the others.
#[derive(Default)]
struct Ages(Mutex<(Vec<Timer>, VecDeque<Timer>)>);

/// What waits now.
pub(crate) struct Queued {
    pub(crate) groups: usize,
    pub(crate) oldest: Duration,
    pub(crate) bytes: usize,
    pub(crate) bytes_max: usize,
}

/// The writer has ended.
pub(crate) struct Gone;

pub(crate) fn queue(bytes_max: usize) -> (Queue, Jobs) {
    let (jobs, receiver) = channel();
    let (room, ages) = (Arc::new(Semaphore::new(bytes_max)), Arc::new(Ages::default()));
    let waiting = Arc::new(AtomicUsize::new(0));
    let queue = Queue {
        jobs,
        waiting: Arc::clone(&waiting),
        room: Arc::clone(&room),
        bytes_max,
        ages: Arc::clone(&ages),
    };
    (queue, Jobs { receiver, waiting, room, ages })
}

impl Queue {
    /// Waits for room.
    pub(crate) async fn put(&self, mut group: Group) -> Result<(), Gone> {
        let room = Arc::clone(&self.room).acquire_many_owned(self.permits(&group)).await;
        group.room = Some(room.map_err(|_| Gone)?);
        self.send(Job::Store(group))
    }

    /// None when there is no room now.
    pub(crate) fn try_put(&self, mut group: Group) -> Option<Result<(), Gone>> {
        match Arc::clone(&self.room).try_acquire_many_owned(self.permits(&group)) {
            Ok(room) => group.room = Some(room),
            Err(TryAcquireError::NoPermits) => return None,
            Err(TryAcquireError::Closed) => return Some(Err(Gone)),
        }
        Some(self.send(Job::Store(group)))
    }

    pub(crate) fn send(&self, job: Job) -> Result<(), Gone> {
        let is_group = matches!(job, Job::Store(_));
        // Held until it is sent, so that ages and groups come in the same order.
        let mut ages = self.ages.lock();
        // Counted before it is there, so that nobody takes what was not counted.
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.send(job).map_err(|_| Gone)?;
        if is_group {
            ages.1.push_back(Timer::start());
        }
        Ok(())
    }

    pub(crate) fn queued(&self) -> Queued {
        let ages = self.ages.lock();
        let oldest = ages.0.first().or(ages.1.front()).map(|timer| timer.elapsed());
        Queued {
            groups: ages.0.len() + ages.1.len(),
            oldest: oldest.unwrap_or_default(),
            bytes: self.bytes_max.saturating_sub(self.room.available_permits()),
            bytes_max: self.bytes_max,
        }
    }

    /// A group as large as the whole queue waits until that is empty.
    fn permits(&self, group: &Group) -> u32 {
        u32::try_from(group.bytes().min(self.bytes_max)).unwrap_or(u32::MAX)
    }
}

/// What the writer does next.
pub(crate) enum Next {
    Batch(Vec<Job>),
    /// Nothing came in the time given.
    Idle,
    /// Nobody can send any more.
    Abandoned,
}

impl Jobs {
    /// All that is waiting, up to a bound; waits for the first, at most for `patience`.
    /// A batch ends with the first [`Job::Rotate`] or [`Job::Close`].
    pub(crate) fn next(&self, patience: Option<Duration>) -> Next {
        self.ages.lock().0.clear();
        let first = match patience {
            Some(patience) => self.receiver.recv_timeout(patience),
            None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match first {
            Ok(first) => self.batch(first, usize::MAX),
            Err(RecvTimeoutError::Timeout) => Next::Idle,
            Err(RecvTimeoutError::Disconnected) => Next::Abandoned,
        }
    }

    /// The same, but at most `most` jobs, and without waiting.
    pub(crate) fn next_now(&self, most: usize) -> Next {
        self.ages.lock().0.clear();
        match self.receiver.try_recv() {
            Ok(first) => self.batch(first, most),
            Err(TryRecvError::Empty) => Next::Idle,
            Err(TryRecvError::Disconnected) => Next::Abandoned,
        }
    }

    /// How many jobs wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn batch(&self, first: Job, most: usize) -> Next {
        let mut bytes = job_bytes(&first);
        let mut batch = vec![first];
        let is_last = |job: &Job| matches!(job, Job::Rotate { .. } | Job::Close { .. });
        while bytes < BATCH_BYTES && batch.len() < most && !batch.last().is_some_and(is_last) {
            let Ok(job) = self.receiver.try_recv() else { break };
            bytes += job_bytes(&job);
            batch.push(job);
        }
        self.waiting.fetch_sub(batch.len(), Ordering::Relaxed);
        self.ages.take(batch.iter().filter(|job| matches!(job, Job::Store(_))).count());
        Next::Batch(batch)
    }
}

impl Ages {
    /// The writer has taken so many groups.
    fn take(&self, groups: usize) {
        let mut ages = self.lock();
        let (taken, waiting) = &mut *ages;
        taken.extend(waiting.drain(..groups.min(waiting.len())));
    }

    fn lock(&self) -> MutexGuard<'_, (Vec<Timer>, VecDeque<Timer>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.room.close();
    }
}

fn job_bytes(job: &Job) -> usize {
    match job {
        Job::Store(group) => group.bytes(),
        Job::Settle { .. } | Job::Rotate { .. } | Job::Close { .. } => 0,
    }
}

fn too_deep(json: &[u8]) -> bool {
    // Most records do not open so many brackets at all, and counting them is quick.
    let brackets = json.iter().filter(|byte| matches!(byte, b'{' | b'[')).count();
    brackets > DEPTH_MAX && depth(json) > DEPTH_MAX
}

/// How deep arrays and objects are nested.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth -= 1,
            _ => {}
        }
    }
    deepest
}
