//! What fell due becomes digests: one for each person, address and moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use digest::{Gang, Release, SealItem, Sealing};
use event::{
    Alert, Bucket, Digest, DigestId, DigestRecord, Draft, Name, PlacedItem, Record, Subscription, Timestamp,
};
use journal::{StateError, StoredEvent, View};
use meter::Timer;
use plugins::{AlertItem, EventRef};

use crate::keys::KeyError;
use crate::people::Reader;
use crate::run::config_of;
use crate::stage::{self, Settled, StageError};
use crate::tell::Tell;
use crate::{blocking, parcel, payload, people};

/// Buckets looked at together.
const TOGETHER: usize = 256;
/// Alerts in one digest; what is more goes into the next, at once.
const ITEMS_MAX: usize = 10_000;
/// About how much of a group one digest may take, in bytes.
const BYTES_MAX: usize = 8 << 20;
/// Alerts that a handler is asked to tell together: more than anybody reads, and little
/// enough for one call.
const GANG_MAX: usize = 200;

/// What a digest tells of one alert.
struct Entry {
    placed: PlacedItem,
    alert: Alert,
    subscription: Subscription,
    release: Release,
}

impl Tell {
    /// Seals what is due; false when nothing is.
    pub(crate) async fn seal(&self, now: Timestamp) -> Result<bool, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let mut due: BTreeMap<(Name, Name), Vec<Bucket>> = BTreeMap::new();
        for bucket in view.due_buckets(now, TOGETHER).map_err(StageError::damaged)? {
            let place = (bucket.key.person.clone(), bucket.key.address.clone());
            due.entry(place).or_default().push(bucket);
        }
        drop(view);
        let mut sealed = false;
        for ((person, address), buckets) in due {
            sealed |= self.seal_one(&person, &address, &buckets, now).await?;
            self.pulse.beat();
        }
        Ok(sealed)
    }

    async fn seal_one(
        &self,
        person: &Name,
        address: &Name,
        buckets: &[Bucket],
        now: Timestamp,
    ) -> Result<bool, StageError> {
        let view = self.journal.view().map_err(StageError::damaged)?;
        let Some(person) = view.person(person).map_err(StageError::damaged)? else { return Ok(false) };
        let entries = self.entries(&view, &person, buckets).map_err(StageError::damaged)?;
        let reader = people::reader(&view, &person.name, address).map_err(StageError::damaged)?;
        drop(view);
        let entries = Arc::new(entries);
        let gangs = self.gangs(&entries).await?;
        let items: Vec<SealItem<'_>> = entries
            .iter()
            .map(|entry| SealItem {
                placed: &entry.placed,
                alert: &entry.alert,
                subscription: &entry.subscription.name,
                handler_title: entry.subscription.handler.as_str(),
                release: entry.release,
            })
            .collect();
        let options = self.options.get();
        let mut digest = digest::seal(&Sealing {
            id: DigestId(self.ids.mint(now)),
            person: &person.name,
            address,
            items: &items,
            brief: buckets.iter().map(|bucket| bucket.brief).sum(),
            gangs: &gangs,
            // There is no page yet that a link could lead to.
            base_url: None,
            zone: &people::zone(&person, &options.zone),
            now,
        });
        let alerts: Vec<&Alert> = entries.iter().map(|entry| &entry.alert).collect();
        digest.forms.json = match reader {
            Reader::Nobody => None,
            Reader::Webhook => Some(payload::of_digest(&digest, &alerts, &options.base_url)),
            Reader::Plugin(traits) => Some(parcel::of_digest(&digest, &alerts, &options.base_url, traits)),
        };
        let sealed = self.encrypted(digest).await?;
        let settled = stage::submit(&self.journal, Draft::from(Record::Sealed(sealed))).await?;
        let stored = matches!(settled, Settled::Stored);
        if stored {
            self.meters.sealed.add(1);
            self.meters.sealed_alerts.add(entries.len() as u64);
        }
        Ok(stored)
    }

    /// The digest as the journal may hold it.
    async fn encrypted(&self, digest: Digest) -> Result<DigestRecord, StageError> {
        let (journal, keys) = (self.journal.clone(), self.keys.clone());
        stage::blocking(move || {
            let key = keys.of(&journal.view()?, &digest.person)?;
            Ok::<_, KeyError>(keys.digest(&key, &digest)?)
        })
        .await
    }

    fn entries(
        &self,
        view: &View,
        person: &event::Person,
        buckets: &[Bucket],
    ) -> Result<Vec<Entry>, StateError> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for bucket in buckets {
            let governing = people::rules(view, person, Some(&bucket.key.style), &self.options.get().zone)?;
            let release = governing.rules.release(bucket.key.band);
            for placed in view.bucket_items(&bucket.key, ITEMS_MAX - entries.len())? {
                // Both live as long as an item of theirs waits.
                let Some(alert) = view.alert(&placed.alert)? else { continue };
                let Some(subscription) = view.subscription(&alert.subscription)? else { continue };
                bytes += 2048 + 3 * (alert.title.len() + alert.key.len());
                if bytes > BYTES_MAX {
                    return Ok(entries);
                }
                entries.push(Entry { placed, alert, subscription, release });
            }
        }
        Ok(entries)
    }

    /// Asks each handler to tell its alerts in its own words.
    async fn gangs(&self, entries: &Arc<Vec<Entry>>) -> Result<Vec<Gang>, StageError> {
        let mut by_handler: BTreeMap<(&Name, Option<&str>), Vec<usize>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let Subscription { handler, handler_sha256, .. } = &entry.subscription;
            by_handler.entry((handler, handler_sha256.as_deref())).or_default().push(index);
        }
        let mut gangs = Vec::new();
        for ((handler, sha256), items) in by_handler {
            // A plugin that is still being compiled must not keep anybody waiting for their digest.
            if items.len() > GANG_MAX || !self.registry.is_ready(handler, sha256) {
                continue;
            }
            match self.gang(handler, sha256, entries.clone(), items).await {
                Ok(gang) => gangs.push(gang),
                // The host's own rendering tells the same, so this is nothing to wait for.
                Err(error) => tracing::warn!(%handler, error, "a handler does not tell its alerts"),
            }
        }
        Ok(gangs)
    }

    async fn gang(
        &self,
        handler: &Name,
        sha256: Option<&str>,
        entries: Arc<Vec<Entry>>,
        items: Vec<usize>,
    ) -> Result<Gang, String> {
        let plugin = self.registry.ready(handler, sha256).await.map_err(|error| error.to_string())?;
        let (journal, timer) = (self.journal.clone(), Timer::start());
        let told = blocking::call(move || {
            let mine = || items.iter().map(|index| &entries[*index]);
            let configs: Vec<_> = mine().map(|entry| config_of(&entry.subscription)).collect();
            let events: Vec<Option<StoredEvent>> =
                mine().map(|entry| journal.event(entry.alert.event?).ok().flatten()).collect();
            let lent: Vec<AlertItem<'_>> = mine()
                .zip(&configs)
                .zip(&events)
                .map(|((entry, config), event)| AlertItem {
                    config,
                    alert: &entry.alert,
                    event: event.as_ref().map(|stored| EventRef {
                        seq: stored.seq,
                        received: stored.received,
                        event: &stored.record.event,
                    }),
                })
                .collect();
            let told = plugin.gang(&lent)?;
            Ok(Gang { items: items.clone(), line: told.text, text: told.ascii, html: told.html })
        });
        let told = told.await;
        self.meters.called(handler.as_str(), timer, told.as_ref().map(|_| ()));
        told.map_err(|error| error.to_string())
    }
}
