//! The wall clock: the only place where it is read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use event::{Clock, Sleep, Timestamp};

pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 is not set; nothing better than its beginning can be said of it.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, t: Timestamp) -> Sleep {
        let ms = u64::try_from(t.since(self.now())).unwrap_or(0);
        // A clock that is set while we sleep is noticed within this time.
        let longest = 60_000;
        let clock = SystemClock;
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(ms.min(longest))).await;
            if ms > longest {
                clock.sleep_until(t).await;
            }
        })
    }
}
