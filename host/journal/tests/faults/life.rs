//! A life of a journal with everything that the product writes, as chance decides.

use event::*;
use journal::{FailureQuery, FailuresOf, KeepError, OpenError, Options, Retention, View};
use testkit::records::*;
use testkit::{Dice, ManualClock, SimStore};

use crate::driven::Driven;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// What a client was told, and how much had been done to the disk by then.
pub(crate) struct Acknowledged {
    pub(crate) operations: usize,
    pub(crate) records: Vec<Recorded>,
}

/// History that aged out: while so much was done to the disk, it came to begin there.
pub(crate) struct Aged {
    pub(crate) operations: (usize, usize),
    pub(crate) first: Seq,
}

pub(crate) struct Life {
    pub(crate) disk: SimStore,
    pub(crate) clock: ManualClock,
    pub(crate) options: Options,
    pub(crate) groups: Vec<Acknowledged>,
    pub(crate) aged: Vec<Aged>,
    pub(crate) done: Done,
    /// A group whose sender was told that the journal is closed: it may be stored.
    pub(crate) unsure: Vec<Record>,
    /// Ageing failed, which may have come before or behind the moment when it holds.
    pub(crate) age_failed: bool,
    dice: Dice,
    next: u64,
}

/// What a life was made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) groups: u64,
    pub(crate) records: u64,
    pub(crate) refused: u64,
    pub(crate) sealed: u64,
    pub(crate) snapshots: u64,
    pub(crate) aged: u64,
    pub(crate) starts: u64,
}

impl Done {
    pub(crate) fn add(&mut self, other: Done) {
        let Done { groups, records, refused, sealed, snapshots, aged, starts } = other;
        self.groups += groups;
        self.records += records;
        self.refused += refused;
        self.sealed += sealed;
        self.snapshots += snapshots;
        self.aged += aged;
        self.starts += starts;
    }
}

impl Life {
    pub(crate) fn new(disk: SimStore, seed: u64) -> Life {
        let options = Options {
            // Small, so that a few groups fill one.
            segment_bytes: 16 << 10,
            retention: Retention { keep_ms: Some(4 * DAY_MS), keep_bytes: None },
            ..Options::default()
        };
        Life {
            disk,
            clock: ManualClock::at(BEGIN),
            options,
            groups: Vec::new(),
            aged: Vec::new(),
            done: Done::default(),
            unsure: Vec::new(),
            age_failed: false,
            dice: Dice::new(seed),
            next: 0,
        }
    }

    pub(crate) fn open(&mut self) -> Result<Driven, OpenError> {
        self.done.starts += 1;
        Driven::open(&self.disk, &self.clock, &self.options)
    }

    /// So many steps, with stops and starts in between. Ends with a journal that is open.
    pub(crate) fn live(&mut self, steps: u64) -> Driven {
        let mut driven = self.open().unwrap();
        self.begin(&mut driven).unwrap();
        for _ in 0..steps {
            match self.dice.below(60) {
                0 => {
                    driven.close().unwrap();
                    driven = self.open().unwrap();
                }
                1 => {
                    drop(driven);
                    driven = self.open().unwrap();
                }
                2..=4 => {
                    self.done.sealed += 1;
                    driven.seal().unwrap();
                }
                5 | 6 => {
                    self.done.snapshots += 1;
                    driven.journal.keeper().take_snapshot(self.now()).unwrap();
                }
                7 | 8 => {
                    // What nobody has matched yet does not age out.
                    let upto = driven.journal.head().0;
                    self.submit(&mut driven, vec![dispatched(upto)]).unwrap();
                    self.age(&driven).unwrap();
                }
                9 => {
                    driven.journal.keeper().scrub(self.now()).unwrap();
                }
                10..=15 => self.clock.advance_ms(DAY_MS),
                _ => self.group(&mut driven).unwrap(),
            }
        }
        driven
    }

    /// Two people, and what they have from the first.
    pub(crate) fn begin(&mut self, driven: &mut Driven) -> Result<(), Refusal> {
        for who in ["alice", "bob"] {
            let begun = vec![person(who), address(who, "home"), style(who, "soon", true)];
            self.submit(driven, begun)?;
        }
        let subscribed =
            vec![new_subscription("s0", "alice", "disks"), new_subscription("s1", "bob", "disks")];
        self.submit(driven, subscribed)
    }

    pub(crate) fn age(&mut self, driven: &Driven) -> Result<(), KeepError> {
        let before = self.disk.operations();
        let aged = driven.journal.keeper().age(self.now()).inspect_err(|_| self.age_failed = true)?;
        if aged.records > 0 {
            self.done.aged += 1;
            self.aged.push(Aged { operations: (before, self.disk.operations()), first: aged.first });
        }
        Ok(())
    }

    pub(crate) fn now(&self) -> Timestamp {
        Clock::now(&self.clock)
    }

    /// One to three records that fit what there is; most groups are one.
    ///
    /// # Errors
    /// What has nothing to do with the records themselves.
    pub(crate) fn group(&mut self, driven: &mut Driven) -> Result<(), Refusal> {
        let size = if self.dice.once_in(4) { 2 + self.dice.below(2) } else { 1 };
        // A view that cannot be had is the disk's fault, which the sender hears of as well.
        let Ok(view) = driven.journal.view() else {
            let event = self.event();
            return self.submit(driven, vec![event]);
        };
        let records: Vec<Record> =
            (0..size).filter_map(|_| self.record(&view, driven.journal.head().0)).collect();
        drop(view);
        if records.is_empty() {
            return Ok(());
        }
        self.submit(driven, records)
    }

    /// A no is as good as a yes here, when it is for what the records say.
    fn submit(&mut self, driven: &mut Driven, records: Vec<Record>) -> Result<(), Refusal> {
        self.unsure = records.clone();
        match driven.submit(Draft { records: records.clone() }) {
            Ok(receipt) => self.acknowledge(&records, &receipt),
            Err(Refusal::Conflict { .. } | Refusal::Missing { .. } | Refusal::Stale { .. }) => {
                self.done.refused += 1;
            }
            Err(closed @ Refusal::Closed { .. }) => return Err(closed),
            Err(other) => {
                self.unsure.clear();
                return Err(other);
            }
        }
        self.unsure.clear();
        Ok(())
    }

    fn acknowledge(&mut self, records: &[Record], receipt: &Receipt) {
        let records = recorded(records, receipt);
        self.done.groups += 1;
        self.done.records += records.len() as u64;
        self.groups.push(Acknowledged { operations: self.disk.operations(), records });
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.dice.below(of.len() as u64) as usize]
    }

    fn record(&mut self, view: &View, head: u64) -> Option<Record> {
        match self.dice.below(40) {
            0..=7 => Some(self.event()),
            8..=13 => self.of_configuration(view, head),
            14..=26 => self.of_handling(view, head),
            27..=38 => self.of_delivery(view, head),
            _ => Some(Record::Swept { before: self.now().plus_ms(-DAY_MS), most: 5 }),
        }
    }

    /// Now and then one that came before.
    fn event(&mut self) -> Record {
        let number = if self.dice.once_in(8) { self.next / 2 } else { self.number() };
        let name = format!("event {number}");
        let identity = Identity {
            key: u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
            content: 1,
        };
        happened(&name, Some(identity))
    }

    fn of_configuration(&mut self, view: &View, head: u64) -> Option<Record> {
        let who = self.pick(&["alice", "bob"]);
        let at = self.pick(&["home", "phone"]);
        let of = self.pick(&["s0", "s1", "s2"]);
        let destroyed = view.destroyed_keys_len().ok()?;
        let anew = |record| rekeyed(record, destroyed.into());
        Some(match self.dice.below(17) {
            0 => Record::PersonRemoved { name: name(who) },
            1 | 2 => anew(person(who)),
            3 => anew(address(who, at)),
            4 => Record::AddressRemoved { person: name(who), name: name(at) },
            5 => Record::AddressRestored { person: name(who), name: name(at) },
            6 => style(who, at, true),
            7 => Record::StyleRemoved { person: name(who), name: name(at) },
            8 => new_subscription(of, who, &format!("disks {head}").replace(' ', "-")),
            9 => Record::SubscriptionRemoved { id: id(of) },
            10 => {
                Record::SubscriptionTransferred { id: id(of), to: name(who), name: name(&format!("t{head}")) }
            }
            11 => door(&format!("d{}", head % 3), &[], |_| {}),
            12 => Record::DoorRemoved { name: name(&format!("d{}", head % 3)) },
            13 => plugin(&format!("p{}", head % 4)),
            14 => anew(source(&format!("o{}", head % 3), Expect::Any)),
            15 => Record::SourceRemoved { name: name(&format!("o{}", head % 3)) },
            _ => token(&format!("t{head}"), &format!("token{head}"), Some(who)),
        })
    }

    fn of_handling(&mut self, view: &View, head: u64) -> Option<Record> {
        let of = self.pick(&["s0", "s1", "s2"]);
        let key = format!("/{}", self.dice.below(4));
        Some(match self.dice.below(15) {
            0..=4 => {
                let state = [AlertState::Firing, AlertState::Firing, AlertState::Resolved, AlertState::Note];
                let state = state[self.dice.below(4) as usize];
                alerts(of, head, &[(&key, state, Severity::Warning), ("/all", state, Severity::Critical)])
            }
            5 | 6 => {
                let value = vec![self.dice.below(256) as u8; self.dice.below(300) as usize];
                let expires = self.dice.once_in(3).then(|| self.now().plus_s(60));
                writes(of, head, &[(&key, (self.dice.below(4) < 3).then_some(&value), expires)])
            }
            7 => wakes(of, head, WakeChange::At(self.now().plus_s(90))),
            8 => {
                let due = view.wake(&id(of)).ok()??;
                outcome(of, None, |outcome| outcome.spent = Some(due))
            }
            9 => Record::Lagging(lag(of, head / 2, 1)),
            10 => Record::CaughtUp { subscription: id(of) },
            11 => failure(FailureOf::Subscription(id(of)), Some(head)),
            12 | 13 => {
                let of_it = FailuresOf::Subscription(id(of));
                let query = FailureQuery { of: of_it, before: None, limit: 1 };
                let row = view.failures(&query).ok()?.pop()?;
                match row.replay {
                    None => Record::Replay { failure: row.seq, subscription: id(of) },
                    Some(_) => outcome(of, head, |outcome| outcome.replayed = vec![row.seq]),
                }
            }
            _ => dispatched(head),
        })
    }

    /// What there is to do next for an alert, a bucket, a digest.
    fn of_delivery(&mut self, view: &View, head: u64) -> Option<Record> {
        match self.dice.below(8) {
            0..=3 => self.plan(view),
            4 | 5 => {
                let bucket = view.due_buckets(Timestamp::MAX, 1).ok()?.pop()?;
                let items = view.bucket_items(&bucket.key, 3).ok()?;
                let placed: Vec<AlertId> = items.into_iter().map(|item| item.alert).collect();
                let made = digest(&format!("g{head}-{}", self.number()), &bucket.key, &placed, self.now());
                Some(rekeyed(made, view.destroyed_keys_len().ok()?.into()))
            }
            _ => {
                let row = view.outbox_due(Timestamp::MAX, 1).ok()?.pop()?;
                let result = if self.dice.once_in(2) { delivered() } else { transient() };
                let again = self.dice.once_in(2).then(|| self.now().plus_s(30));
                Some(attempt(row.digest.as_str(), row.attempts + 1, result, again))
            }
        }
    }

    fn plan(&mut self, view: &View) -> Option<Record> {
        let ((seq, index), change) = view.pending(1).ok()?.pop()?;
        let placed = view.placed(&change.alert).ok()?.pop();
        if let Some(placed) = placed.filter(|_| self.dice.once_in(3)) {
            return Some(planned(
                (seq.0, index),
                Vec::new(),
                vec![withdraw(&placed.bucket, &change.alert, true)],
            ));
        }
        let owner = view.alert(&change.alert).ok()??.owner;
        let bucket = bucket(owner.as_str(), self.pick(&["home", "phone"]));
        let due = self.now().plus_s(60);
        Some(planned((seq.0, index), vec![place(&bucket, &change.alert, change.kind, due)], Vec::new()))
    }
}

/// What a reader should find of a group: its records that are no duplicates.
pub(crate) fn recorded(records: &[Record], receipt: &Receipt) -> Vec<Recorded> {
    let new = |(record, stored): (&Record, &Stored)| match stored {
        Stored::New(seq) => Some(Recorded { seq: *seq, received: receipt.received, record: record.clone() }),
        Stored::Duplicate(_) => None,
    };
    records.iter().zip(&receipt.stored).filter_map(new).collect()
}
