//! A desk that does with plans what the journal and the pipeline do: it keeps buckets,
//! seals them when they are due, and writes down who heard what and when.

pub(crate) mod scenarios;

use std::collections::BTreeMap;

use digest::{Buckets, Rules, SealItem, Sealing, Situation, plan, seal, styles_from_toml};
use event::{
    Alert, AlertChange, AlertId, AlertState, Bucket, BucketKey, ChangeKind, DigestId, Name, PlacedItem,
    Planned, Seq, Severity, Subscription, SubscriptionId, SubscriptionStatus, Timestamp, Told, ToldState,
};
use schedule::Zone;
use serde_json::json;

pub(crate) const ZONE: &str = "Europe/Berlin";

pub(crate) struct Desk {
    pub(crate) rules: Rules,
    pub(crate) style: Name,
    pub(crate) addresses: Vec<Name>,
    /// What becomes of a sealed digest.
    pub(crate) fate: ToldState,
    pub(crate) alerts: BTreeMap<AlertId, Alert>,
    pub(crate) buckets: BTreeMap<BucketKey, Bucket>,
    pub(crate) placed: Vec<PlacedItem>,
    pub(crate) told: Vec<Told>,
    /// `11-20 18:01 chat: disk firing warning (fired)`
    pub(crate) heard: Vec<String>,
    pub(crate) last: Option<Planned>,
    sealed: BTreeMap<BucketKey, Timestamp>,
    open: BTreeMap<String, AlertId>,
    changes: u64,
}

/// A moment in Berlin: `2026-11-20 18:00`.
pub(crate) fn at(local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.replace(' ', "T").parse().unwrap();
    Timestamp(local.in_tz(ZONE).unwrap().timestamp().as_millisecond())
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn rules(toml: &str) -> Rules {
    let style = styles_from_toml(toml).unwrap().remove(0).for_person(name("alice"));
    Rules::compile(&style, &Zone::new(ZONE).unwrap()).unwrap()
}

pub(crate) fn subscription(text: &str) -> Subscription {
    Subscription {
        id: SubscriptionId(format!("s-{text}")),
        owner: name("alice"),
        name: name(text),
        handler: name("threshold"),
        handler_sha256: None,
        filter: String::new(),
        config: json!({}),
        requirements: Vec::new(),
        style: None,
        publish: false,
        status: SubscriptionStatus::Active,
        revision: 1,
        created: Timestamp(0),
    }
}

impl Buckets for Desk {
    fn open(&self, key: &BucketKey) -> Option<Bucket> {
        self.buckets.get(key).cloned()
    }

    fn last_sealed(&self, key: &BucketKey) -> Option<Timestamp> {
        self.sealed.get(key).copied()
    }
}

impl Desk {
    pub(crate) fn new(toml: &str) -> Desk {
        Desk {
            rules: rules(toml),
            style: name("s"),
            addresses: ["inbox", "mail", "chat", "phone"].map(name).to_vec(),
            fate: ToldState::Delivered,
            alerts: BTreeMap::new(),
            buckets: BTreeMap::new(),
            placed: Vec::new(),
            told: Vec::new(),
            heard: Vec::new(),
            last: None,
            sealed: BTreeMap::new(),
            open: BTreeMap::new(),
            changes: 0,
        }
    }

    /// `fire KEY SEVERITY`, `worsen …`, `ease …`, `note …`, `resolve KEY`, or `look`, at a moment.
    pub(crate) fn act(&mut self, now: Timestamp, what: &str) {
        self.run_until(now);
        let words: Vec<&str> = what.split(' ').collect();
        let (verb, key) = match words[..] {
            ["look"] => return,
            [verb, key, ..] => (verb, key),
            _ => panic!("{what}"),
        };
        let severity = words.get(2).map(|word| word.parse::<Severity>().unwrap());
        let kind = match verb {
            "fire" => ChangeKind::Fired,
            "worsen" => ChangeKind::Worsened,
            "ease" => ChangeKind::Eased,
            "resolve" => ChangeKind::Resolved,
            "note" => ChangeKind::Noted,
            _ => panic!("{what}"),
        };
        self.change(now, kind, key, severity);
    }

    pub(crate) fn change(&mut self, now: Timestamp, kind: ChangeKind, key: &str, severity: Option<Severity>) {
        self.changes += 1;
        let seq = Seq(self.changes);
        if matches!(kind, ChangeKind::Fired | ChangeKind::Noted) {
            let id = AlertId(format!("a{:06}-0", seq.0));
            self.open.insert(key.to_owned(), id.clone());
            self.alerts.insert(id.clone(), new_alert(id, key, severity.unwrap(), kind, now));
        }
        let alert = self.alerts.get_mut(&self.open[key]).unwrap();
        alert.severity = severity.unwrap_or(alert.severity);
        alert.latest = now;
        if kind == ChangeKind::Resolved {
            alert.state = AlertState::Resolved;
            alert.ended = Some(now);
        }
        let alert = alert.clone();
        let change = AlertChange { alert: alert.id.clone(), kind, severity: alert.severity, at: now };
        let placed: Vec<_> = self.placed.iter().filter(|item| item.alert == alert.id).cloned().collect();
        let told: Vec<_> = self.told.iter().filter(|told| told.alert == alert.id).cloned().collect();
        let situation = Situation {
            id: (seq, 0),
            change: &change,
            alert: &alert,
            subscription: &subscription("disks"),
            style: &self.style,
            rules: &self.rules,
            addresses: &self.addresses,
            told: &told,
            placed: &placed,
            buckets: self,
        };
        let planned = plan(&situation, now).planned;
        assert_eq!(planned.silence.is_some(), planned.placements.is_empty(), "{planned:?}");
        self.apply(&planned, now);
        self.last = Some(planned);
        self.run_until(now);
    }

    fn apply(&mut self, planned: &Planned, now: Timestamp) {
        for gone in &planned.withdrawals {
            let before = self.placed.len();
            self.placed.retain(|item| !(item.bucket == gone.bucket && item.alert == gone.alert));
            assert_eq!(self.placed.len() + 1, before, "withdraws what is there: {gone:?}");
            let bucket = self.buckets.get_mut(&gone.bucket).unwrap();
            bucket.items -= 1;
            bucket.brief += u32::from(gone.brief);
            if bucket.items == 0 {
                self.buckets.remove(&gone.bucket);
            }
        }
        for placement in &planned.placements {
            let bucket = self.buckets.entry(placement.bucket.clone()).or_insert(Bucket {
                key: placement.bucket.clone(),
                opened: now,
                due: placement.due,
                items: 0,
                brief: 0,
            });
            bucket.due = placement.due;
            let same =
                |item: &&mut PlacedItem| item.bucket == placement.bucket && item.alert == placement.alert;
            let item = PlacedItem {
                bucket: placement.bucket.clone(),
                alert: placement.alert.clone(),
                kind: placement.kind,
                placed: now,
                reason: placement.reason.clone(),
            };
            match self.placed.iter_mut().find(same) {
                Some(old) => *old = PlacedItem { placed: old.placed, ..item },
                None => {
                    bucket.items += 1;
                    self.placed.push(item);
                }
            }
        }
    }

    /// Seals what falls due, moment by moment, each address at once.
    pub(crate) fn run_until(&mut self, end: Timestamp) {
        while let Some(now) = self.buckets.values().map(|b| b.due).min().filter(|due| *due <= end) {
            let due: Vec<BucketKey> =
                self.buckets.values().filter(|b| b.due <= now).map(|b| b.key.clone()).collect();
            let mut addresses: Vec<Name> = due.iter().map(|key| key.address.clone()).collect();
            addresses.dedup();
            for address in addresses {
                let keys: Vec<_> = due.iter().filter(|key| key.address == address).cloned().collect();
                self.seal(&address, &keys, now);
            }
        }
    }

    fn seal(&mut self, address: &Name, keys: &[BucketKey], now: Timestamp) {
        let (sealed, rest) = self.placed.drain(..).partition(|item| keys.contains(&item.bucket));
        self.placed = rest;
        let sealed: Vec<PlacedItem> = sealed;
        let subscription = name("disks");
        let items: Vec<SealItem<'_>> = sealed
            .iter()
            .map(|placed| SealItem {
                placed,
                alert: &self.alerts[&placed.alert],
                subscription: &subscription,
                handler_title: "Threshold",
                release: self.rules.release(placed.bucket.band),
            })
            .collect();
        let brief = keys.iter().map(|key| self.buckets[key].brief).sum();
        let zone = Zone::new(ZONE).unwrap();
        let digest = seal(&Sealing {
            id: DigestId(format!("d{}", self.heard.len())),
            person: &name("alice"),
            address,
            items: &items,
            brief,
            gangs: &[],
            base_url: None,
            zone: &zone,
            now,
        });
        let mut parts: Vec<String> = digest
            .items
            .iter()
            .map(|item| format!("{} {} {} ({})", item.key, item.state, item.severity, item.kind))
            .collect();
        parts.sort();
        if brief > 0 {
            parts.push(format!("{brief} brief"));
        }
        let local = zone.show(jiff::Timestamp::from_millisecond(now.0).unwrap());
        self.heard.push(format!("{} {address}: {}", &local[5..16], parts.join(", ")));
        for item in &digest.items {
            self.told.retain(|told| !(told.alert == item.alert && told.address == *address));
            self.told.push(Told {
                alert: item.alert.clone(),
                address: address.clone(),
                state: self.fate,
                alert_state: item.state,
                severity: item.severity,
                digest: digest.id.clone(),
                at: now,
                receipt: None,
            });
        }
        for key in keys {
            self.buckets.remove(key);
            self.sealed.insert(key.clone(), now);
        }
    }
}

fn new_alert(id: AlertId, key: &str, severity: Severity, kind: ChangeKind, now: Timestamp) -> Alert {
    Alert {
        id,
        subscription: SubscriptionId("s-disks".to_owned()),
        owner: name("alice"),
        handler: name("threshold"),
        key: key.to_owned(),
        state: if kind == ChangeKind::Noted { AlertState::Note } else { AlertState::Firing },
        severity,
        title: format!("{key} is full"),
        data: json!({"host": key.trim_end_matches(|c: char| c.is_ascii_digit())}),
        count: 1,
        since: now,
        latest: now,
        ended: None,
        event: None,
    }
}
