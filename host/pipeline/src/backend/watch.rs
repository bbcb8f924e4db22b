//! The daemon's own event, which goes the way of all others, and whom it concerns.

use api::{Problem, RawRequest};
use event::{EventRecord, Expect, Name, Person, Record, Role, SubscriptionStatus, Timestamp, Watch};
use ingest::Defaults;

use super::events::{as_ingest, rejected};
use super::{Answer, Backend, answer};

/// What is sent, as somebody else would send it.
const BODY: &[u8] = br#"{"source":"tellify","severity":"info","text":"the daemon watches itself"}"#;

impl Backend {
    /// Makes sure that the daemon's own person and subscription are there and at work. One
    /// that was stopped, because its calls failed, is given another chance.
    pub(crate) async fn prepare_watch(&self, now: Timestamp) -> Answer<()> {
        let (person, known) = {
            let view = self.view()?;
            let person = view.person(&Watch::person()).map_err(answer::internal)?;
            (person, view.subscriptions_of(&Watch::person()).map_err(answer::internal)?)
        };
        let mut records = Vec::new();
        if person.is_none() {
            records.push(Record::Person { expect: Expect::New, value: watcher(now) });
        }
        match known.into_iter().next() {
            None => {
                let filter = format!("type:{}", Watch::KIND);
                let value = self.made(&Watch::person(), "watch", "match", &filter, now).await?;
                records.push(Record::Subscription { expect: Expect::New, value });
            }
            Some(known) if known.status != SubscriptionStatus::Active => {
                records.push(Record::SubscriptionStatus { id: known.id, status: SubscriptionStatus::Active });
            }
            Some(_) => {}
        }
        if records.is_empty() { Ok(()) } else { self.write_group(records).await.map(drop) }
    }

    /// Takes one event of the daemon's own, as it takes those of others: read from bytes,
    /// refused when there is no room, and synced when this returns.
    pub(crate) async fn take_watch(&self, now: Timestamp) -> Answer<()> {
        let taken = self.store(self.watch_event(now)?).await;
        self.count("watch", taken.as_ref().map(|stored| (stored.len(), 0)));
        taken.map(drop)
    }

    fn watch_event(&self, now: Timestamp) -> Answer<Vec<EventRecord>> {
        let request = RawRequest {
            content_type: Some("application/json".to_owned()),
            content_encoding: None,
            query: String::new(),
            headers: Vec::new(),
            body: BODY.into(),
        };
        let defaults = Defaults { source: "tellify".to_owned(), now };
        let batch =
            ingest::read(&as_ingest(&request), &self.options().limits, &defaults).map_err(rejected)?;
        let own = |incoming: ingest::Incoming| {
            let mut event = self.with_id(incoming.event, now);
            // Nobody who sends may call an event so.
            event.kind = Watch::KIND.to_owned();
            EventRecord {
                event,
                realm: Watch::realm(),
                identity: None,
                cause: None,
                hops: 0,
                about: Vec::new(),
            }
        };
        Ok(batch.events.into_iter().map(own).collect())
    }

    /// # Errors
    /// When somebody means the daemon's own person, who is nobody's to change.
    pub(super) fn refuse_watch(&self, name: &Name) -> Answer<()> {
        if Watch::is(name) {
            return Err(Problem::conflict(format!(
                "`{name}` is the daemon's own: see `[watch]` in its configuration"
            )));
        }
        Ok(())
    }
}

fn watcher(now: Timestamp) -> Person {
    Person {
        name: Watch::person(),
        email: None,
        display_name: None,
        zone: None,
        role: Role::Member,
        created: now,
    }
}
