//! The daemon in this process, on a clock of ours: to let all come due that still waits,
//! and to do again without disturbance what was done under fire.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use event::{Clock, Draft, Record, Recorded, Timestamp};
use settings::Settings;
use tellify::Daemon;
use testkit::ManualClock;

use crate::kill::home::Home;
use crate::world;

/// What has not come to rest after so much time never will.
const RESTS_WITHIN_S: i64 = 48 * 3600;
const STEP_S: i64 = 3600;

pub(crate) struct Inside {
    pub(crate) daemon: Daemon,
    pub(crate) clock: ManualClock,
}

impl Inside {
    /// On these data, at this moment.
    pub(crate) async fn open(home: &Home, data: &Path, now: Timestamp) -> Inside {
        let variables = BTreeMap::from([
            ("TELLIFY_SERVER_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("TELLIFY_DATA_DIR".to_owned(), data.display().to_string()),
        ]);
        let surroundings = std::env::vars().filter(|(name, _)| !name.starts_with("TELLIFY_"));
        let settings = Settings::load(Some(&home.configuration()), surroundings.chain(variables)).unwrap().0;
        let clock = ManualClock::at(now);
        let daemon = Daemon::start(settings, Arc::new(clock.clone())).await.unwrap();
        Inside { daemon, clock }
    }

    pub(crate) async fn until(&self, end: Timestamp) {
        world::until(&self.daemon, &self.clock, end).await;
    }

    /// Moves the clock on until nothing waits to be told, and returns the moment.
    pub(crate) async fn rested(&self) -> Timestamp {
        let begin = self.clock.now();
        loop {
            self.until(self.clock.now().plus_s(STEP_S)).await;
            let view = self.daemon.journal.view().unwrap();
            let waits = view.outbox_len().unwrap() > 0
                || !view.pending(1).unwrap().is_empty()
                || view.next_bucket_due().unwrap().is_some();
            if !waits {
                return self.clock.now();
            }
            assert!(self.clock.now() < begin.plus_s(RESTS_WITHIN_S), "something never comes to rest");
        }
    }

    /// Stores events as they were stored before, each at its moment.
    pub(crate) async fn repeat(&self, events: Vec<Recorded>) {
        for together in events.chunk_by(|a, b| a.received == b.received) {
            self.clock.advance_to(together[0].received);
            let records: Vec<Record> = together.iter().map(|recorded| recorded.record.clone()).collect();
            let receipt = self.daemon.journal.submit(Draft { records }).await.unwrap();
            assert_eq!(receipt.received, together[0].received, "it happens at the same moment");
        }
    }

    /// All records.
    pub(crate) fn records(&self) -> Vec<Recorded> {
        let (mut all, journal) = (Vec::<Recorded>::new(), &self.daemon.journal);
        loop {
            let after = all.last().map_or(event::Seq(0), |last| last.seq);
            let more = journal.read(after, 10_000).unwrap();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    pub(crate) async fn stop(self) {
        self.daemon.stop().await.unwrap();
    }
}
