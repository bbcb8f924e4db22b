//! The page of numbers: what waits, what was done, what was refused and why.
//!
//! Each name here stands in `docs/operations.md` too; a test holds them together.

use accounts::Keyring;
use api::Caller;
use event::{Scope, Seq, Timestamp};
use journal::{Journal, Queues, Stats};
use meter::Page;

use super::{Answer, Backend, Insight, answer, authority};
use crate::rooms::Rooms;

/// How things stand at one moment.
struct Snapshot {
    now: Timestamp,
    head: Seq,
    cursor: Seq,
    /// When the first record came in that the dispatcher has still before it.
    cursor_since: Option<Timestamp>,
    queues: Queues,
    stats: Stats,
}

impl Backend {
    pub(super) async fn metrics_page(&self, caller: &Caller) -> Answer<Page> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let (journal, now) = (self.journal.clone(), self.clock.now());
        let cursor = Seq(self.insight.meters.cursor.get());
        let snapshot = answer::blocking(move || Snapshot::take(&journal, cursor, now)).await?;
        let mut page = Page::new();
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        page.info("tellify_build_info", "Which Tellify this is.", &version);
        queues(&mut page, &snapshot);
        bounds(&mut page, &snapshot.stats, self);
        journal_numbers(&mut page, &snapshot, &self.journal);
        stages(&mut page, &self.insight);
        plugins(&mut page, &self.insight);
        telling(&mut page, &self.insight);
        watch(&mut page, &self.insight, now);
        Ok(page)
    }
}

impl Snapshot {
    fn take(journal: &Journal, cursor: Seq, now: Timestamp) -> Answer<Snapshot> {
        let next = journal.read(cursor, 1).map_err(answer::internal)?.pop();
        Ok(Snapshot {
            now,
            head: journal.head(),
            cursor,
            cursor_since: next.map(|recorded| recorded.received),
            queues: journal.view().and_then(|view| view.queues()).map_err(answer::internal)?,
            stats: journal.stats().map_err(answer::internal)?,
        })
    }

    /// Seconds since something fell due; zero when it has not.
    fn overdue(&self, due: Option<Timestamp>) -> f64 {
        due.map_or(0.0, |due| self.now.since(due).max(0) as f64 / 1000.0)
    }
}

fn queues(page: &mut Page, snapshot: &Snapshot) {
    let Snapshot { head, cursor, queues, stats, .. } = snapshot;
    let depths = [
        ("journal", stats.waiting as f64),
        ("dispatch", head.0.saturating_sub(cursor.0) as f64),
        ("wakeups", queues.wakes as f64),
        ("plan", queues.pending as f64),
        ("seal", queues.buckets as f64),
        ("carry", queues.outbox as f64),
    ];
    page.gauges("tellify_queue_depth", "What waits in each queue.", "queue", depths);
    let oldest = [
        ("journal", stats.oldest.as_secs_f64()),
        ("dispatch", snapshot.overdue(snapshot.cursor_since)),
        ("wakeups", snapshot.overdue(queues.wake_due)),
        ("plan", snapshot.overdue(queues.pending_since)),
        ("seal", snapshot.overdue(queues.bucket_due)),
        ("carry", snapshot.overdue(queues.outbox_due)),
    ];
    let says = "For how long the first thing in each queue could have been done.";
    page.gauges("tellify_queue_oldest_seconds", says, "queue", oldest);
    page.gauge(
        "tellify_lagging_subscriptions",
        "Subscriptions that read for themselves.",
        queues.lagging as f64,
    );
}

/// What is taken of each thing in memory that is bounded, beside its bound.
fn bounds(page: &mut Page, stats: &Stats, backend: &Backend) {
    let Insight { pools, meters, .. } = &backend.insight;
    let (connections, connections_max) = backend.deliverer.mail_connections();
    let pools: [(&str, usize, usize); 9] = [
        ("journal-bytes", stats.queue_bytes, stats.queue_bytes_max),
        ("calls", pools.calls.used(), pools.calls.size()),
        ("calls-lagging", pools.lagging.used(), pools.lagging.size()),
        ("mails", meters.mails.get() as usize, Rooms::MAILS),
        ("webhooks", meters.webhooks.get() as usize, Rooms::WEBHOOKS),
        ("channels", meters.channels.get() as usize, Rooms::PLUGINS),
        ("mail-connections", connections, connections_max),
        ("segments", stats.open_segments, stats.open_segments_max),
        ("keys", backend.keys.keyring.known_count(), Keyring::KNOWN_MAX),
    ];
    let used = pools.iter().map(|(name, used, _)| (*name, *used as f64));
    page.gauges("tellify_pool_used", "What is taken of each thing that is bounded.", "pool", used);
    let sizes = pools.iter().map(|(name, _, size)| (*name, *size as f64));
    page.gauges("tellify_pool_size", "How much there is of it.", "pool", sizes);
}

fn journal_numbers(page: &mut Page, snapshot: &Snapshot, journal: &Journal) {
    let (stats, meters) = (&snapshot.stats, journal.meters());
    let head = snapshot.head.0 as f64;
    page.gauge("tellify_journal_head", "Sequence number of the last record.", head);
    page.gauge("tellify_journal_segments", "Files of sealed history.", stats.segments as f64);
    let bytes = [("segments", stats.segment_bytes as f64), ("tail", stats.tail_bytes as f64)];
    page.gauges("tellify_journal_bytes", "What history takes on the disk.", "part", bytes);
    let says = "What may still be written to the disk.";
    page.gauge("tellify_disk_free_bytes", says, stats.free_bytes as f64);
    let says = "New events are refused while less is free.";
    page.gauge("tellify_disk_keep_free_bytes", says, stats.keep_free_bytes as f64);
    page.count("tellify_journal_records_total", "Records stored.", &meters.records);
    page.counts("tellify_journal_groups_total", "Groups, by what became of them.", &meters.groups);
    let says = "A batch of groups, from the first to its answers.";
    page.duration("tellify_journal_batch_seconds", says, &meters.batches);
    page.duration("tellify_journal_sync_seconds", "A frame, written and synced.", &meters.syncs);
    page.duration("tellify_journal_checkpoint_seconds", "The state, made durable.", &meters.checkpoints);
}

fn stages(page: &mut Page, insight: &Insight) {
    let meters = &insight.meters;
    let stuck = f64::from(u8::from(insight.vitals.trouble().is_some()));
    page.gauge("tellify_stuck", "1 when a stage has ended or does not get on, as /healthz tells.", stuck);
    page.durations("tellify_stage_work_seconds", "Each piece of work of each stage.", &meters.work);
    let says = "How often a stage had to wait after a failure, by reason.";
    page.counts("tellify_stage_waits_total", says, &meters.waits);
    page.counts("tellify_events_total", "New events, by the way that they came.", &meters.events);
    let says = "Events that were there already, by the way that they came.";
    page.counts("tellify_duplicates_total", says, &meters.duplicates);
    let says = "Requests with events that were refused, by way and reason.";
    page.counts("tellify_refused_requests_total", says, &meters.refused);
    let says = "Events that a subscription wanted, once for each subscription.";
    page.count("tellify_matches_total", says, &meters.matches);
}

fn plugins(page: &mut Page, insight: &Insight) {
    let meters = &insight.meters;
    page.counts("tellify_plugin_calls_total", "Calls of plugins, by outcome.", &meters.calls);
    page.durations("tellify_plugin_call_seconds", "Calls of plugins.", &meters.call_time);
    let says = "Events and wake-ups that a plugin was given up on with.";
    page.counts("tellify_set_aside_total", says, &meters.set_aside);
    let says = "Subscriptions that were stopped, by reason.";
    page.counts("tellify_stopped_subscriptions_total", says, &meters.stopped);
}

fn telling(page: &mut Page, insight: &Insight) {
    let meters = &insight.meters;
    let says = "Changes of alerts that were answered, by change and verdict.";
    page.counts("tellify_planned_total", says, &meters.planned);
    page.count("tellify_sealed_digests_total", "Digests sealed.", &meters.sealed);
    page.count("tellify_sealed_alerts_total", "Alerts in them.", &meters.sealed_alerts);
    page.counts("tellify_attempts_total", "Attempts to carry a digest, by outcome.", &meters.attempts);
    page.durations("tellify_attempt_seconds", "Attempts to carry a digest.", &meters.attempt_time);
    let says = "Digests that were given up.";
    page.counts("tellify_undeliverable_digests_total", says, &meters.given_up);
}

fn watch(page: &mut Page, insight: &Insight, now: Timestamp) {
    let meters = &insight.meters;
    let says = "Signs of life to the outside, by outcome.";
    page.counts("tellify_watch_pings_total", says, &meters.pings);
    let last = i64::try_from(meters.last_ping.get()).ok().filter(|last| *last > 0);
    let age = last.map_or(f64::NAN, |last| now.since(Timestamp(last)) as f64 / 1000.0);
    page.gauge("tellify_watch_ping_age_seconds", "How long ago the last one was heard.", age);
}
