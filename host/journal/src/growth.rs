//! How far the journal has come, for whoever waits for more.
//!
//! Whoever waits is woken in the order in which they began to, so that the same calls
//! lead to the same order of things; tokio's `watch` wakes in an order that it draws.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use event::Seq;
use tokio::sync::Notify;

#[derive(Debug)]
struct Shared {
    head: AtomicU64,
    ended: AtomicBool,
    grown: Notify,
}

/// The writer's end. When it goes, the journal grows no more.
#[derive(Debug)]
pub(crate) struct Head {
    shared: Arc<Shared>,
}

impl Head {
    pub(crate) fn at(head: Seq) -> Head {
        let shared =
            Shared { head: AtomicU64::new(head.0), ended: AtomicBool::new(false), grown: Notify::new() };
        Head { shared: Arc::new(shared) }
    }

    pub(crate) fn get(&self) -> Seq {
        self.shared.get()
    }

    pub(crate) fn set(&self, head: Seq) {
        self.shared.head.store(head.0, Ordering::Release);
        self.shared.grown.notify_waiters();
    }

    pub(crate) fn watch(&self) -> Growth {
        Growth { shared: Arc::clone(&self.shared), seen: self.get() }
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        self.shared.grown.notify_waiters();
    }
}

impl Shared {
    fn get(&self) -> Seq {
        Seq(self.head.load(Ordering::Acquire))
    }
}

/// Follows the last record that is synced, and in the state. Clones follow for themselves.
#[derive(Clone, Debug)]
pub struct Growth {
    shared: Arc<Shared>,
    seen: Seq,
}

/// The journal grows no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal has ended")]
pub struct Over;

impl Growth {
    /// Where it stands now.
    pub fn head(&self) -> Seq {
        self.shared.get()
    }

    /// The same, and only what comes after it is news.
    pub fn see(&mut self) -> Seq {
        self.seen = self.head();
        self.seen
    }

    /// Ends once there is something after `seq`. May be dropped half-way.
    ///
    /// # Errors
    /// When nothing comes any more.
    pub async fn past(&mut self, seq: Seq) -> Result<(), Over> {
        while self.head() <= seq {
            self.changed().await?;
        }
        Ok(())
    }

    /// Ends once there is more than was seen, and sees it. May be dropped half-way.
    ///
    /// # Errors
    /// When all of it was seen, and nothing comes any more.
    pub async fn changed(&mut self) -> Result<(), Over> {
        loop {
            let mut grown = pin!(self.shared.grown.notified());
            // Registered before looking, so that nothing is stored unseen in between.
            grown.as_mut().enable();
            // Looked at first: what it stored before it ended is news still.
            let ended = self.shared.ended.load(Ordering::Acquire);
            if self.head() != self.seen {
                self.seen = self.head();
                return Ok(());
            }
            if ended {
                return Err(Over);
            }
            grown.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_hears_of_it_in_the_order_in_which_they_wait() {
        let (head, told) = (Head::at(Seq(7)), Arc::new(std::sync::Mutex::new(Vec::new())));
        let waiting: Vec<_> = (0..50)
            .map(|number| {
                let (mut growth, told) = (head.watch(), told.clone());
                tokio::spawn(async move {
                    while growth.changed().await.is_ok() {
                        told.lock().expect("nobody panics").push((number, growth.see()));
                    }
                })
            })
            .collect();
        for seq in [8, 9] {
            tokio::task::yield_now().await;
            head.set(Seq(seq));
            tokio::task::yield_now().await;
            let told = std::mem::take(&mut *told.lock().expect("nobody panics"));
            assert_eq!(told, (0..50).map(|number| (number, Seq(seq))).collect::<Vec<_>>());
        }
        drop(head);
        for ended in waiting {
            ended.await.expect("it ends with the journal");
        }
    }

    #[tokio::test]
    async fn what_was_seen_is_no_news_and_what_came_before_the_end_is() {
        let head = Head::at(Seq(7));
        let (mut seeing, mut late) = (head.watch(), head.watch());
        head.set(Seq(8));
        assert_eq!(seeing.see(), Seq(8));
        drop(head);
        assert_eq!(seeing.changed().await, Err(Over));
        assert_eq!((late.changed().await, late.head()), (Ok(()), Seq(8)));
        assert_eq!(late.changed().await, Err(Over));
    }
}
